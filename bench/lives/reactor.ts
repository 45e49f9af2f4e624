import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type ChainDoorParameters, openChain } from '../../src/chain/door.ts';
import type { CreateJunoClientParameters } from '../../src/juno/client.ts';
import type { Context } from '../../src/reactor/context.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { openDoors } from '../../src/reactor/doors.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { openBoss } from '../../src/reactor/queue/boss.ts';
import { createJunoLimit } from '../../src/reactor/rate/juno-limit.ts';
import { type Reactor, startReactor } from '../../src/reactor/reactor.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { openSigning } from '../../src/reactor/signing.ts';
import { openSigner } from '../../src/reactor/wallet/open-signer.ts';
import { createWatchdog } from '../../src/reactor/watch/watchdog.ts';
import { ADDRESS, BRIDGE_KEY } from '../../src/simulate/addresses.ts';
import { CHAIN_ID } from '../../src/simulate/moments.ts';

export type LivesReactorParameters = Readonly<{
  databaseUrl: string;
  holder: string;
  transport: NonNullable<ChainDoorParameters['transport']>;
  exchange: NonNullable<CreateJunoClientParameters['exchange']>;
}>;

/** A reactor as the product wires it, but for what chain and rails are. It does nothing before `start`. */
export async function openLivesReactor({ databaseUrl, holder, transport, exchange }: LivesReactorParameters) {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    CHAIN_ID: String(CHAIN_ID),
    ETH_RPC_URL: 'http://127.0.0.1:1',
    ESCROW_CONTRACT_ADDRESS: ADDRESS.escrow,
    MXNB_CONTRACT_ADDRESS: ADDRESS.token,
    ESCROW_BRIDGE_WALLET: ADDRESS.bridge,
    ESCROW_PRIVATE_KEY: BRIDGE_KEY,
    JUNO_DEPOSIT_ADDRESS: ADDRESS.juno,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: 'http://127.0.0.1:2',
    JUNO_STAGE_API_KEY: 'bench',
    JUNO_STAGE_API_SECRET: 'bench secret',
    JUNO_RATE_PER_MINUTE: '1000000',
    KUSTODIA_KEY_SECRET: 'the secret of the bench, of no use elsewhere',
    DAILY_PAYOUT_CAP_MXN: '1000000000',
    PAYMENT_CAP: '1000000000',
    USER_DAILY_CAP: '1000000000',
  });
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const db = openDatabase(databaseUrl, { max: settings.databasePool });
  const now = () => new Date();
  const monotonic = () => performance.now();
  const junoLimit = createJunoLimit({
    ...{ db, sleep, log, caller: holder, most: settings.junoRatePerMinute, window_s: settings.junoRateWindow_s },
  });
  const chain = openChain({ ...settings, transport });
  await assertPins(db, chain, settings);
  let reactor: Reactor | undefined;
  const ctx: Context = {
    ...{ settings, db, junoLimit, chain, log, now, monotonic, holder },
    ...openDoors({
      ...{ settings, junoLimit, monotonic, exchange },
      signing: openSigning(db, settings),
      log: () => undefined,
    }),
    approver: null,
    queue: await openBoss(databaseUrl, log),
    watchdog: createWatchdog({
      ...{ db, chain, now },
      lagBound_s: settings.indexerLagBound_s,
      onHead: ({ headTimestamp }) => reactor?.onHead(headTimestamp),
      onReorg: ({ kept }) => reactor?.onReorg(kept),
    }),
    newId: randomUUID,
  };
  let onIndexed: () => void = () => undefined;
  return {
    ctx,
    /** The indexer shows something new. */
    onIndexed: () => onIndexed(),
    /** A webhook came. */
    onJuno: () => void ctx.queue.enqueue({ lane: 'intake', id: 'juno' }),
    start: async (): Promise<void> => {
      reactor = await startReactor(ctx, openSigner(settings), {
        listen: (_url, _log, { onNews }) => {
          onIndexed = onNews;
          return { stop: async () => undefined };
        },
      });
    },
    stop: async (): Promise<void> => {
      await (reactor ? reactor.stop() : ctx.queue.stop());
      await db.$client.end();
    },
  };
}

export type LivesReactor = Awaited<ReturnType<typeof openLivesReactor>>;
