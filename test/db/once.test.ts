/** What there is once: each by its own constraint, and two that come at the same moment by the lock that makes one wait. */
import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import type { Tx } from '../../src/reactor/db/client.ts';
import * as schema from '../../src/reactor/db/schema.ts';
import {
  apiKey,
  destination,
  effect,
  foreignAct,
  junoDeposit,
  junoObservation,
  ledgerEntry,
  ledgerPosting,
  leg,
  standingTerms,
  suspense,
  suspensePart,
  walletTransaction,
  webhookIn,
} from '../../src/reactor/db/schema.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { LANE, usePayment } from './use-payment.ts';

const here = usePayment();
const inSuspense = async (issuanceId: string | null = null): Promise<string> => {
  const id = randomUUID();
  await here.db.insert(junoDeposit).values({ id, clabe: here.given.clabe, amount: 10_000n, status: 'complete' });
  await here.db.insert(suspense).values({ depositId: id, reason: 'no_open_payment', amount: 10_000n, issuanceId });
  return id;
};
const aPart = (depositId: string, amount: bigint, paymentId = here.given.paymentId) => ({
  ...{ id: randomUUID(), depositId, paymentId, amount },
});
const terms = (version: number, isActive: boolean): typeof standingTerms.$inferInsert => ({
  ...{ id: randomUUID(), userId: here.given.payerId, version, isActive, recipientId: here.given.recipientId },
  ...{
    destinationId: here.given.destinationId,
    custodySeconds: 3,
    concept: 'prueba',
    minimum: 10_000n,
    maximum: 20_000n,
  },
});
const aHook = (digest: string): typeof webhookIn.$inferInsert => ({
  ...{ source: 'juno', digest, body: Buffer.from('{}'), size: 2, headers: {}, signature: 'unsigned' },
  ...{ isReadable: false, hint: {} },
});

describe('there is one', () => {
  test.each<[what: string, constraint: string, write: () => Promise<readonly (() => Promise<unknown>)[]>]>([
    [
      'leg of a reference on chain',
      'leg_reference_unique',
      async () => {
        const [row] = await here.db.select().from(leg).where(eq(leg.id, here.given.legId));
        if (!row) throw new Error('no leg');
        const { number: _, ...rest } = row;
        return [() => here.db.insert(leg).values({ ...rest, id: randomUUID() })];
      },
    ],
    [
      'nonce of an effect',
      'wallet_transaction_one_nonce',
      async () => {
        const row = here.anEffect();
        await here.db.insert(effect).values(row);
        const signed = (nonce: number) => () =>
          here.db.insert(walletTransaction).values({
            hash: randomUUID(),
            chainId: 1,
            wallet: here.given.legId,
            nonce,
            version: 0,
            effectId: row.id,
            raw: '0x',
          });
        return [signed(1), signed(2)];
      },
    ],
    [
      'deposit in suspense of an ISSUANCE',
      'suspense_issuance_id_unique',
      async () => [() => inSuspense('issuance-1'), () => inSuspense('issuance-1')],
    ],
    [
      'part of a deposit for a payment',
      'suspense_part_payment_id_unique',
      async () => {
        const [one, two] = [await inSuspense(), await inSuspense()];
        return [one, two].map((id) => () => here.db.insert(suspensePart).values(aPart(id, 1n)));
      },
    ],
    [
      'snapshot of a payout account',
      'destination_snapshot',
      async () => {
        const [row] = await here.db.select().from(destination).where(eq(destination.id, here.given.destinationId));
        return [
          () => here.db.insert(destination).values({ ...(row as typeof destination.$inferInsert), id: randomUUID() }),
        ];
      },
    ],
    [
      'version of a number of a user’s standing terms',
      'standing_terms_version',
      async () => [
        () => here.db.insert(standingTerms).values(terms(1, false)),
        () => here.db.insert(standingTerms).values(terms(1, true)),
      ],
    ],
    [
      'version of a user’s standing terms in force',
      'standing_terms_one_active',
      async () => [
        () => here.db.insert(standingTerms).values(terms(1, true)),
        () => here.db.insert(standingTerms).values(terms(2, true)),
      ],
    ],
    [
      'webhook of the same bytes',
      'webhook_in_digest_unique',
      async () => [
        () => here.db.insert(webhookIn).values(aHook('d')),
        () => here.db.insert(webhookIn).values(aHook('d')),
      ],
    ],
    [
      'observation of the same words',
      'juno_observation_once',
      async () => {
        const seen = { resource: 'deposit', externalId: 'd', fingerprint: 'f', body: '{}' } as const;
        return [() => here.db.insert(junoObservation).values(seen), () => here.db.insert(junoObservation).values(seen)];
      },
    ],
    [
      'word about an act of nobody’s here',
      'foreign_act_source_external_id_pk',
      async () => {
        const act = { source: 'clabe', externalId: '0x1', reason: 'drill' } as const;
        return [() => here.db.insert(foreignAct).values(act), () => here.db.insert(foreignAct).values(act)];
      },
    ],
    [
      'key of a secret',
      'api_key_hash_unique',
      async () => {
        const aKey = () => here.db.insert(apiKey).values({ id: randomUUID(), name: 'ana', role: 'viewer', hash: 'h' });
        return [aKey, aKey];
      },
    ],
    [
      'line of a number in an entry',
      'ledger_posting_entry_id_line_pk',
      async () => {
        const id = randomUUID();
        await here.db.insert(ledgerEntry).values({ id, key: id, state: 'posted' });
        const line = { entryId: id, line: 1, account: 'own', owner: 'general', currency: 'MXN', amount: 0n } as const;
        return ['own', 'payable'].map((account) => () => here.db.insert(ledgerPosting).values({ ...line, account }));
      },
    ],
  ])('%s', async (_, constraint, write) => {
    const writes = await write();
    for (const work of writes.slice(0, -1)) await work();
    await refused(writes.at(-1)?.() ?? Promise.resolve(), new RegExp(`"${constraint}"`));
  });

  test('attempt of a number, though nothing else counted attempts', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    await here.db.update(effect).set({ state: 'dead' }).where(eq(effect.id, row.id));
    const again = here.db.transaction(async (tx) => {
      await tx.execute(sql`ALTER TABLE reactor.effect DISABLE TRIGGER effect_born`);
      await tx.insert(effect).values(here.anEffect());
    });
    await refused(again, /"effect_attempt"/);
  });

  test('kind of account but asset, liability and exchange there is none', async () => {
    await refused(
      here.db.execute(sql`INSERT INTO reactor.ledger_account (code, kind) VALUES ('slush', 'other')`),
      /ledger_account_kind_check/,
    );
  });
});

