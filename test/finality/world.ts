import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { and, desc, eq, inArray, isNull } from 'drizzle-orm';
import type pg from 'pg';
import { pino } from 'pino';
import { type Hex, parseEther } from 'viem';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { openChain } from '../../src/chain/door.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { depositAddress, effect, guardSwitch, leg, walletTransaction } from '../../src/reactor/db/schema.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { checkContracts } from '../../src/reactor/guards/contract.ts';
import { assertPins } from '../../src/reactor/guards/pins.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { intake } from '../../src/reactor/intake/intake.ts';
import type { LegState, ReleasePolicy } from '../../src/reactor/payment/states.ts';
import { depositAddressId } from '../../src/reactor/probe/trust.ts';
import { memoryQueue } from '../../src/reactor/queue/memory.ts';
import { openApprover } from '../../src/reactor/release/approver.ts';
import { tendDestination } from '../../src/reactor/settlement/tend.ts';
import { ensureAllowance } from '../../src/reactor/wallet/allowance.ts';
import { walletLane } from '../../src/reactor/wallet/lane.ts';
import { openSigner } from '../../src/reactor/wallet/open-signer.ts';
import { createWatchdog } from '../../src/reactor/watch/watchdog.ts';
import { APPROVER, deployEscrows, JUNO, type TestEscrows } from '../indexer/escrows.ts';
import type { TestChain } from '../sandbox/support/chain.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { openHere } from '../sandbox/support/here.ts';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { givePayment, openTestDatabase } from '../support/fixtures.ts';
import { deployLive, type LiveVersion } from '../support/live-escrow.ts';
import { NO_LIMIT } from '../support/no-limit.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { openIndexed } from './indexed.ts';
import { keyOf, settingsFor } from './settings.ts';

const LOOK_AGAIN_MS = 30;
/** Generous: the machine may be busy, and a condition that holds ends the wait. */
const PATIENCE_MS = 120_000;
const MOST_OF_ANVIL = 64;
const ETHER = parseEther('10000');

export type ParametersOfWorld = Readonly<{
  /** Settings beside the usual ones, once it is known where the chain is. */
  nodes?: (chainUrl: string) => Promise<Readonly<Record<string, string>>>;
  /** The contract in use is one of the two live ones. */
  live?: LiveVersion;
  /** An approver signs for early ends, with a key of its own. */
  approver?: true;
  /** The indexer shows disputes. */
  showsDisputes?: true;
}>;

/** Who writes what happened on the chain into the database. `sync` ends when it shows the chain as it is now. */
export type AnyIndexer = Readonly<{ sync: () => Promise<void>; stop?: () => Promise<void> }>;
export type PlaceOfIndexer = Readonly<{
  pool: pg.Pool;
  anvil: TestAnvil;
  contracts: TestEscrows;
  databaseUrl: string;
  /** The reactor's own RPC. */
  rpcUrl: string;
}>;

/** A world in which the indexer is played, by a reader that writes the tables in the shape of the views. */
export const openFinalityWorld = (postgres: TestPostgres, parameters: ParametersOfWorld = {}) =>
  openWorldOver(postgres, ({ pool, anvil, contracts }) => openIndexed(pool, anvil, contracts, parameters), parameters);

/**
 * The real reactor over a real chain, a real Postgres and a real sandbox, and an indexer. Nothing but that happens by itself: each
 * part has its turn when the test says so.
 */
