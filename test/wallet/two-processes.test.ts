import { test } from 'vitest';
import { shareOneKey } from './two-processes.ts';
import { useNode } from './use-node.ts';

const here = useNode();

// More of them, and more often struck, are in two-processes.full.test.ts.
test('two processes with one key: 24 returns, one process killed while it has the lane; each is mined once, and no nonce is left out', async () => {
  await shareOneKey(here, await here.givenWallet(), { transactions: 24, troubles: ['kill'] });
}, 240_000);
