/** The chain, the indexer's rows, Juno and the bank in this process: those of the simulated months, on the clock of this machine, with nothing going wrong. */
import { encodeFunctionData } from 'viem';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import type { ExchangeParameters, ExchangeReturnType } from '../../src/juno/transport.ts';
import type { Db } from '../../src/reactor/db/client.ts';
import { ADDRESS } from '../../src/simulate/addresses.ts';
import { createBank } from '../../src/simulate/bank.ts';
import { createChain, type Mined } from '../../src/simulate/chain.ts';
import { createChance } from '../../src/simulate/chance.ts';
import { createFaults, EVENTS, RATES } from '../../src/simulate/faults.ts';
import { createIndexer } from '../../src/simulate/indexer.ts';
import { createJuno } from '../../src/simulate/juno.ts';
import { GENESIS_S } from '../../src/simulate/moments.ts';
import { createRealTime } from './real-time.ts';

const FLOAT_UNITS = 10_000_000n;
const JUNO_OWN_UNITS = 1_000_000_000_000_000n;
const SHARE = 0.01;

export type News = Readonly<{
  onIndexed: () => void;
  onJuno: () => void;
  /** A transaction is in a block; what it says is not indexed yet. */
  onMined?: (mined: Mined) => void;
}>;
type Rail = Readonly<{ method: string; path: string; body: string; idempotencyKey?: string | undefined }>;

export function createOutside(db: Db, news: News) {
  const time = createRealTime({ share: SHARE });
  const chance = createChance(1);
  const faults = createFaults(new Set([...Object.keys(RATES), ...EVENTS]));
  const bank = createBank();
  const indexer = createIndexer({
    ...{ db, time, chance, genesis_s: GENESIS_S, token: ADDRESS.token, escrow: ADDRESS.escrow },
    onIndexed: news.onIndexed,
  });
  const chain = createChain({
    ...{ time, chance, faults, addresses: ADDRESS, genesis_s: GENESIS_S, skew_s: 0 },
    onMined: (mined) => {
      news.onMined?.(mined);
      indexer.onMined(mined, chain.blockHash(mined.block));
      for (const log of mined.logs)
        if (log.is === 'transfer' && log.to === ADDRESS.juno) juno.credit(log.value / 10_000n, mined.hash);
    },
    onReorg: () => undefined,
  });
  const juno = createJuno({
    ...{ time, chance, faults, bank, chain, wallet: ADDRESS.juno, token: ADDRESS.token, skew_ms: 0 },
    onNews: news.onJuno,
  });
  chain.contracts.mint(ADDRESS.faucet, FLOAT_UNITS);
  chain.contracts.mint(ADDRESS.juno, JUNO_OWN_UNITS);
  chain.send(
    ADDRESS.faucet,
    ADDRESS.token,
    encodeFunctionData({ abi: MXNB_ABI, functionName: 'transfer', args: [ADDRESS.bridge, FLOAT_UNITS] }),
  );
  const transport = chain.transport(async () => undefined);
  const rail = async ({ method, path, body, idempotencyKey }: Rail): Promise<ExchangeReturnType> => {
    count(`${method} ${path.replace(/\?.*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{10,}/g, ':id')}`);
    const { status, body: text } = juno.answer({ method, path, body, idempotencyKey });
    return { httpStatus: status, text };
  };
  const calls = new Map<string, number>();
  const count = (endpoint: string) => calls.set(endpoint, (calls.get(endpoint) ?? 0) + 1);
  return {
    bank,
    juno,
    transport,
    rail,
    /** How often each endpoint of the rails was called. */
    calls: (): ReadonlyMap<string, number> => new Map(calls),
    request: (asked: { method: string; params: unknown[] }): Promise<unknown> =>
      transport({}).request({ method: asked.method, params: asked.params } as never),
    exchange: async ({ method, path, body, headers, guard }: ExchangeParameters): Promise<ExchangeReturnType> => {
      await guard?.();
      return rail({ method, path, body: Buffer.from(body).toString(), idempotencyKey: headers['x-idempotency-key'] });
    },
  };
}

export type Outside = ReturnType<typeof createOutside>;
