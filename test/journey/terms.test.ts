/** Payments of every kind of terms, on real money’s way: what left the rail is what was agreed, each part once, and the books balance. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewFee, User } from '../../src/local/api.ts';
import { auditWorld } from '../../src/local/audit.ts';
import { readBooks } from '../../src/local/books.ts';
import { drive, payoutClabe } from '../../src/local/drive.ts';
import { isFlawless, judge } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import { JOURNEY_TIMEOUT_MS, query, startFastWorld, until } from './support.ts';

const NAME = 'Gloria Paz';

let world: World;
let payer: User;
let recipient: User;
let collector: User;

beforeAll(async () => {
  world = await startFastWorld();
  const [a, b, c] = await Promise.all(
    ['Ana Ruiz', NAME, 'Berta Corredora'].map((fullName) =>
      world.api.createUser({ fullName, email: 'somebody@example.com' }),
    ),
  );
  if (!a || !b || !c) throw new Error('no people');
  payer = await until(async () => {
    const now = await world.api.user(a.id);
    return now.depositClabe === null ? null : now;
  });
  [recipient, collector] = [b, c];
}, JOURNEY_TIMEOUT_MS);
afterAll(async () => {
  await world?.stop();
});

type Story = Readonly<{
  name: string;
  amount: string;
  custodyBasisPoints: number;
  fees: readonly Pick<NewFee, 'kind' | 'bearer' | 'amount'>[];
  deposit: string;
  /** What is in custody, what is paid at once, and each fee, in pesos. */
  legs: readonly (readonly [string, string])[];
}>;

const STORIES: readonly Story[] = [
  {
    name: 'all of it in custody',
    ...{ amount: '1000.01', custodyBasisPoints: 10_000, fees: [], deposit: '1000.01' },
    legs: [['custody', '1000.01']],
  },
  {
    name: 'half of it in custody: the odd centavo is paid at once',
    ...{ amount: '1000.03', custodyBasisPoints: 5_000, fees: [], deposit: '1000.03' },
    legs: [
      ['custody', '500.01'],
      ['immediate', '500.02'],
    ],
  },
  {
    name: 'nothing in custody, and a fee that is earned at once',
    ...{ amount: '800.05', custodyBasisPoints: 0, deposit: '800.05' },
    fees: [{ kind: 'platform', bearer: 'recipient', amount: '120.00' }],
    legs: [
      ['immediate', '680.05'],
      ['commission', '120.00'],
    ],
  },
  {
    name: 'a fee that the payer bears',
    ...{ amount: '1000.07', custodyBasisPoints: 10_000, deposit: '1125.07' },
    fees: [{ kind: 'platform', bearer: 'payer', amount: '125.00' }],
    legs: [
      ['custody', '1000.07'],
      ['commission', '125.00'],
    ],
  },
  {
    name: 'half in custody, the platform and two brokers, out of both sides',
    ...{ amount: '3000.05', custodyBasisPoints: 5_000, deposit: '3110.05' },
    fees: [
      { kind: 'platform', bearer: 'recipient', amount: '150.00' },
      { kind: 'broker', bearer: 'recipient', amount: '120.00' },
      { kind: 'broker', bearer: 'payer', amount: '110.00' },
    ],
    legs: [
      ['custody', '1365.02'],
      ['immediate', '1365.03'],
      ['commission', '110.00'],
      ['commission', '120.00'],
      ['commission', '150.00'],
    ],
  },
];

/** Of a story alone, so that the rail's own outbox tells which part is which. */
let accounts = 0;
const newAccount = () => ({ clabe: payoutClabe(accounts++), legalName: NAME });

async function ask({ amount, custodyBasisPoints, fees }: Omit<Story, 'deposit' | 'legs'>, feeAccount = newAccount) {
  const payout = newAccount();
  const asked = fees.map((fee) => ({ ...fee, beneficiaryId: collector.id, payout: feeAccount() }));
  const payment = await world.api.createPayment({
    ...{ payerId: payer.id, recipientId: recipient.id, amount, custodyBasisPoints, fees: asked, payout },
    ...(custodyBasisPoints === 0 ? {} : { custodySeconds: 2 }),
    concept: 'Renta',
  });
  return { payment, payout, fees: asked };
}
const statusOf = async (id: string) => (await world.api.payment(id)).status;
const isCompleted = (id: string) => until(async () => (await statusOf(id)) === 'completed');
const paidTo = async (clabe: string) =>
  (await world.outbox())
    .filter((one) => one.clabe === clabe)
    .map(({ amount_centavos: units }) => formatDecimal(centavos(units)));
