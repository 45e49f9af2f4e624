/** How a refusal of the database is removed. */
/** A trigger that only murmurs instead of refusing. */
export const murmur = (beginning: string) => ({
  find: `RAISE EXCEPTION '${beginning}`,
  replace: `RAISE NOTICE '${beginning}`,
});
/** A constraint that holds for everything. */
export const unchecked = (name: string, check: string) => ({
  find: `${name} CHECK (${check})`,
  replace: `${name} CHECK (true)`,
});
