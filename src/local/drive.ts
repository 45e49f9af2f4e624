import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clabe, clabeControlDigit, parseClabe } from '../money/clabe.ts';
import { centavos, formatDecimal } from '../money/money.ts';
import type { Api, PaymentSummary, Rail, User } from './api.ts';
import { LocalError } from './process.ts';

const PEOPLE = 5;
const POLL_MS = 300;
const CLABE_TIMEOUT_MS = 60_000;
const JOURNEY_TIMEOUT_MS = 10 * 60_000;
/** Odd, and growing by an even step: no two amounts are equal, and each ends in odd centavos. */
const FIRST_CENTAVOS = 100_001n;
const STEP_CENTAVOS = 1_338n;
/** Banks that SPEI reaches from Juno. */
const BANKS = ['002', '012', '014', '021', '072'];
/** Juno's own house, which SPEI does not reach. */
const NVIO = '710';
const ONE_RAIL: readonly Rail[] = ['bank_redemption'];
const PAYERS = ['Ana Ruiz', 'Bruno Díaz', 'Carla Soto', 'Diego Mora', 'Elena Vega'];
const RECIPIENTS = ['Fabián Luna', 'Gloria Paz', 'Hugo Ríos', 'Inés Cano', 'Jorge Lara'];

/** What each status means, for somebody who sees it for the first time. */
const MEANING: Readonly<Record<string, string>> = {
  requested: "waits for the payer's SPEI deposit",
  deposited: 'the pesos arrived and are MXNB in Juno',
  withdrawing: 'Juno is sending the MXNB to the bridge wallet',
  withdrawn: 'the MXNB is in the bridge wallet',
  creating: 'the bridge is making the escrow',
  created: 'the escrow is made and waits to be funded',
  funding: 'the bridge is funding the escrow',
  in_custody: "the escrow holds it; the chain's clock runs",
  releasing: 'the custody is over; the escrow is being released',
  released: 'the escrow gave it back to the bridge wallet',
  returning: 'the MXNB is on its way to Juno',
  returned: 'Juno has the MXNB again',
  redeeming: 'Juno burns it and pays by SPEI',
  paying_out: 'Bitso pays it',
  completed: "the pesos left for the recipient's CLABE",
  needs_attention: 'a person must look',
  on_hold: 'somebody stopped it',
};

/** A payment that was driven: what it was asked for with, how far it came, and when its deposit was made. */
export type Driven = Readonly<{
  id: string;
  number: number;
  payoutClabe: Clabe;
  centavos: bigint;
  status: string;
  /** Epoch milliseconds just before its deposit was made; undefined if there was none. */
  depositedAt: number | undefined;
}>;

export type DriveParameters = Readonly<{
  api: Api;
  deposit: (clabe: string, amount: string) => Promise<void>;
  /** How many payments, all at once. */
  payments: number;
  custodySeconds?: number;
  /** The least of their amounts; the others are a little more, each by as much. */
  firstCentavos?: bigint;
  /** By which rails, taken in turn; by the bank's own unless told. */
  rails?: readonly Rail[];
  /** Is told in a line of each change. */
  log?: (line: string) => void;
  timeoutMs?: number;
  /** Whether nothing is left to wait for, by the payments' statuses; when all are completed unless told. */
  isDone?: (statuses: readonly string[]) => boolean | Promise<boolean>;
  signal?: AbortSignal | undefined;
}>;

/**
 * Drives payments from the payers' deposits to the recipients, all at once, and follows each until it is completed or the
 * time is over: how far each came is in the answer, never an error. A reactor that does not answer for a while is asked again.
 */
