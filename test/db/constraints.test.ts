import { randomUUID } from 'node:crypto';
import { eq, getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { centavos } from '../../src/money/money.ts';
import {
  auditLog,
  depositClabe,
  destination,
  effect,
  evidence,
  junoDeposit,
  junoObservation,
  ledgerEntry,
  ledgerPosting,
  leg,
  payment,
  settlementItem,
  standingTerms,
  suspense,
  suspensePart,
  walletTransaction,
  webhookIn,
} from '../../src/reactor/db/schema.ts';
import { JOURNEY, type Posting } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { usePayment } from './use-payment.ts';

const CLABE = '646180157042875763';
const here = usePayment();
let account: string;
beforeEach(async () => {
  const [row] = await here.db.select().from(leg).where(eq(leg.id, here.given.legId));
  account = row?.destinationId ?? '';
});
const aPayment = (fields: Partial<typeof payment.$inferInsert> = {}): typeof payment.$inferInsert => ({
  id: randomUUID(),
  payerId: here.given.payerId,
  recipientId: here.given.recipientId,
  depositClabe: here.given.clabe,
  amount: 20_000n,
  custodySeconds: 3,
  concept: 'prueba',
  expiresAt: new Date(),
  ...fields,
});
const aRefund = { kind: 'refund', custodySeconds: 0, depositClabe: null, awaitsDeposit: false } as const;
const aLeg = (fields: Partial<typeof leg.$inferInsert> = {}): typeof leg.$inferInsert => ({
  id: randomUUID(),
  paymentId: here.given.paymentId,
  kind: 'custody',
  amount: here.given.amount,
  destinationId: account,
  rail: 'bank_redemption',
  reference: `0x${randomUUID().replaceAll('-', '').repeat(2)}`,
  cause: 'created',
  ...fields,
});
const terms = (fields: Partial<typeof standingTerms.$inferInsert> = {}): typeof standingTerms.$inferInsert => ({
  id: randomUUID(),
  userId: here.given.payerId,
  version: 1,
  recipientId: here.given.recipientId,
  destinationId: account,
  custodySeconds: 3,
  concept: 'prueba',
  minimum: 10_000n,
  maximum: 20_000n,
  ...fields,
});
const inSuspense = async (amount: bigint): Promise<string> => {
  const id = randomUUID();
  await here.db.insert(junoDeposit).values({ id, clabe: here.given.clabe, amount, status: 'complete' });
  await here.db.insert(suspense).values({ depositId: id, reason: 'no_open_payment', amount });
  return id;
};
const aPart = (depositId: string, amount: bigint, paymentId = here.given.paymentId) => ({
  id: randomUUID(),
  depositId,
  paymentId,
  amount,
});
const entry = (paymentId: string | null, postings: readonly Posting[]) =>
  here.db.transaction((tx) =>
    writeEntry(tx, { id: randomUUID(), key: randomUUID(), paymentId, effectId: null, state: 'posted', postings }),
  );

describe('what can never be right', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'payment_amount: a payment is at least Juno’s minimum',
      () => here.db.insert(payment).values(aPayment({ amount: 9_999n })),
    ],
    [
      'payment_custody: an escrow has a custody, and nothing else has',
      () => here.db.insert(payment).values(aPayment({ ...aRefund, custodySeconds: 1 })),
    ],
    [
      'payment_custody: an escrow of which a share is in custody has a time of it',
      () => here.db.insert(payment).values(aPayment({ custodySeconds: 0 })),
    ],
    [
      'payment_custody_share: no more than the whole is in custody',
      () => here.db.insert(payment).values(aPayment({ custodyBasisPoints: 10_001 })),
    ],
    [
      'payment_deposit_clabe: an escrow has a CLABE to be paid at',
      () => here.db.insert(payment).values(aPayment({ depositClabe: null })),
    ],
    [
      'payment_awaits: only an escrow waits for a deposit',
      () => here.db.insert(payment).values(aPayment({ ...aRefund, awaitsDeposit: true })),
    ],
    ['leg_amount: a leg is more than nothing', () => here.db.insert(leg).values(aLeg({ amount: 0n }))],
    ['leg_reference: a reference is 32 bytes', () => here.db.insert(leg).values(aLeg({ reference: '0x12' }))],
    [
      'leg_attention: who needs a person says why, and whom',
      () => here.db.update(leg).set({ attentionCode: 'lost' }).where(eq(leg.id, here.given.legId)),
    ],
    [
      'standing_terms_custody: standing terms have a custody',
      () => here.db.insert(standingTerms).values(terms({ custodySeconds: 0 })),
    ],
    [
      'standing_terms_custody: without a share in custody there is no time of it',
      () => here.db.insert(standingTerms).values(terms({ custodyBasisPoints: 0 })),
    ],
    [
      'standing_terms_custody_share: no more than the whole of what came unasked is in custody',
      () => here.db.insert(standingTerms).values(terms({ custodyBasisPoints: 10_001 })),
    ],
    [
      'standing_terms_limits: standing terms have sane limits',
      () => here.db.insert(standingTerms).values(terms({ maximum: 9_000n })),
    ],
    [
      'destination_clabe: a payout CLABE has 18 digits',
      () =>
        here.db
          .insert(destination)
          .values({ id: randomUUID(), userId: here.given.payerId, clabe: '64618', legalName: 'Ana' }),
    ],
    [
      'deposit_clabe_shape: a deposit CLABE has 18 digits',
      () => here.db.insert(depositClabe).values({ clabe: '64618', userId: here.given.recipientId }),
    ],
    [
      'suspense_part_amount: a part of a deposit is more than nothing',
      async () => here.db.insert(suspensePart).values(aPart(await inSuspense(10_000n), 0n)),
    ],
    [
      'effect_amount: an effect moves no negative amount',
      () => here.db.insert(effect).values(here.anEffect({ amount: -1n })),
    ],
    [
      'effect_attempt_positive: attempts count from one',
      () => here.db.insert(effect).values(here.anEffect({ attempt: 0 })),
    ],
  ])('%s', async (what, work) => {
    await refused(work(), new RegExp(`"${what.split(':')[0]}"`));
  });
});

