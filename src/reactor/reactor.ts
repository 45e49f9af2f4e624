import { advance } from './advance/advance.ts';
import { markFailing } from './advance/apply.ts';
import type { Context } from './context.ts';
import { openMemory } from './effects/memory.ts';
import { createContractBreaker } from './guards/breaker.ts';
import { haveWalletSwitch } from './guards/switches.ts';
import { intake } from './intake/intake.ts';
import { provideClabe } from './intake/subjects.ts';
import { type ProbeState, proveDepositAddress } from './probe/probe.ts';
import type { Job } from './queue/port.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { keepBitsoMark } from './recovery/bitso-acts.ts';
import { checkForLostActs } from './recovery/gate.ts';
import { noticeSetBack } from './recovery/set-back.ts';
import { tendDestination } from './settlement/tend.ts';
import { subscribe } from './subscribe.ts';
import { ensureAllowance } from './wallet/allowance.ts';
import { walletLane } from './wallet/lane.ts';
import type { Signer } from './wallet/signer.ts';
import { listenToIndexer } from './watch/feed.ts';
import { type Loop, startLoop as startLoopHere } from './watch/loop.ts';
import {
  rescanDeadlines,
  rescanEnded,
  rescanIndexed,
  rescanOrphans,
  rescanReorganised,
  type Swept,
  sweep,
} from './watch/rescan.ts';
import { workOn } from './work.ts';

const HEAD_MS = 250;
const SWEEP_MS = 30_000;
/** One sweep wakes so many; while there are more, the next one comes soon. */
const SWEEP_MORE_MS = 1_000;
export const ORPHANS_MS = 2_000;
/** One that is proved stays so: the settings that it was proved for are this process's. */
const PROBE_MS = { idle: 30_000, underWay: 500, proved: 3_600_000 };
/** Until Juno and the chain have answered what they know of us, nothing is begun. */
const GATE_MS = { open: 3_600_000, asking: 1_000, busy: 100 };
/** A database that was set back is noticed so soon, also where nothing is to be sent; a send notices it by itself. */
const MEMORY_MS = 1_000;
const RESCAN_GAP_MS = 20;
/** A leg may come into custody while its deadline passes: for so long it is woken with each block. */
const DEADLINE_MARGIN_S = 5;
const RESCAN_MS = 5_000;
/** Beside each block: what changes without an event is found then. */
const CONTRACT_MS = 30_000;
const CONTRACT_GAP_MS = 500;
const WALLET_MS = 30_000;
const INTAKE_MS = 5_000;
/** Of deposits, those that were sent back, movements, returns to Bitso, transactions: the lists after the first, and a transaction's detail. */
const INTAKE_LOOKS = 5;
const INTAKE_GAP_MS = { idle: 500, busy: 4_000 };
const SUBSCRIBE_MS = { registered: 3_600_000, refused: 60_000 };
const CONCURRENCY = 8;
const FAILURES_BEFORE_ASKING = 5;
const FIRST_RETRY_MS = 1_000;
const MOST_FAILURES_KEPT = 10_000;

/** What runs, and how it is woken and stopped. */
export type Reactor = Readonly<{
  onHead: (headTimestamp: number) => void;
  /** The chain was reorganised above this block. */
  onReorg: (kept: number) => void;
  /** Whether Juno and the chain were asked since the start for acts that are not known here. */
  isChecked: () => boolean;
  stop: () => Promise<void>;
}>;

/** What wakes the parts by itself, where it is not this process's own clock and the indexer's channel. */
export type Outside = Readonly<{ startLoop?: typeof startLoopHere; listen?: typeof listenToIndexer }>;

/**
 * Wires the parts together: wake-ups of every kind lead to `advance`, the wallet's lane, or a look at Juno. Each may be lost;
 * the sweep finds the same.
 */
