import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { intake } from '../../src/reactor/intake/intake.ts';
import { useIntakeWorld } from '../intake/use-world.ts';

const here = useIntakeWorld({ pageSize: 5 });
const stateOf = async (paymentId: string) => (await here.world.legOf(paymentId)).state;
const reasonOf = async (depositId: string) => (await here.world.suspenseOf(depositId))?.reason;
const looks = async (times: number) => {
  for (let n = 0; n < times; n++) await here.world.look();
};

test('one deposit funds one payment, however often it is listed, and a second of the same amount funds none', async () => {
  const { world, desk } = here;
  const people = await world.people();
  const [wanted, other] = [await world.createPayment(people, '1500.00'), await world.createPayment(people, '1500.01')];
  // A second open payment of this CLABE and amount could not be told from the first, so there is none.
  await expect(world.createPayment(people, '1500.00')).rejects.toThrow(/not created/);
  const pay = async () => {
    const id = desk.deposit(people.payer.depositClabe, '1500.00');
    desk.issue(people.payer.depositClabe, '1500.00');
    await looks(2);
    return id;
  };
  const [first, second] = [await pay(), await pay()];
  expect([await stateOf(wanted), await stateOf(other)]).toEqual(['deposited', 'requested']);
  const claims = await Promise.all([first, second].map((id) => world.claimsOf(id)));
  expect(claims.map((all) => all.map(({ subjectKind }) => subjectKind))).toEqual([['payment'], ['suspense']]);
  expect(await reasonOf(second)).toBe('duplicate_amount');
  // The money of both is in the books, once each.
  expect(await world.balances()).toMatchObject({
    [`liability ${wanted} MXN`]: '-150000',
    'suspense general MXN': '-150000',
  });
});

test('too much, too little and a total in two parts are told as what they are, in suspense with all their pesos', async () => {
  const { world, desk } = here;
  for (const [reason, amounts, booked] of [
    ['over', ['1500.01'], -150_001n],
    ['under', ['1499.99'], -149_999n],
    // The commission on top of the price, in a transfer of its own.
    ['split', ['1400.00', '100.00'], -150_000n],
  ] as const) {
    const people = await world.people();
    const wanted = await world.createPayment(people, '1500.00');
    const before = BigInt((await world.balances())['suspense general MXN'] ?? 0);
    const ids = amounts.map((amount) => {
      desk.issue(people.payer.depositClabe, amount);
      return desk.deposit(people.payer.depositClabe, amount);
    });
    await looks(2);
    expect(await stateOf(wanted)).toBe('requested');
    for (const id of ids) expect(await reasonOf(id), reason).toBe(reason);
    expect(BigInt((await world.balances())['suspense general MXN'] ?? 0) - before).toBe(booked);
  }
});

test('the deposit that a payment waits for is on the last page: all pages are read', async () => {
  const { world, desk } = here;
  const people = await world.people();
  const wanted = await world.createPayment(people, '1500.00');
  desk.deposit(people.payer.depositClabe, '1500.00');
  desk.issue(people.payer.depositClabe, '1500.00');
  for (let n = 0; n < 22; n++) desk.deposit('710969000000401454', '300.00');
  await looks(1);
  expect(await stateOf(wanted)).toBe('deposited');
});

test('an error of the API is never “no deposits”: its payment does not expire, and is paid when the list can be read again', async () => {
  const { world, desk } = here;
  const people = await world.people();
  const wanted = await world.createPayment(people, '1500.00');
  await looks(1);
  desk.deposit(people.payer.depositClabe, '1500.00');
  desk.issue(people.payer.depositClabe, '1500.00');
  desk.fails.add('/spei/v1/deposits');
  // Days go by in which Juno's list cannot be read: the time to pay is over.
  const DAYS = 4 * 86_400_000;
  world.wait(DAYS);
  await world.db.execute(
    sql.raw(
      `CREATE OR REPLACE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp() + interval ''${DAYS} milliseconds'''`,
    ),
  );
  for (let n = 0; n < 2; n++) await expect(world.look()).rejects.toThrow();
  await world.advance(wanted);
  expect(await stateOf(wanted)).toBe('requested');
  desk.fails.clear();
  await intake(world.ctx);
  await world.advance(wanted);
  expect(await stateOf(wanted)).toBe('deposited');
});
