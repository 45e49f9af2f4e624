import type { JunoLimit } from '../../src/reactor/rate/juno-limit.ts';

/** Leave for every call, for what is not about the limit. */
export const NO_LIMIT: JunoLimit = {
  acquire: async () => undefined,
  expectLooks: () => undefined,
  watch: (client) => client,
  share: () => 0,
};
