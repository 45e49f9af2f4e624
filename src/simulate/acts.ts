/** What becomes of a payment by those whose it is and by two people of ours, as its fate has it. */
import { z } from 'zod';
import type { FourEyesCommand } from '../reactor/approvals/command.ts';
import type { Context } from '../reactor/context.ts';
import type { Db, Tx } from '../reactor/db/client.ts';
import { appeal, giveEvidence } from '../reactor/disputes/evidence.ts';
import { openDispute } from '../reactor/disputes/open.ts';
import { assertResolvable, RESOLUTION, RESOLVE_DISPUTE, type Resolution } from '../reactor/disputes/resolve.ts';
import type { Stakes } from '../reactor/disputes/stakes.ts';
import { closeHold, openHold } from '../reactor/guards/holds.ts';
import { cancelPayment } from '../reactor/payment/cancel.ts';
import type { Actor } from '../reactor/people/audit.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import type { Job } from '../reactor/queue/port.ts';
import { giveApproval, withdrawApproval } from '../reactor/release/approve.ts';
import { approveByLink, makeLink, tokenOf } from '../reactor/release/links.ts';
import { assertRefundable, REFUND_PAYMENT } from '../reactor/replace/refund.ts';
import { SETTLE_OUTSIDE } from '../reactor/replace/settle-outside.ts';
import type { Settings } from '../reactor/settings.ts';
import type { Chance } from './chance.ts';
import { look, NAME, type TwoPeopleAct } from './desk.ts';
import type { Moment, PlannedApproval, PlannedDecision, PlannedDispute, Tally } from './fates.ts';
import type { Ended } from './owed.ts';
import { createPersist, type Wait } from './persist.ts';
import { type Planned, refundClabe } from './population.ts';
import type { Stops } from './stops.ts';
import type { Time } from './time.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** From the deposit until its escrow is funded, where nothing goes wrong. */
const FUNDED_MS = 5 * MINUTE_MS;
/** After so many looks another account is named: Juno may never show the one before. */
const ACCOUNT_LOOKS = 10;
const MOST_LOOKS = 60;
const AGENT: Actor = { id: '00000000-0000-4000-8000-000000000003', name: 'the application', role: 'agent' };
const OPERATOR: Actor = { id: '00000000-0000-4000-8000-000000000004', name: 'on duty', role: 'operator' };
const REASON = 'simulated';
const LEG_ID = z.array(z.object({ id: z.string() })).length(1);

/** A payment that was asked for, and whose it is. */
export type Asked = Readonly<{ planned: Planned; id: string; payerId: string; recipientId: string }>;

export type Acts = Readonly<{
  /** Sets in motion what becomes of it; its deposit comes as it is planned. */
  begin: (asked: Asked) => Promise<void>;
  /** How each ended that did not end as it was asked for, by number. */
  ended: () => ReadonlyMap<number, Ended>;
}>;