describe('what was written stays', () => {
  const cases: [what: string, table: PgTable, column: string, write: () => Promise<unknown>][] = [
    [
      'evidence is neither edited nor deleted',
      evidence,
      'detail',
      () =>
        here.db.insert(evidence).values({ source: 's', externalId: randomUUID(), subjectKind: 'leg', subjectId: 'x' }),
    ],
    [
      'juno_observation is neither edited nor deleted',
      junoObservation,
      'body',
      () =>
        here.db
          .insert(junoObservation)
          .values({ resource: 'deposit', externalId: randomUUID(), fingerprint: 'f', body: '{}' }),
    ],
    [
      'webhook_in is neither edited nor deleted',
      webhookIn,
      'body',
      () =>
        here.db.insert(webhookIn).values({
          source: 'juno',
          digest: randomUUID(),
          body: Buffer.from('{}'),
          size: 2,
          headers: {},
          signature: 'unsigned',
          isReadable: false,
          hint: {},
        }),
    ],
    [
      'suspense_part is neither edited nor deleted',
      suspensePart,
      'amount_centavos',
      async () => here.db.insert(suspensePart).values(aPart(await inSuspense(10_000n), 1n)),
    ],
    [
      'settlement_item is neither edited nor deleted',
      settlementItem,
      'settlement_leg_id',
      () =>
        here.pastRules((tx) =>
          tx.insert(settlementItem).values({ legId: here.given.legId, settlementLegId: here.given.legId }),
        ),
    ],
    [
      'ledger_posting is neither edited nor deleted',
      ledgerPosting,
      'amount',
      () => entry(here.given.paymentId, JOURNEY.deposit(centavos(1n))),
    ],
    [
      'audit_log is neither edited nor deleted',
      auditLog,
      'reason',
      () =>
        here.db
          .insert(auditLog)
          .values({ actor: 'a', role: 'admin', command: 'c', subject: 's', reason: 'r', detail: {} }),
    ],
  ];
  test.each(cases)('%s', async (_, written, column, write) => {
    await write();
    const [table, field] = [sql.identifier(getTableName(written)), sql.identifier(column)];
    await refused(here.db.execute(sql`UPDATE reactor.${table} SET ${field} = ${field}`), /append-only/);
    await refused(here.db.execute(sql`DELETE FROM reactor.${table}`), /append-only/);
  });
  test.each([
    ['a leg is not deleted', leg],
    ['a payment is not deleted', payment],
    ['a deposit CLABE is not deleted', depositClabe],
    ['a payout account is not deleted', destination],
  ])('%s', async (_, written) => {
    await refused(here.db.delete(written), /append-only/);
  });
});

