/** A deposit address is believed only after a peso of our own came back from it as Juno's credit. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { type Hex, toEventSelector } from 'viem';
import { beforeEach, expect, test } from 'vitest';
import { centavos, toMxnb } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect, evidence, junoTransaction, proposal } from '../../src/reactor/db/schema.ts';
import { readFinalityPolicy } from '../../src/reactor/finality/read-policy.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { PROBE } from '../../src/reactor/probe/float.ts';
import { proveDepositAddress } from '../../src/reactor/probe/probe.ts';
import { readDepositAddress } from '../../src/reactor/probe/trust.ts';
import { givePayment } from '../support/fixtures.ts';
import { openIndexed } from '../support/indexed.ts';
import { SPENDER, TOKEN } from '../wallet/support.ts';
import { useNode } from '../wallet/use-node.ts';

const here = useNode();
const DEPTH = 2;
/** MXNB base units that the token says everybody has. */
const BALANCE = 0x7fffffffn;
const TRANSFER = toEventSelector('Transfer(address,address,uint256)').slice(2);
/** A token that logs the transfer it is asked for, to that receiver or to another one. */
const tokenTo = (receiver?: Hex): Hex =>
  `0x6024355f52${receiver ? `73${receiver.slice(2)}` : '600435'}337f${TRANSFER}60205fa3637fffffff5f5260205ff3`;
const STRANGER: Hex = `0x${'9'.repeat(40)}`;

let w: Awaited<ReturnType<typeof here.givenWallet>>;
let ctx: Context;
const prove = () => proveDepositAddress(ctx);
const isProved = async () => (await readDepositAddress(ctx)).isProved;
beforeEach(async () => {
  await here.anvil.client.setCode({ address: TOKEN, bytecode: tokenTo() });
  w = await here.givenWallet();
  await openIndexed(w.db);
  const depth = { within: DEPTH, return: DEPTH, redemption: DEPTH };
  const finality = readFinalityPolicy(JSON.stringify([{ fromMxn: '0', ...depth }]));
  ctx = { ...w.ctx, settings: { ...w.ctx.settings, finality } };
});

/** The probe is in a block, and the indexer shows its transfer, to whomever it went. */
async function givenMinedProbe(to: Hex = SPENDER) {
  expect(await prove()).toBe('under_way');
  await w.turn();
  await here.mine();
  const [signed] = await w.signed();
  const hash = signed?.hash as Hex;
  const { blockNumber, blockHash } = await here.anvil.client.getTransactionReceipt({ hash });
  const from = ctx.settings.bridge;
  await w.db.execute(sql`
    INSERT INTO indexed.token_transfer VALUES (${`31337:${hash}`}, 31337, ${blockNumber.toString()}::numeric, ${blockHash}, 1, ${hash}, 0,
      ${TOKEN}, ${from}, ${to}, ${toMxnb(PROBE).units.toString()}::numeric)`);
  return hash;
}
async function credited(txHash: Hex, status: 'pending' | 'complete'): Promise<string> {
  const id = randomUUID();
  await w.db
    .insert(junoTransaction)
    .values({ id, type: 'CRYPTO_DEPOSIT', status, amount: PROBE.units, txHash, isDetailed: true });
  return id;
}

test('the probe is believed when its transfer is as deep as a redemption asks and Juno has credited it, and not before', async () => {
  const hash = await givenMinedProbe();
  const creditId = await credited(hash, 'pending');
  await here.mine(DEPTH);
  expect(await prove()).toBe('under_way');
  await w.db.update(junoTransaction).set({ status: 'complete' }).where(eq(junoTransaction.id, creditId));
  expect(await isProved()).toBe(false);
  expect(await prove()).toBe('proved');
  expect(await isProved()).toBe(true);
  const claims = await w.db.select({ source: evidence.source, id: evidence.externalId }).from(evidence);
  expect(claims).toEqual(
    expect.arrayContaining([
      { source: 'chain', id: `31337:${hash}` },
      { source: 'juno_transaction', id: creditId },
    ]),
  );
  expect(await w.db.select({ state: effect.state }).from(effect)).toEqual([{ state: 'confirmed' }]);
});

test('a transfer that a reorganisation may still take out proves nothing, whatever Juno says', async () => {
  await credited(await givenMinedProbe(), 'complete');
  expect(await prove()).toBe('under_way');
  await here.mine(DEPTH);
  expect(await prove()).toBe('proved');
});

test('a transfer of the probe that went to another address proves nothing', async () => {
  await here.anvil.client.setCode({ address: TOKEN, bytecode: tokenTo(STRANGER) });
  await credited(await givenMinedProbe(STRANGER), 'complete');
  await here.mine(DEPTH);
  expect(await prove()).toBe('under_way');
  expect(await isProved()).toBe(false);
});

test('the probe is of Kustodia’s own MXNB: what is booked as payments’ own is not taken for it', async () => {
  const { paymentId } = await givePayment(w.db);
  const amount = centavos(BALANCE / 10_000n);
  for (const step of ['deposit', 'issuance', 'juno_withdrawal', 'arrival'] as const)
    await w.db.transaction((tx) =>
      writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${paymentId}`, paymentId, effectId: null, state: 'posted' },
        postings: JOURNEY[step](amount),
      }),
    );
  expect(await prove()).toBe('no_float');
  expect(await w.db.$count(effect)).toBe(0);
});

test('a probe that came to nothing is made again when two people allow it, and not before', async () => {
  expect(await prove()).toBe('under_way');
  const [first] = await w.db.select().from(effect);
  const id = first?.id ?? '';
  await w.kill(id);
  expect(await prove()).toBe('failed');
  const allowed = randomUUID();
  await w.db.insert(proposal).values({
    ...{ id: allowed, command: 'effect allow-attempt', subject: `effect:${id}`, parameters: {}, reason: 'drill' },
    ...{ proposedBy: randomUUID(), proposerName: 'Ana', approvedBy: randomUUID(), approverName: 'Eva' },
    ...{ approvedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) },
  });
  await w.db.update(effect).set({ decidedBy: allowed }).where(eq(effect.id, id));
  expect(await prove()).toBe('under_way');
  const rows = await w.db.select({ attempt: effect.attempt, state: effect.state }).from(effect).orderBy(effect.attempt);
  expect(rows).toEqual([
    { attempt: 1, state: 'dead' },
    { attempt: 2, state: 'recorded' },
  ]);
  // One probe is on its way in the books, not two.
  const { rows: books } = await w.db.execute(
    sql`SELECT pending::text FROM reactor.ledger_balance WHERE account = 'returning'`,
  );
  expect(books).toEqual([{ pending: toMxnb(PROBE).units.toString() }]);
});
