/** All that Banxico's link to a receipt has (`https://www.banxico.org.mx/cep/go?i=…&s=…&d=…`, as Bitso shows it). */
const GO = { path: '/cep/go', parameters: ['d', 'i', 's'] } as const;

/**
 * The one way to write a link to Banxico's CEP, so that two links to one receipt are equal: without fragment, its parameters in one order,
 * each once and decoded, and none that Banxico's link has not. Pure.
 */
export function cepOf(cepLink: string): string {
  const { origin, pathname, searchParams } = new URL(cepLink);
  const path = pathname.replaceAll(/\/+/g, '/').replace(/\/$/, '');
  const names = path === GO.path ? GO.parameters : [...new Set(searchParams.keys())].sort();
  const told = names.flatMap((name) => {
    const value = searchParams.get(name);
    // In base64 a plus is no space, and its padding says nothing.
    return value ? [`${name}=${value.replaceAll(' ', '+').replace(/=+$/, '')}`] : [];
  });
  return `${origin}${path}?${told.join('&')}`;
}