describe('a payment', () => {
  test('keeps its terms', async () => {
    const mine = eq(payment.id, here.given.paymentId);
    await refused(here.db.update(payment).set({ amount: 160_000n }).where(mine), /terms of payment .* are immutable/);
    await refused(
      here.db.update(payment).set({ recipientId: here.given.payerId }).where(mine),
      /terms of payment .* are immutable/,
    );
    await here.db.update(payment).set({ awaitsDeposit: false }).where(mine);
  });
  test('shares its CLABE and amount with no other that waits', async () => {
    await refused(
      here.db.insert(payment).values(aPayment({ amount: here.given.amount })),
      /payment_one_open_per_clabe_and_amount/,
    );
  });
});

describe('an account', () => {
  test('a user has one deposit CLABE, of 18 digits', async () => {
    await refused(
      here.db.insert(depositClabe).values({ clabe: CLABE, userId: here.given.payerId }),
      /deposit_clabe_user_id_unique/,
    );
  });
  test('a payout account is a snapshot, of 18 digits', async () => {
    const mine = eq(destination.id, account);
    await here.db.update(destination).set({ junoAccountId: randomUUID() }).where(mine);
    for (const change of [{ clabe: '012180015040777777' }, { legalName: 'Eva Ruiz' }, { junoAccountId: randomUUID() }])
      await refused(here.db.update(destination).set(change).where(mine), /is a snapshot/);
  });
});

describe('a leg', () => {
  test('an accrued leg is in one settlement', async () => {
    const into = () =>
      here.pastRules((tx) =>
        tx.insert(settlementItem).values({ legId: here.given.legId, settlementLegId: here.given.legId }),
      );
    await into();
    await refused(into(), /settlement_item_pkey/);
  });
  test('is not born with money', async () => {
    await refused(here.db.insert(leg).values(aLeg({ state: 'returned' })), /begins as requested, not returned/);
  });
});