export function createActs(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  tally: Tally;
  settings: Settings;
  stops: Stops;
  chainNow_s: () => number;
  desk: () => Context | undefined;
  enqueue: (job: Job) => void;
  stir: () => void;
  say: (line: string) => void;
}): Acts {
  const { db, time, chance, tally, settings, stops, chainNow_s, desk, enqueue, stir, say } = parameters;
  const ended = new Map<number, Ended>();
  const context = {
    settings,
    newId: () => chance.uuid('act'),
    watchdog: { current: () => ({ headTimestamp: chainNow_s() }) } as Context['watchdog'],
  };
  const wake = ({ id }: Asked): void => {
    enqueue({ lane: 'payment', id });
    stir();
  };
  const sleep = (wait_ms: number, name: string) => time.sleep(Math.max(0, wait_ms), name);

  const persist = createPersist({ time, chance, say });
  const often = { wait: (): Wait => [10 * MINUTE_MS, 40 * MINUTE_MS], most: 12 };
  const byPeople = { wait: (): Wait => [HOUR_MS, 4 * HOUR_MS], most: MOST_LOOKS };
  const atOnce = {
    wait: (tries: number): Wait => (tries < 12 ? [5 * SECOND_MS, 20 * SECOND_MS] : [HOUR_MS, 4 * HOUR_MS]),
    most: MOST_LOOKS,
  };
  const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.transaction(work);
  /** Null where it is refused. */
  const ask = async <T>(work: (tx: Tx) => Promise<T>): Promise<T | Refusal> => {
    try {
      return await write(work);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  };
  const depositIn_ms = ({ planned }: Asked): number => planned.deposits[0]?.after_ms ?? 0;
  const custody_ms = ({ planned }: Asked): number => planned.custody_s * 1_000;

  /** How long from now until a moment in its life. */
  function until(when: Moment, asked: Asked): number {
    const { index, fate } = asked.planned;
    const of = chance.of(`moment ${index}`);
    const deposit_ms = depositIn_ms(asked);
    if (when === 'before_funding') return deposit_ms + of.int(5, 60) * SECOND_MS;
    const funded_ms = deposit_ms + FUNDED_MS;
    if (when === 'in_custody') return funded_ms + (custody_ms(asked) * fate.at) / 1_000;
    return funded_ms + custody_ms(asked) + of.int(MINUTE_MS, DAY_MS);
  }

  async function approve(asked: Asked, { party, by, at, isTakenBack }: PlannedApproval): Promise<void> {
    const { planned, id: paymentId } = asked;
    const name = `approval ${planned.index} ${party}`;
    const give = async (): Promise<string | null> => {
      if (by === 'api') {
        const userId = party === 'payer' ? asked.payerId : asked.recipientId;
        const terms = { actor: AGENT, paymentId, party, userId, reason: REASON };
        return (await write((tx) => giveApproval(tx, context, terms))).id;
      }
      const link = await write((tx) => makeLink(tx, context, { actor: AGENT, paymentId, party, reason: REASON }));
      await sleep(chance.next(name).int(MINUTE_MS, 2 * HOUR_MS), name);
      return (await write((tx) => approveByLink(tx, context, tokenOf(settings.keySecret, link)))).id;
    };
    const given = async (): Promise<string | null> => {
      const id = await persist(name, often, give);
      if (id === null) return null;
      tally.count(`approval_by_${by}`);
      say(`payment ${planned.index}: the ${party} approves`);
      wake(asked);
      return id;
    };
    await sleep(depositIn_ms(asked) + FUNDED_MS + (custody_ms(asked) * at) / 1_000, name);
    const id = await given();
    if (id === null || !isTakenBack) return;
    await sleep(chance.next(name).int(SECOND_MS, HOUR_MS), name);
    const back = await ask((tx) => withdrawApproval(tx, { actor: AGENT, paymentId, id, reason: REASON }));
    if (back instanceof Refusal) return;
    tally.count('approval_taken_back');
    wake(asked);
    await given();
  }

  /** Whether its custody cannot have ended by itself yet: before its date, or because somebody has not approved. */
  const isInCustody = (asked: Asked, at_ms: number): boolean => {
    const { release, approvals } = asked.planned.fate;
    const isWaitedFor = release === 'approvals' || release === 'date_and_approvals';
    return at_ms < custody_ms(asked) || (isWaitedFor && approvals.length < 2);
  };

  async function refund(asked: Asked, when: Moment, what: 'full' | 'custody'): Promise<void> {
    const { planned, id, payerId } = asked;
    const name = `refund ${planned.index}`;
    const begun_ms = time.now_ms() + depositIn_ms(asked);
    await sleep(until(when, asked), name);
    const done = await persist(name, when === 'before_funding' ? atOnce : byPeople, (tries) => {
      const clabe = refundClabe(planned.index, Math.floor(tries / ACCOUNT_LOOKS));
      const act: TwoPeopleAct = {
        ...{ command: REFUND_PAYMENT as unknown as FourEyesCommand, subjectId: id, parameters: { what } },
        ...{ reason: 'both have agreed', account: { userId: payerId, clabe } },
        check: (ctx) => assertRefundable(ctx, id, what, { clabe, legalName: NAME }),
      };
      return look({ db, desk }, act);
    });
    if (done === null) return;
    ended.set(planned.index, { what, isCustodyThere: isInCustody(asked, done.done_ms - begun_ms) });
    tally.count(`refund_${what}`);
    tally.count(`refund_${when}`);
    say(`payment ${planned.index}: refund, ${what}`);
    wake(asked);
  }

  async function dispute(asked: Asked, planned: PlannedDispute): Promise<void> {
    const { id, planned: of } = asked;
    const name = `dispute ${of.index}`;
    const begun_ms = time.now_ms() + depositIn_ms(asked);
    await sleep(until(planned.when, asked), name);
    const said = { payment: id, by: planned.by, reasonCode: 'drill', statement: 'a drill', reason: REASON };
    const opened = await persist(name, atOnce, async (tries) => {
      // What has left by now does not come back.
      if (tries > 12) return 'all has left' as const;
      const { id: disputeId, stakes } = await write((tx) => openDispute(tx, context, OPERATOR, said));
      return { disputeId, stakes, stop: stops.over({ payment: id }) };
    });
    if (opened === null || opened === 'all has left') return;
    const { disputeId, stakes, stop } = opened;
    const isCustodyThere = isInCustody(asked, time.now_ms() - begun_ms);
    tally.count(`dispute_${momentOf(stakes, chainNow_s())}`);
    tally.count(`dispute_by_${planned.by}`);
    say(`payment ${of.index}: disputed by ${planned.by}`);
    wake(asked);
    for (let n = 0; n < planned.evidence; n++) {
      await sleep(chance.next(name).int(MINUTE_MS, HOUR_MS), name);
      const shown = { by: planned.by, text: 'a drill', files: [], reason: REASON };
      await write((tx) => giveEvidence(tx, context, OPERATOR, disputeId, shown));
      tally.count('evidence');
    }
    for (const [n, decision] of [planned.decision, ...(planned.appeal ? [planned.appeal.decision] : [])].entries()) {
      const done = await persist(`${name} decision ${n}`, byPeople, (tries) =>
        look({ db, desk }, decide(asked, disputeId, { n, decision, tries })),
      );
      if (done === null) return;
      stop.untilAt(done.done_ms + settings.disputeAppeal_s * 1_000);
      const decided = RESOLUTION.parse(done.parameters);
      ended.set(of.index, { what: decided, isCustodyThere });
      tally.count(decided.outcome === 'split' ? 'decided_split' : `decided_for_${decided.outcome}`);
      say(`payment ${of.index}: its dispute is decided, ${decided.outcome}`);
      wake(asked);
      if (n > 0 || !planned.appeal) return;
      const end_ms = done.done_ms + settings.disputeAppeal_s * 1_000;
      const draws = chance.next(`${name} appeal`);
      const at_ms = planned.appeal.isLate
        ? end_ms + draws.int(0, HOUR_MS)
        : end_ms - draws.int(MINUTE_MS, settings.disputeAppeal_s * 1_000);
      await sleep(at_ms - time.now_ms(), name);
      const saying = { by: planned.appeal.by, text: 'a drill', reason: REASON };
      const appealed = await ask((tx) => appeal(tx, context, OPERATOR, disputeId, saying));
      tally.count(appealed instanceof Refusal ? 'appeal_too_late' : 'appeal');
      if (appealed instanceof Refusal) return;
      stop.untilAt(Number.POSITIVE_INFINITY);
      wake(asked);
    }
  }

  /** What has left in the meantime cannot be split, and is the recipient's. */
  function decide(
    { planned, payerId }: Asked,
    disputeId: string,
    { n, decision, tries }: Readonly<{ n: number; decision: PlannedDecision; tries: number }>,
  ): TwoPeopleAct {
    const wanted = tries % 3 === 2 ? { outcome: 'recipient' as const } : resolutionOf(planned, decision);
    const account = {
      userId: payerId,
      clabe: refundClabe(planned.index, Math.floor(tries / ACCOUNT_LOOKS)),
    };
    const isBack = wanted.outcome !== 'recipient';
    return {
      ...{ command: RESOLVE_DISPUTE as unknown as FourEyesCommand, subjectId: disputeId, nth: n + 1 },
      ...{ reason: REASON, parameters: wanted, ...(isBack ? { account } : {}) },
      check: (ctx) =>
        assertResolvable(
          ctx,
          disputeId,
          { ...wanted, ...(isBack ? { to: account.clabe } : {}) },
          isBack ? { clabe: account.clabe, legalName: NAME } : null,
        ),
    };
  }

  /** Held from before its deposit comes, so that its part that is paid at once still waits when somebody has paid it by hand. */
  async function settleOutside(asked: Asked): Promise<void> {
    const { planned, id } = asked;
    const name = `settle outside ${planned.index}`;
    const held = { on: `payment:${id}`, reasonCode: 'drill', sentence: 'somebody pays it by hand' } as const;
    const hold = await write((tx) => openHold(tx, context, OPERATOR, { ...held, owner: 'operations' }));
    tally.count('hold_on_payment');
    const stop = stops.over({ payment: id });
    const { rows } = await db.$client.query(
      `SELECT id::text FROM reactor.leg WHERE payment_id = $1 AND kind = 'immediate'`,
      [id],
    );
    const [leg] = LEG_ID.parse(rows);
    await sleep(depositIn_ms(asked) + FUNDED_MS, name);
    const how = { trackingKey: `SIM${planned.index}`, cepLink: `https://www.banxico.org.mx/cep/go?i=${planned.index}` };
    const done = await persist(name, { ...byPeople, most: 24 }, () =>
      look(
        { db, desk },
        {
          ...{ command: SETTLE_OUTSIDE as unknown as FourEyesCommand, subjectId: leg?.id ?? '', parameters: how },
          reason: 'paid by hand',
          check: (ctx) => SETTLE_OUTSIDE.check(ctx, { subjectId: leg?.id ?? '', parameters: how }),
        },
      ),
    );
    if (done) {
      ended.set(planned.index, { what: 'settled_outside', isCustodyThere: false });
      tally.count('settled_outside');
    }
    stop.untilAt(time.now_ms());
    await write((tx) => closeHold(tx, OPERATOR, hold.id, { reason: REASON }));
    tally.count('hold_lifted');
    wake(asked);
  }

  /** Called off at about the time at which its payer pays in, if that happens at all: one of the two is first. */
  async function cancel(asked: Asked): Promise<void> {
    const { planned, id } = asked;
    const paid_ms = planned.deposits.length > 0 ? depositIn_ms(asked) : HOUR_MS;
    await sleep(Math.round((paid_ms * planned.fate.at) / 1_000), `cancel ${planned.index}`);
    const done = await ask((tx) => cancelPayment(tx, context, OPERATOR, id, { reason: REASON }));
    tally.count(done instanceof Refusal ? 'cancel_too_late' : 'cancelled');
    if (done instanceof Refusal) return;
    ended.set(planned.index, { what: 'cancelled', isCustodyThere: false });
    stir();
  }

  return {
    begin: async (asked) => {
      const { name, approvals, refund: back, dispute: contest } = asked.planned.fate;
      const all: Promise<void>[] = approvals.map((one) => approve(asked, one));
      if (back) all.push(refund(asked, back.when, back.what));
      if (contest) all.push(dispute(asked, contest));
      if (name === 'settled_outside') all.push(settleOutside(asked));
      if (name === 'cancelled') all.push(cancel(asked));
      await Promise.all(all);
    },
    ended: () => ended,
  };
}

/** Where its custody stood, as the database had it when it was disputed. */
function momentOf({ held }: Stakes, now_s: number): Moment {
  const custody = held.find(({ row }) => row.kind === 'custody')?.row;
  if (custody && custody.deadline === null) return 'before_funding';
  return custody?.deadline && custody.deadline > now_s ? 'in_custody' : 'past_deadline';
}

function resolutionOf({ parts }: Planned, decision: PlannedDecision): Resolution {
  if (decision.outcome !== 'split') return { outcome: decision.outcome };
  const { share } = decision;
  if ('basisPoints' in share) return { outcome: 'split', payerBasisPoints: share.basisPoints };
  const custody = parts.find(({ kind }) => kind === 'custody')?.amount ?? 0n;
  const amount = (custody * BigInt(share.custodyInThousand)) / 1_000n;
  return { outcome: 'split', payerAmount: `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}` };
}