export async function openWorldOver<I extends AnyIndexer>(
  postgres: TestPostgres,
  openIndexer: (place: PlaceOfIndexer) => Promise<I>,
  { nodes, live: version, approver }: ParametersOfWorld = {},
) {
  const anvil = await startAnvil();
  const ours = await deployEscrows(anvil);
  const live = version ? await deployLive(anvil, version) : null;
  const contracts = live ? { ...ours, escrow: live.address } : ours;
  const databaseUrl = await postgres.createDatabase();
  const db = await openTestDatabase(databaseUrl);
  const sandbox = await openHere({ rpcUrl: anvil.url, token: contracts.token } as TestChain, {
    SANDBOX_PRIVATE_KEY: keyOf(JUNO),
  });
  const given = {
    ...(await nodes?.(anvil.url)),
    ...(version ? { ESCROW_CONTRACT_VERSION: version } : {}),
    ...(approver ? { ESCROW_APPROVER: APPROVER.address, ESCROW_APPROVER_KEY: keyOf(APPROVER) } : {}),
  };
  const told = { databaseUrl, chainUrl: anvil.url, contracts, junoUrl: sandbox.url };
  let { settings } = settingsFor({ ...told, given });
  if (approver && !live) await ours.grantApprover();
  let chain = openChain(settings);
  const indexed = await openIndexer({ pool: db.$client, anvil, contracts, databaseUrl, rpcUrl: settings.rpcUrl });
  const reorgs: { acted: number; kept: number }[] = [];
  const logged: Record<string, unknown>[] = [];
  const now = () => new Date();
  const openWatchdog = () =>
    createWatchdog({
      db,
      chain,
      lagBound_s: settings.indexerLagBound_s,
      now,
      onHead: () => undefined,
      onReorg: (reorg) => void reorgs.push(reorg),
    });
  let watchdog = openWatchdog();
  const juno = clientAt(sandbox.url);
  let ctx: Context = {
    settings,
    db,
    juno,
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
    bitso: null,
    // The budget is of the loops, and nothing loops here.
    junoLimit: NO_LIMIT,
    chain,
    approver: openApprover(settings),
    queue: memoryQueue(),
    watchdog,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    holder: 'test',
    now,
    monotonic: () => performance.now(),
    newId: randomUUID,
  };
  let lane = walletLane(ctx, openSigner(settings));
  await assertPins(db, chain, settings);
  await haveWalletSwitch(db, settings.bridge);
  await db.insert(depositAddress).values({ id: depositAddressId(ctx), probeHash: '0x', creditId: 'probe' });

  const legOf = async (paymentId: string) => {
    const [row] = await db.select().from(leg).where(eq(leg.paymentId, paymentId));
    if (!row) throw new Error(`no leg of ${paymentId}`);
    return row;
  };
  /** Whatever waits for a clock is due now, and what was handed over may be handed over again: nobody sleeps in these tests. */
  const hurry = async () => {
    await db
      .update(effect)
      .set({ nextLookAt: new Date(0) })
      .where(inArray(effect.state, ['recorded', 'unknown', 'sending']));
    await db.update(walletTransaction).set({ lastBroadcastAt: null }).where(isNull(walletTransaction.succeeded));
  };
  /** States of the chain to go back to: anvil itself keeps only so many for a reorganisation. */
  const marks: { id: Hex; number: bigint }[] = [];
  const mark = async () => {
    const number = await anvil.client.getBlockNumber();
    if (marks.at(-1)?.number !== number) marks.push({ id: await anvil.client.snapshot(), number });
  };
  /** One turn of each part of the reactor for one payment, with a new block for the chain's clock. */
  const turn = async (paymentId: string): Promise<void> => {
    await mark();
    await anvil.client.mine({ blocks: 1, interval: 2 });
    await indexed.sync();
    await watchdog.look();
    await intake(ctx);
    await hurry();
    if (await ensureAllowance(ctx)) await lane.turn();
    await lane.turn();
    await indexed.sync();
    await watchdog.look();
    await advance(ctx, { wallet: () => undefined }, paymentId);
  };

  const rawOf = (hash: Hex): Promise<Hex> =>
    anvil.client.request({ method: 'eth_getRawTransactionByHash', params: [hash] } as never);
  const markBelow = (number: bigint) => {
    const target = marks.findLast((one) => one.number <= number);
    if (!target) throw new Error(`no state as old as block ${number} was kept`);
    return target;
  };
  let wasSetBack = false;
  const setBack = async (number: bigint): Promise<void> => {
    const target = markBelow(number);
    await anvil.client.revert({ id: target.id });
    marks.splice(marks.indexOf(target));
    wasSetBack = true;
  };
  const goBack = async (number: bigint): Promise<void> => {
    await setBack(number);
    // Other times make other blocks.
    await anvil.client.mine({ blocks: 1, interval: 5 });
  };

  return {
    anvil,
    get chain() {
      return chain;
    },
    contracts,
    /** Where the contract in use is a live one. */
    live,
    get ctx() {
      return ctx;
    },
    db,
    indexed,
    rawOf,
    /** How many blocks a reorganisation must take for this transaction to be among them. */
    depthOf: async (hash: Hex): Promise<number> => {
      const { blockNumber } = await anvil.client.getTransactionReceipt({ hash });
      return Number((await anvil.client.getBlockNumber()) - blockNumber) + 1;
    },
    /** Sets the chain back to how it was at the newest kept state up to a block, and lets nothing grow in its place. */
    setBack,
    /** One turn of the wallet's lane. */
    sign: async () => {
      await mark();
      return lane.turn();
    },
    legOf,
    logged,
    reorgs,
    sandbox,
    get settings() {
      return settings;
    },
    /** The reactor is stopped, and another is started over the same database with other settings. */
    restart: async (changed: Readonly<Record<string, string>>): Promise<void> => {
      ({ settings } = settingsFor({ ...told, given: { ...given, ...changed } }));
      chain = openChain(settings);
      watchdog = openWatchdog();
      ctx = { ...ctx, settings, chain, watchdog, approver: openApprover(settings) };
      lane = walletLane(ctx, openSigner(settings));
      await assertPins(db, chain, settings);
      await haveWalletSwitch(db, settings.bridge);
      await checkContracts(db, chain, settings);
    },
    turn,
    get watchdog() {
      return watchdog;
    },
    advance: (paymentId: string) => advance(ctx, { wallet: () => undefined }, paymentId),
    hurry,
    /** Forbids every act, or allows them again: moves go on, so that a leg can be held where it has just arrived. */
    stopMoney: (isStopped: boolean) =>
      db
        .update(guardSwitch)
        .set({ isStopped, reason: isStopped ? 'the test holds it' : null })
        .where(eq(guardSwitch.name, 'all')),
    /** The newest transaction that was signed for a payment's effect of this kind, as it stands in the books. */
    sentFor: async (legId: string, kind: EffectKind) => {
      const rows = await db
        .select({ sent: walletTransaction })
        .from(walletTransaction)
        .innerJoin(effect, eq(effect.id, walletTransaction.effectId))
        .where(and(eq(effect.subjectId, legId), eq(effect.kind, kind)))
        .orderBy(desc(walletTransaction.signedAt));
      return rows[0]?.sent;
    },
    /** A payment whose pesos are on their way, to an account that Juno knows. */
    givePayment: async ({
      amount = 150_000n,
      custodySeconds = 1,
      release = 'date',
    }: {
      amount?: bigint;
      custodySeconds?: number;
      release?: ReleasePolicy;
    } = {}) => {
      const payment = await givePayment(db, { amount, custodySeconds, release, clabe: await sandbox.clabe() });
      await tendDestination(ctx, payment.destinationId);
      await sandbox.deposit(formatDecimal(centavos(amount)), payment.clabe);
      return payment;
    },
    /** Turns until the payment's leg is in this state. */
    until: async (paymentId: string, state: LegState): Promise<void> => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const row = await legOf(paymentId);
        if (row.state === state) return;
        if (performance.now() > deadline)
          throw new Error(
            `waited in vain for ${state}; the leg is ${row.state}, ${row.attentionText ?? 'without a word'}`,
          );
        await turn(paymentId);
        await delay(LOOK_AGAIN_MS);
      }
    },
    /** Turns until the payment's leg waits for a person under this code. */
    untilAsks: async (paymentId: string, code: string): Promise<string> => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        await turn(paymentId);
        const row = await legOf(paymentId);
        if (row.attentionCode === code) return row.attentionText ?? '';
        if (performance.now() > deadline) throw new Error(`waited in vain for ${code}; it is ${row.attentionCode}`);
        await delay(LOOK_AGAIN_MS);
      }
    },
    /**
     * Takes the newest blocks out, with all that is in them. As a node does, it then hears of the transactions of others again;
     * not of ours: those are the reactor's to hand over. `forget` loses those of others too.
     */
    reorganise: async (depth: number, { forget = false } = {}): Promise<void> => {
      const head = await anvil.client.getBlockNumber();
      const raws: Hex[] = [];
      // Once it was set back to a kept state, anvil’s own reorganisation finds no state to begin from.
      const isDeep = wasSetBack || depth > MOST_OF_ANVIL;
      const fork = isDeep ? markBelow(head - BigInt(depth)).number : head - BigInt(depth);
      for (let number = fork + 1n; number <= head; number++) {
        const block = await anvil.client.getBlock({ blockNumber: number, includeTransactions: true });
        for (const { hash, from } of block.transactions) {
          if (forget || from.toLowerCase() === settings.bridge) continue;
          raws.push(await rawOf(hash));
        }
      }
      if (isDeep) await goBack(fork);
      else await anvil.client.request({ method: 'anvil_reorg', params: [depth, []] } as never);
      // Anvil may take an account's ether out with the blocks.
      await anvil.client.setBalance({ address: settings.bridge, value: ETHER });
      // One that its sender has handed over again meanwhile is there already.
      for (const raw of raws)
        await anvil.client.sendRawTransaction({ serializedTransaction: raw }).catch(() => undefined);
      // What replaces it is longer: that is why it was taken.
      const missing = Number(head - (await anvil.client.getBlockNumber())) + 1;
      await anvil.client.mine({ blocks: Math.max(1, missing) });
    },
    /** MXNB transfers on the chain as it is now. */
    transfers: async (from: Hex, to: Hex) =>
      (
        await anvil.client.getContractEvents({
          address: contracts.token,
          abi: MXNB_ABI,
          eventName: 'Transfer',
          args: { from, to },
          fromBlock: 0n,
          strict: true,
        })
      ).map(({ args }) => args.value),
    signed: () => db.select().from(walletTransaction).orderBy(walletTransaction.nonce, walletTransaction.version),
    close: async (): Promise<void> => {
      await indexed.stop?.();
      await ctx.queue.stop();
      await sandbox.stop();
      await db.$client.end();
      await anvil.stop();
    },
  };
}

export type FinalityWorld = Awaited<ReturnType<typeof openFinalityWorld>>;
export type AnyWorld = Awaited<ReturnType<typeof openWorldOver<AnyIndexer>>>;