describe('an effect', () => {
  const state = (id: string, fields: Partial<typeof effect.$inferInsert>) =>
    here.db.update(effect).set(fields).where(eq(effect.id, id));

  test('is not born as sent', async () => {
    await refused(
      here.db.insert(effect).values(here.anEffect({ state: 'confirmed' })),
      /begins as recorded, not confirmed/,
    );
  });
  test('the moment of the first send is not taken back', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await state(row.id, { state: 'sending', firstSentAt: new Date() });
    await refused(state(row.id, { firstSentAt: null }), /was sent and cannot be unsent/);
  });
  test('the moment of the first send is no later one’s', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await state(row.id, { state: 'sending', firstSentAt: new Date(Date.now() - 1_000) });
    await refused(state(row.id, { firstSentAt: new Date() }), /a repeat begins no new window/);
  });
  test('two have never the same name outside, nor the same key', async () => {
    const other = await givePayment(here.db);
    const [mine, theirs] = [here.anEffect(), here.anEffect({ subjectId: other.legId, paymentId: other.paymentId })];
    await refused(here.db.insert(effect).values([mine, { ...theirs, key: mine.key }]), /effect_key_unique/);
    await here.db.insert(effect).values([mine, theirs]);
    const externalId = randomUUID();
    for (const { id } of [mine, theirs]) await state(id, { state: 'sending' });
    await state(mine.id, { state: 'confirmed', externalId });
    await refused(state(theirs.id, { state: 'confirmed', externalId }), /effect_external/);
  });
  test('a nonce has one transaction in each version', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    const signed = (hash: string) =>
      here.db
        .insert(walletTransaction)
        .values({ hash, chainId: 31337, wallet: '0xab', nonce: 7, version: 0, effectId: row.id, raw: '0x' });
    await signed('0x1');
    await refused(signed('0x2'), /wallet_transaction_nonce/);
  });
  test('a nonce belongs to one effect for ever, and what was signed stays as it was signed', async () => {
    const [mine, other] = [here.anEffect(), here.anEffect({ subjectKind: 'wallet', kind: 'chain_approve' })];
    await here.db.insert(effect).values([mine, other]);
    const signed = { chainId: 31337, wallet: '0xcd', nonce: 7, raw: '0x' };
    await here.db.insert(walletTransaction).values({ ...signed, hash: '0x11', version: 0, effectId: mine.id });
    for (const next of [
      { version: 1, effectId: other.id },
      { version: 2, effectId: mine.id },
    ])
      await refused(
        here.db.insert(walletTransaction).values({ ...signed, hash: '0x12', ...next }),
        /does not follow one/,
      );
    await refused(
      here.db.update(walletTransaction).set({ raw: '0x02' }).where(eq(walletTransaction.hash, '0x11')),
      /stays as it was signed/,
    );
    // After a no-op the call never comes again.
    const own = { ...signed, effectId: mine.id };
    await here.db.insert(walletTransaction).values({ ...own, hash: '0x13', version: 1, isNoop: true });
    await refused(
      here.db.insert(walletTransaction).values({ ...own, hash: '0x14', version: 2 }),
      /does not follow one/,
    );
  });
  test('what may have left is given up by two people alone', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await state(row.id, { state: 'sending' });
    await state(row.id, { state: 'unknown' });
    await refused(state(row.id, { state: 'dead' }), /only two people give it up/);
    await refused(state(row.id, { decidedBy: randomUUID() }), /is decided once, by a proposal of its own/);
  });
  test('a repeat that was refused or not written does not hide the send before it', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await state(row.id, { state: 'sending', sends: 2 });
    for (const to of ['recorded', 'rejected'] as const)
      await refused(state(row.id, { state: to }), /its repeat cannot make it/);
  });
  test('after a refusal the next attempt is for two people to allow', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await state(row.id, { state: 'sending' });
    await state(row.id, { state: 'rejected' });
    await refused(here.db.insert(effect).values(here.anEffect({ attempt: 2 })), /is for two people to allow/);
  });
});

describe('money', () => {
  const thousand = centavos(100_000n);

  test('what is owed to a payment is not paid twice, though the pool has more', async () => {
    const { paymentId } = here.given;
    const steps = [JOURNEY.deposit(thousand), JOURNEY.issuance(thousand)];
    // MXNB that is in its pool without being owed to it: only the liability can refuse.
    const more = JOURNEY.issuance(thousand).filter(({ amount }) => amount.currency === 'MXNB');
    for (const postings of [...steps, more]) await entry(paymentId, postings);
    await entry(paymentId, JOURNEY.juno_redemption(thousand));
    await refused(
      entry(paymentId, JOURNEY.juno_redemption(thousand)),
      new RegExp(`account liability of ${paymentId} would be overdrawn`),
    );
  });
  test('an entry is settled once, and keeps whose it is', async () => {
    await entry(here.given.paymentId, JOURNEY.deposit(thousand));
    const mine = eq(ledgerEntry.paymentId, here.given.paymentId);
    await refused(here.db.update(ledgerEntry).set({ state: 'voided' }).where(mine), /is posted and stays as it is/);
    await refused(here.db.update(ledgerEntry).set({ paymentId: null }).where(mine), /stays as it is/);
  });
  test('an account that is not in the books is refused', async () => {
    const unknown = { account: 'slush' as 'own', amount: centavos(0n) };
    await refused(entry(here.given.paymentId, [unknown]), /no ledger account slush/);
  });
  test('the parts of a deposit in suspense never exceed it', async () => {
    const [depositId, other] = [
      await inSuspense(10_000n),
      await givePayment(here.db, { of: here.given, amount: 150_001n }),
    ];
    await here.db.insert(suspensePart).values(aPart(depositId, 6_000n));
    await refused(
      here.db.insert(suspensePart).values(aPart(depositId, 4_001n, other.paymentId)),
      /sum to 10001 centavos of 10000/,
    );
    expect(await here.db.$count(suspensePart, eq(suspensePart.depositId, depositId))).toBe(1);
  });
});