const legsOf = (paymentId: string) =>
  query<{ kind: string; amount: string; state: string }>(
    world,
    `SELECT kind::text, (amount_centavos / 100)::numeric(20, 2)::text AS amount, state::text FROM reactor.leg
     WHERE payment_id = $1 ORDER BY leg.kind, amount_centavos`,
    [paymentId],
  );
const onChain = (paymentId: string) =>
  query(world, `SELECT 1 FROM reactor.effect WHERE payment_id = $1 AND kind::text LIKE 'chain%'`, [paymentId]);

describe('each part of a payment is paid once, to whom it is', () => {
  test.concurrent.each(STORIES)('$name', { timeout: JOURNEY_TIMEOUT_MS }, async (story) => {
    const { payment, payout, fees } = await ask(story);
    expect(payment).toMatchObject({ amount: story.amount, deposit: story.deposit });
    await world.deposit(payment.depositClabe, payment.deposit);
    await isCompleted(payment.id);

    const legs = await legsOf(payment.id);
    expect(legs.map(({ kind, amount }) => [kind, amount])).toEqual(story.legs);
    expect(new Set(legs.map(({ state }) => state))).toEqual(new Set(['completed']));
    const own = story.legs.filter(([kind]) => kind !== 'commission').map(([, amount]) => amount);
    expect((await paidTo(payout.clabe)).sort()).toEqual([...own].sort());
    for (const fee of fees) expect(await paidTo(fee.payout.clabe)).toEqual([fee.amount]);
    expect((await onChain(payment.id)).length > 0).toBe(story.custodyBasisPoints > 0);
    const earned = await query(
      world,
      `SELECT 1 FROM reactor.ledger_entry WHERE payment_id = $1 AND key LIKE 'earned:%'`,
      [payment.id],
    );
    expect(earned).toHaveLength(fees.length);
  });
});

test('what npm start shows is flawless, with half in custody and fees too', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  // An outbox of its own: what was paid before is none of these payments’.
  const before = await world.outbox();
  const driven = await drive({ api: world.api, deposit: world.deposit, payments: 3, isMixed: true });
  const books = await readBooks(world, driven, 0);
  const asked = driven.map((one) => ({ ...one, hasDeposited: true }));
  const own = books.outbox.filter(({ transaction_id: id }) => !before.some((one) => one.transaction_id === id));
  const report = judge(asked, { ...books, outbox: own });
  expect(report).toMatchObject({ payments: 3, completed: 3, spei_payouts: 6, payouts_asked: 6, paid_twice: 0 });
  expect(isFlawless(report)).toBe(true);
});

test('a commission of sixty pesos is owed, and paid together with the next one', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const account = newAccount();
  const fees = [{ kind: 'broker', bearer: 'recipient', amount: '60.00' }] as const;
  const asking = (amount: string) => ask({ name: '', amount, custodyBasisPoints: 5_000, fees }, () => account);

  const first = await asking('500.11');
  await world.deposit(first.payment.depositClabe, first.payment.deposit);
  await until(async () => (await statusOf(first.payment.id)) === 'accrued');
  expect((await legsOf(first.payment.id)).map(({ kind, state }) => [kind, state])).toEqual([
    ['custody', 'completed'],
    ['immediate', 'completed'],
    ['commission', 'accrued'],
  ]);
  expect(await paidTo(account.clabe)).toEqual([]);

  const second = await asking('500.13');
  await world.deposit(second.payment.depositClabe, second.payment.deposit);
  await Promise.all([first, second].map(({ payment }) => isCompleted(payment.id)));
  expect(await paidTo(account.clabe)).toEqual(['120.00']);
  expect(await paidTo(first.payout.clabe)).toEqual(expect.arrayContaining(['220.05', '220.06']));
});

test('the books are zero in each currency, nothing is left of what is over, and the second opinion finds nothing', {
  timeout: JOURNEY_TIMEOUT_MS,
}, async () => {
  const sums = await query<{ total: string }>(
    world,
    'SELECT sum(amount)::text AS total FROM reactor.ledger_posting GROUP BY currency',
  );
  expect(sums.map(({ total }) => total)).toEqual(['0', '0']);
  // What a payment converted and a settlement paid is joined in both of them together.
  const open = await query(
    world,
    `SELECT account, owner, currency FROM reactor.ledger_balance WHERE (posted <> 0 OR pending <> 0) AND owner <> 'general' AND account <> 'conversion'`,
  );
  expect(open).toEqual([]);
  expect(await auditWorld(world)).toEqual([]);
});