export async function startReactor(
  given: Context,
  signer: Signer,
  { startLoop = startLoopHere, listen = listenToIndexer }: Outside = {},
): Promise<Reactor> {
  const ctx: Context = { ...given, memory: given.memory ?? openMemory() };
  const { log, settings } = ctx;
  await haveWalletSwitch(ctx.db, settings.bridge);
  const lane = walletLane(ctx, signer);
  const loops: Loop[] = [];
  const loop = (
    name: string,
    options: { interval_ms: number; gap_ms?: () => number },
    turn: () => Promise<number | undefined>,
  ): Loop => {
    const started = startLoop(name, { ...options, log }, turn);
    loops.push(started);
    return started;
  };

  let isChecked = false;
  const wallet = loop('wallet', { interval_ms: WALLET_MS }, async () => {
    if (!isChecked) return undefined;
    // In this order: an allowance that cannot be made must not keep what is in flight from being followed.
    const pause_ms = await lane.turn();
    return (await ensureAllowance(ctx)) ? 0 : (pause_ms ?? undefined);
  });
  // The more of Juno's budget is used, the rarer the looks: the calls that are left belong to the sends.
  const intakeGap = () => (ctx.junoLimit.share() < 0.5 ? INTAKE_GAP_MS.idle : INTAKE_GAP_MS.busy);
  const juno = loop('intake', { interval_ms: INTAKE_MS, gap_ms: intakeGap }, async () => {
    ctx.junoLimit.expectLooks(INTAKE_LOOKS);
    if ((await intake(ctx)) === 'busy') ctx.junoLimit.expectLooks(0);
    return undefined;
  });
  /** The block up to which whoever's escrow was ended by somebody else was woken. */
  let endedUntil = 0n;
  const indexed = loop('rescan', { interval_ms: RESCAN_MS, gap_ms: () => RESCAN_GAP_MS }, async () => {
    if (ctx.watchdog.current().indexedNumber === null) return undefined;
    await rescanIndexed(ctx);
    endedUntil = await rescanEnded(ctx, endedUntil);
    return undefined;
  });
  loop('head', { interval_ms: HEAD_MS }, async () => {
    await ctx.watchdog.look();
    return undefined;
  });
  let probed: ProbeState = 'under_way';
  loop('probe', { interval_ms: PROBE_MS.idle }, async () => {
    if (!isChecked) return PROBE_MS.underWay;
    const before = probed;
    probed = await proveDepositAddress(ctx);
    if (probed === 'under_way') wallet.poke();
    if (probed !== before && probed === 'proved') sweeping.poke();
    if (probed !== before && probed === 'no_float')
      log.error(
        { event: 'no_float' },
        'The bridge wallet has no MXNB of Kustodia’s own to prove Juno’s deposit address with: send it one MXNB. Until then released payments wait; nothing is lost.',
      );
    if (probed !== before && probed === 'failed')
      log.error(
        { event: 'probe_failed' },
        'The probe of Juno’s deposit address failed. Released payments wait. Check JUNO_DEPOSIT_ADDRESS and the token, then tell engineering.',
      );
    if (probed === 'proved') return PROBE_MS.proved;
    return probed === 'under_way' ? PROBE_MS.underWay : undefined;
  });
  let swept: Swept | undefined;
  const sweeping = loop('sweep', { interval_ms: SWEEP_MS }, async () => {
    swept = await sweep(ctx, swept);
    wallet.poke();
    return swept.isAll ? undefined : SWEEP_MORE_MS;
  });
  loop('orphans', { interval_ms: ORPHANS_MS }, async () => {
    await rescanOrphans(ctx);
    return undefined;
  });
  // Looked at now and then: what Juno or Bitso forgot, or did not take, is asked for again.
  if (settings.junoWebhookUrl || settings.bitsoWebhookUrl)
    loop('subscribe', { interval_ms: SUBSCRIBE_MS.registered }, async () =>
      (await subscribe(ctx)) ? undefined : SUBSCRIBE_MS.refused,
    );
  const breaker = createContractBreaker(ctx);
  const contract = loop('contract', { interval_ms: CONTRACT_MS, gap_ms: () => CONTRACT_GAP_MS }, async () => {
    await breaker.look();
    return undefined;
  });
  loop('reconcile', { interval_ms: settings.reconcile.interval_ms }, async () => {
    if (isChecked) await reconcile(ctx);
    return undefined;
  });
  const feed = listen(settings.databaseUrl, log, {
    onNews: () => {
      indexed.poke();
      contract.poke();
    },
    // The database was away: jobs may have been lost with it.
    onOpen: () => {
      indexed.poke();
      sweeping.poke();
    },
  });

  /** The moment of the chain’s clock up to which whoever waited for it was woken. */
  let wokenUntil = 0;
  const failures = new Map<string, number>();
  const handle = (job: Job): Promise<void> =>
    // The lines of a job that fails name its payment, too.
    workOn({}, 'job', job.lane === 'payment' ? { payment: job.id } : {}, () => handleNow(job));
  const handleNow = async (job: Job): Promise<void> => {
    try {
      if (job.lane === 'payment') await advance(ctx, { wallet: wallet.poke }, job.id);
      else if (job.lane === 'user') await provideClabe(ctx, job.id);
      else if (job.lane === 'destination') await tendDestination(ctx, job.id);
      else juno.poke();
      failures.delete(job.id);
    } catch (error) {
      log.warn(
        { event: 'job_failed', ...job, err: error },
        `${job.lane} ${job.id} could not be looked at; it is looked at again soon, and then at every sweep`,
      );
      const count = (failures.get(job.id) ?? 0) + 1;
      failures.set(job.id, count);
      if (failures.size > MOST_FAILURES_KEPT) failures.clear();
      if (count < FAILURES_BEFORE_ASKING) {
        const at = new Date(ctx.now().getTime() + FIRST_RETRY_MS * 2 ** (count - 1));
        // The database may be what is away; then the sweep covers.
        await ctx.queue.enqueue(job, { at }).catch(() => undefined);
      }
      if (job.lane === 'payment' && count >= FAILURES_BEFORE_ASKING)
        await markFailing(ctx, job.id, count).catch((cause: unknown) =>
          log.error(
            { event: 'not_marked', ...job, err: cause },
            'a payment that fails could not be marked; it is tried again',
          ),
        );
    }
  };
  let isWorking = false;
  const recovery = loop('recovery', { interval_ms: GATE_MS.asking }, async () => {
    if (isChecked) {
      // It only shortens what the next start reads: one that fails is made up for in an hour.
      await keepBitsoMark(ctx).catch((error: unknown) => log.warn({ event: 'bitso_unlisted', err: error }));
      return GATE_MS.open;
    }
    if ((await checkForLostActs(ctx)) === 'busy') return GATE_MS.busy;
    if (!isWorking) await ctx.queue.work(handle, { concurrency: CONCURRENCY });
    isWorking = true;
    isChecked = true;
    wallet.poke();
    sweeping.poke();
    return GATE_MS.open;
  });
  loop('memory', { interval_ms: MEMORY_MS }, async () => {
    if (!(await noticeSetBack(ctx))) return undefined;
    isChecked = false;
    recovery.poke();
    return undefined;
  });

  return {
    isChecked: () => isChecked,
    onHead: (head) => {
      const after = Math.min(wokenUntil, head - DEADLINE_MARGIN_S);
      void rescanDeadlines(ctx, { after, head }).then(
        (until) => {
          wokenUntil = until;
        },
        (error: unknown) =>
          log.warn({ event: 'deadlines_unread', err: error }, 'the deadlines could not be read; the sweep covers'),
      );
    },
    onReorg: (kept) => {
      wallet.poke();
      void rescanReorganised(ctx, kept).catch((error: unknown) =>
        log.warn(
          { event: 'reorganised_unread', err: error },
          'what a reorganisation took out could not be read; the sweep covers',
        ),
      );
    },
    stop: async () => {
      await feed.stop();
      await Promise.all(loops.map((l) => l.stop()));
      await ctx.queue.stop();
    },
  };
}
