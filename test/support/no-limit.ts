import type { JunoLimit } from '../../src/reactor/rate/juno-limit.ts';

/** Where Juno's budget is not what is tested: everybody may call at once. */
export const NO_LIMIT: JunoLimit = {
  share: () => 0,
  expectLooks: () => undefined,
  acquire: async () => undefined,
  watch: (client) => client,
};
