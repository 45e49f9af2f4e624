import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openChain, type TestChain } from './chain.ts';
import { startSandbox, type TestSandbox } from './sandbox.ts';

/** One chain for all tests of a file, and for each of them a sandbox with empty books, in which faults are armed and counted. */
export function useFaults() {
  const here = {} as { chain: TestChain; sandbox: TestSandbox };
  beforeAll(async () => {
    here.chain = await openChain();
  });
  afterAll(() => here.chain?.close());
  beforeEach(async () => {
    here.sandbox = await startSandbox(here.chain);
  });
  afterEach(() => here.sandbox.stop());
  return Object.assign(here, {
    arm: (name: string, endpoint: string, rest: object = {}) =>
      here.sandbox.admin('POST', '/faults', { name, endpoint, ...rest }),
    struck: async () => (await here.sandbox.admin('GET', '/faults')).body['struck'],
    createClabe: () => here.sandbox.call('POST', '/mint_platform/v1/clabes', {}),
  });
}