describe('at the same moment', () => {
  /** What the other one was told while this transaction was open: that it would have to wait, or nothing. */
  const whileOpen = (work: (tx: Tx) => Promise<unknown>, other: (tx: Tx) => Promise<unknown>): Promise<string> =>
    here.db.transaction(async (tx) => {
      await work(tx);
      return here.db
        .transaction(async (second) => {
          await second.execute(sql`SET LOCAL lock_timeout = '300ms'`);
          return other(second).then(
            () => 'nothing',
            (error: unknown) => String((error as Error).cause),
          );
        })
        .catch((error: unknown) => String((error as Error).cause ?? error));
    });

  test('a takeover of the lane waits for whoever is moving an effect under it', async () => {
    const row = here.anEffect();
    await here.db.insert(effect).values(row);
    const told = await whileOpen(
      (tx) => tx.update(effect).set({ state: 'sending' }).where(eq(effect.id, row.id)),
      (tx) => tx.execute(sql`UPDATE reactor.lane SET epoch = epoch + 1 WHERE name = ${LANE}`),
    );
    expect(told).toContain('lock timeout');
  });

  test('two parts of a deposit in suspense: the second waits for the first, and is counted with it', async () => {
    const [depositId, other] = [await inSuspense(), await givePayment(here.db, { of: here.given, amount: 150_001n })];
    const told = await whileOpen(
      (tx) => tx.insert(suspensePart).values(aPart(depositId, 6_000n)),
      (tx) => tx.insert(suspensePart).values(aPart(depositId, 6_000n, other.paymentId)),
    );
    expect(told).toContain('lock timeout');
  });
});

test('the database has every key and every reference of the code', async () => {
  const tables = Object.values(schema).filter((one) => one instanceof PgTable);
  const wanted = tables.flatMap((table) => {
    const { name, columns, foreignKeys, indexes, primaryKeys, uniqueConstraints } = getTableConfig(table);
    return [
      ...columns.filter(({ primary }) => primary).map(() => `${name}_pkey`),
      ...columns.flatMap(({ isUnique, uniqueName }) => (isUnique && uniqueName ? [uniqueName] : [])),
      ...primaryKeys.map((key) => key.getName()),
      ...uniqueConstraints.flatMap((key) => key.getName() ?? []),
      ...foreignKeys.map((key) => key.getName()),
      ...indexes.flatMap(({ config }) => (config.unique && config.name ? [config.name] : [])),
    ];
  });
  const { rows } = await here.db.execute<{ name: string }>(sql`
    SELECT conname AS name FROM pg_constraint WHERE connamespace = 'reactor'::regnamespace AND contype IN ('p', 'u', 'f')
    UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique AND indrelid::regclass::text LIKE 'reactor.%'`);
  const there = new Set(rows.map(({ name }) => name.replace(/^reactor\./, '')));
  expect(wanted.length).toBeGreaterThan(80);
  expect(wanted.filter((name) => !there.has(name))).toEqual([]);
});
