import { z } from 'zod';
import type { Db, Tx } from '../reactor/db/client.ts';
import { createPayment } from '../reactor/payment/create.ts';
import { PAYMENT_TERMS } from '../reactor/payment/terms.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { recordScreening } from '../reactor/people/screening.ts';
import { setStandingTerms } from '../reactor/people/standing-terms.ts';
import { STANDING_TERMS } from '../reactor/people/terms.ts';
import { createUser } from '../reactor/people/user.ts';
import type { Job } from '../reactor/queue/port.ts';
import type { Settings } from '../reactor/settings.ts';
import type { Acts } from './acts.ts';
import type { Chance } from './chance.ts';
import { NAME } from './desk.ts';
import type { Tally } from './fates.ts';
import type { Juno } from './juno.ts';
import { COLLECTORS, type Planned, peopleFor, refundClabe, senderClabe } from './population.ts';
import type { Time } from './time.ts';

const MINUTE_MS = 60_000;
/** Whoever is refused comes again: soon at first, then each hour for half a day, while somebody raises a cap again. */
const MOST_TRIES = 24;
const againIn_ms = (tries: number): number => (tries < MOST_TRIES / 2 ? 5 : 60) * MINUTE_MS;
/** For a CLABE, in three days. */
const MOST_LOOKS = 864;
const ACTOR = { id: 'simulation', name: 'simulation', role: 'operator' } as const;
const SOURCE = { ...ACTOR, role: 'screener' } as const;
const REASON = 'simulated';
const CLABES = z.array(z.object({ clabe: z.string() })).max(1);
const UNASKED = z.array(z.object({ id: z.string(), payer: z.string() }));

/** Of what was paid in: for which payment, by its number, and what is due of that. */
export type PaidIn = Readonly<{ index: number; due: bigint }>;

/** Whom the payments are of: who asks for them and pays in. */
export type Customers = Readonly<{
  /** They sign up, and ask when it is planned. */
  begin: () => void;
  /** The payments that came into being, by their number. */
  made: () => Promise<ReadonlyMap<number, string>>;
  /** The payment that was asked for under a number, if it was made. */
  paymentOf: (index: number) => string | undefined;
  /** Of a deposit of theirs. */
  paidIn: (depositId: string) => PaidIn | undefined;
  /** Everybody who has signed up by now. */
  people: () => readonly string[];
  /** How many of them had which fate. */
  fates: () => Record<string, number>;
}>;

