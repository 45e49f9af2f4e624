import { test } from 'vitest';
import { shareOneKey } from './two-processes.ts';
import { useNode } from './use-node.ts';

const here = useNode();

test('two processes with one key: 96 returns, killed and paused while they have the lane; each is mined once, and no nonce is left out', async () => {
  const troubles = ['kill', 'pause', 'pause', 'kill', 'pause', 'kill'] as const;
  await shareOneKey(here, await here.givenWallet(), { transactions: 96, troubles });
}, 600_000);
