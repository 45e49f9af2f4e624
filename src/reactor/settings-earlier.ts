/** The environment with what the earlier system's names say said by ours; an empty value counts as none. */
export function withEarlierNames(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const {
    POSTGRES_HOST: host,
    POSTGRES_PORT: port = '5432',
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password = '',
    POSTGRES_DB: name,
  } = given;
  const fromParts =
    host && user && name
      ? `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${name}`
      : undefined;
  return {
    ...given,
    ...(given['DATABASE_URL'] || !fromParts ? {} : { DATABASE_URL: fromParts }),
    ...(given['MXNB_CONTRACT_ADDRESS'] || !given['MOCK_ERC20_ADDRESS']
      ? {}
      : { MXNB_CONTRACT_ADDRESS: given['MOCK_ERC20_ADDRESS'] }),
  };
}