export function createCustomers(parameters: {
  db: Db;
  time: Time;
  chance: Chance;
  tally: Tally;
  settings: Settings;
  juno: Juno;
  acts: Acts;
  /** Of how many payments the world is, before any are left out. */
  payments: number;
  asked: readonly Planned[];
  enqueue: (job: Job) => void;
  stir: () => void;
  say: (line: string) => void;
}): Customers {
  const { db, time, chance, tally, settings, juno, acts, asked, enqueue, stir, say } = parameters;
  const { payers, recipients } = peopleFor(parameters.payments);
  const users: string[] = [];
  const made = new Map<number, string>();
  const deposits = new Map<string, PaidIn>();
  /** Who pays in unasked, by the number of the payment that it is to become. */
  const unasked = new Map<string, number>();
  const fates: Record<string, number> = {};
  const newId = () => chance.uuid('person');
  const context = { newId, now: () => new Date(time.now_ms()), settings };
  const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => db.transaction(work);

  async function signUp(email: string): Promise<string> {
    const { id } = await write((tx) => createUser(tx, { newId }, ACTOR, { fullName: NAME, email, reason: REASON }));
    // The outside source says of them that they are cleared.
    await write((tx) =>
      recordScreening(tx, { settings }, SOURCE, id, {
        ...{ kyc: 'verified', blacklist: 'clear', reference: REASON },
        checkedAt: new Date(time.now_ms()),
      }),
    );
    enqueue({ lane: 'user', id });
    return id;
  }

  const termsOf = ({ index, fate, fees, clabe, rail, custodyShare, custody_s, recipient }: Planned) => ({
    recipientId: users[payers + recipient] ?? '',
    custodyBasisPoints: custodyShare,
    ...(custodyShare > 0 && { custodySeconds: custody_s }),
    release: fate.release,
    fees: fees.map(({ kind, bearer, rate, clabe: account }) => ({
      ...{ kind, bearer },
      ...('amount' in rate ? { amount: pesos(rate.amount) } : rate),
      beneficiaryId: users[payers + recipients + COLLECTORS.indexOf(kind)] ?? '',
      payout: { clabe: account, legalName: NAME },
    })),
    payout: { clabe, legalName: NAME, rail },
    // So that it is known to Juno by then.
    ...(fate.refund?.when === 'before_funding' && { refund: { clabe: refundClabe(index, 0), legalName: NAME } }),
    concept: `Payment ${index}`,
    reason: REASON,
  });

  const clabeOf = async (userId: string): Promise<string | undefined> => {
    const { rows } = await db.$client.query('SELECT clabe FROM reactor.deposit_clabe WHERE user_id = $1', [userId]);
    return CLABES.parse(rows)[0]?.clabe;
  };
  const payIn = ({ index, parts, deposits: planned }: Planned, clabe: string): void => {
    const due = parts.reduce((sum, { amount }) => sum + amount, 0n);
    for (const [n, { amount, after_ms }] of planned.entries())
      time.after(after_ms, `deposit ${index}.${n}`, () => {
        const from = { sender: senderClabe(index), name: `${index}.${n}` };
        deposits.set(juno.deposit(clabe, amount, from), { index, due });
      });
  };

  async function ask(planned: Planned, tries = 0): Promise<void> {
    const { index, rail } = planned;
    const payerId = users[(planned.payer + tries) % payers] ?? '';
    const own = termsOf(planned);
    const terms = PAYMENT_TERMS.parse({ ...own, payerId, amount: pesos(planned.amount) });
    try {
      const { id, destinationIds } = await write((tx) => createPayment(tx, context, ACTOR, terms));
      made.set(index, id);
      fates[planned.fate.name] = (fates[planned.fate.name] ?? 0) + 1;
      const parts = planned.parts.map(({ amount }) => amount).join(' + ');
      say(
        `payment ${index} is ${id}: ${parts} centavos, custody ${planned.custody_s} s, ${rail}, ${planned.fate.name}`,
      );
      stir();
      for (const account of destinationIds) enqueue({ lane: 'destination', id: account });
      enqueue({ lane: 'payment', id });
      payIn(planned, (await clabeOf(payerId)) ?? '');
      await acts.begin({ planned, id, payerId, recipientId: own.recipientId });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (tries < MOST_TRIES) time.after(againIn_ms(tries), `ask ${index}`, () => ask(planned, tries + 1));
      else say(`payment ${index} was refused: ${error.message}`);
    }
  }

  /** A cap of the day that is lowered refuses terms as it refuses payments; so they are set when it is raised again. */
  async function setTerms(
    userId: string,
    terms: z.infer<typeof STANDING_TERMS>,
    index: number,
    tries = 0,
  ): Promise<Awaited<ReturnType<typeof setStandingTerms>> | undefined> {
    try {
      return await write((tx) => setStandingTerms(tx, context, ACTOR, userId, terms));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (tries >= MOST_TRIES) {
        say(`the standing terms of payment ${index} were refused: ${error.message}`);
        return undefined;
      }
      await time.sleep(againIn_ms(tries), `terms ${index}`);
      return setTerms(userId, terms, index, tries + 1);
    }
  }

  /** Somebody of whom nothing else is asked has terms for whatever comes, and pays in. */
  async function payInUnasked(planned: Planned): Promise<void> {
    const { index, amount } = planned;
    const userId = await signUp(`unasked${index}@example.com`);
    const [minimum, maximum] = [pesos(amount), pesos(amount)];
    const terms = STANDING_TERMS.parse({ ...termsOf(planned), minimum, maximum });
    const set = await setTerms(userId, terms, index);
    if (!set) return;
    for (const id of set.destinations) enqueue({ lane: 'destination', id });
    unasked.set(userId, index);
    fates[planned.fate.name] = (fates[planned.fate.name] ?? 0) + 1;
    stir();
    let clabe: string | undefined;
    for (let tries = 0; !clabe; tries++) {
      // Who was erased before gets none.
      if (tries >= MOST_LOOKS) return say(`payment ${index} is not paid in: its payer has no CLABE`);
      await time.sleep(5 * MINUTE_MS, `clabe ${index}`);
      clabe = await clabeOf(userId);
    }
    say(`payment ${index} is paid in unasked`);
    tally.count('paid_in_unasked');
    payIn(planned, clabe);
  }

  return {
    begin: () => {
      time.after(1, 'people', async () => {
        for (let i = 0; i < payers + recipients + COLLECTORS.length; i++) users.push(await signUp(`p${i}@example.com`));
      });
      for (const planned of asked)
        time.after(planned.at_ms, `ask ${planned.index}`, () =>
          planned.fate.name === 'standing_terms' ? payInUnasked(planned) : ask(planned),
        );
    },
    made: async () => {
      const { rows } = await db.$client.query(
        `SELECT id::text, payer_id::text AS payer FROM reactor.payment WHERE kind = 'escrow' AND payer_id = ANY($1) ORDER BY number`,
        [[...unasked.keys()]],
      );
      for (const { id, payer } of UNASKED.parse(rows)) made.set(unasked.get(payer) ?? -1, id);
      return made;
    },
    paymentOf: (index) => made.get(index),
    paidIn: (depositId) => deposits.get(depositId),
    people: () => [...users, ...unasked.keys()],
    fates: () => fates,
  };
}

const pesos = (units: bigint): string => `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;