export async function drive(parameters: DriveParameters): Promise<Driven[]> {
  const {
    api,
    deposit,
    payments: count,
    custodySeconds = 3,
    isDone = areCompleted,
    rails = ONE_RAIL,
    firstCentavos = FIRST_CENTAVOS,
    log = () => undefined,
    signal,
  } = parameters;
  const timeoutMs = parameters.timeoutMs ?? JOURNEY_TIMEOUT_MS;
  const people = Math.min(count, PEOPLE);
  const makeAll = (names: readonly string[], role: string) =>
    Promise.all(
      names.slice(0, people).map((fullName, i) => api.createUser({ fullName, email: `${role}${i + 1}@example.com` })),
    );
  const [payers, recipients] = await Promise.all([makeAll(PAYERS, 'payer'), makeAll(RECIPIENTS, 'recipient')]);
  await Promise.all(payers.map((payer) => hasClabe(api, payer, signal)));
  // One account for each recipient on each rail, as people have them.
  const accounts = new Map<string, Clabe>();
  const accountOf = (who: number, rail: Rail): Clabe => {
    const name = `${who}:${rail}`;
    const clabe = accounts.get(name) ?? (rail === 'bitso_transfer' ? clabeOf(NVIO) : payoutClabe(who));
    accounts.set(name, clabe);
    return clabe;
  };

  const asked = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const who = i % people;
      const amount = firstCentavos + STEP_CENTAVOS * BigInt(i);
      const rail = rails[i % rails.length] ?? 'bank_redemption';
      const payout = { clabe: accountOf(who, rail), legalName: RECIPIENTS[who] ?? '', rail };
      const payment = await api.createPayment({
        payerId: payers[who]?.id ?? '',
        recipientId: recipients[who]?.id ?? '',
        amount: formatDecimal(centavos(amount)),
        custodySeconds,
        payout,
        concept: `Local payment ${i + 1}`,
      });
      log(line(payment, 'requested'));
      return { payment, centavos: amount, payoutClabe: payout.clabe };
    }),
  );
  const depositedAt = new Map<string, number>();
  for (const { payment } of asked) {
    depositedAt.set(payment.id, Date.now());
    await deposit(payment.depositClabe, payment.amount);
  }
  const statuses = await follow({
    api,
    payments: asked.map(({ payment }) => payment),
    log,
    deadline: performance.now() + timeoutMs,
    isDone,
    signal,
  });
  return asked.map(({ payment, ...rest }) => ({
    ...rest,
    id: payment.id,
    number: payment.number,
    status: statuses.get(payment.id) ?? payment.status,
    depositedAt: depositedAt.get(payment.id),
  }));
}

async function follow({
  api,
  payments,
  log,
  deadline,
  isDone,
  signal,
}: {
  api: Api;
  payments: readonly PaymentSummary[];
  log: (line: string) => void;
  deadline: number;
  isDone: (statuses: readonly string[]) => boolean | Promise<boolean>;
  signal: AbortSignal | undefined;
}): Promise<Map<string, string>> {
  const seen = new Map(payments.map(({ id, status }) => [id, status]));
  const isOver = () => isDone([...seen.values()]);
  let silence = '';
  while (!(await isOver()) && performance.now() < deadline) {
    signal?.throwIfAborted();
    const now = await api.payments().catch((error: Error) => {
      if (silence === '') log(`The reactor does not answer; asking again (${error.message}).`);
      silence = error.message;
      return [];
    });
    if (now.length > 0) silence = '';
    for (const payment of now.toReversed()) {
      if (!seen.has(payment.id) || seen.get(payment.id) === payment.status) continue;
      seen.set(payment.id, payment.status);
      const why = payment.status === 'needs_attention' ? await attentionOf(api, payment.id) : undefined;
      log(line(payment, payment.status, why));
    }
    if (!(await isOver())) await delay(POLL_MS, undefined, { signal });
  }
  return seen;
}

async function attentionOf(api: Api, id: string): Promise<string | undefined> {
  const shown = await api.payment(id).catch(() => undefined);
  return shown?.legs.find(({ attention }) => attention)?.attention?.sentence ?? undefined;
}

/** Waits until Juno has assigned the payer's CLABE. */
async function hasClabe(api: Api, { id, depositClabe }: User, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + CLABE_TIMEOUT_MS;
  let clabe = depositClabe;
  while (clabe === null) {
    if (performance.now() > deadline) throw new LocalError('A user got no CLABE from the sandbox within a minute.');
    await delay(POLL_MS, undefined, { signal });
    ({ depositClabe: clabe } = await api.user(id));
  }
}

/** A CLABE that passes its control digit, of a bank that SPEI reaches, with an account drawn at random. */
export function payoutClabe(index: number, draw: (below: number) => number = randomInt): Clabe {
  return clabeOf(BANKS[index % BANKS.length] ?? '', draw);
}

/** The same of a bank's three digits. */
export function clabeOf(bank: string, draw: (below: number) => number = randomInt): Clabe {
  const first17 = `${bank}180${String(draw(10 ** 11)).padStart(11, '0')}`;
  return parseClabe(`${first17}${clabeControlDigit(first17)}`);
}

const areCompleted = (statuses: readonly string[]) => statuses.every((status) => status === 'completed');

const line = ({ number, amount }: PaymentSummary, status: string, why?: string) =>
  `#${number}  ${amount.padStart(10)} MXN  ${status.padEnd(15)} ${why ?? MEANING[status] ?? ''}`;
