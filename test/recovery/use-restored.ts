import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { createWalletClient, http, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { openChain } from '../../src/chain/door.ts';
import { centavos } from '../../src/money/money.ts';
import type { Context } from '../../src/reactor/context.ts';
import { destination, leg, payment } from '../../src/reactor/db/schema.ts';
import { JOURNEY } from '../../src/reactor/ledger/journey.ts';
import { writeEntry } from '../../src/reactor/ledger/write.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { type RecoverParameters, recover } from '../../src/reactor/recovery/recover.ts';
import { readSettings } from '../../src/reactor/settings.ts';
import { openRail, type Rail } from '../effects/rail.ts';
import { type Backup, takeBackup } from '../support/backup.ts';
import { givePayment, KEY_SECRET } from '../support/fixtures.ts';

export const SPENDER = `0x${'1'.repeat(40)}` as const;
export const FEES = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('2') };
const ACTOR = { id: randomUUID(), name: 'ada', role: 'admin' } as const;

/** A reactor's context over a real rail and chain, for one file; before each test its database is as it was when it was new. */
export function useRestored() {
  const key = generatePrivateKey();
  const wallet = privateKeyToAccount(key);
  const bridge = wallet.address.toLowerCase() as `0x${string}`;
  let rail: Rail;
  let ctx: Context;
  let pristine: Backup;
  /** Whoever holds the bridge wallet's key, without this database. */
  const outside = () => createWalletClient({ account: wallet, chain: foundry, transport: http(rail.chain.rpcUrl) });
  beforeAll(async () => {
    rail = await openRail();
    const { chain } = rail;
    const settings = readSettings({
      DATABASE_URL: rail.databaseUrl,
      CHAIN_ID: String(foundry.id),
      ETH_RPC_URL: chain.rpcUrl,
      ESCROW_CONTRACT_ADDRESS: SPENDER,
      MXNB_CONTRACT_ADDRESS: chain.token,
      ESCROW_BRIDGE_WALLET: bridge,
      ESCROW_PRIVATE_KEY: key,
      JUNO_DEPOSIT_ADDRESS: `0x${'5'.repeat(40)}`,
      JUNO_ENV: 'sandbox',
      JUNO_BASE_URL: rail.sandbox.url,
      JUNO_STAGE_API_KEY: 'unused',
      JUNO_STAGE_API_SECRET: 'unused',
      KUSTODIA_KEY_SECRET: KEY_SECRET,
    });
    const { escrow, token } = settings;
    ctx = rail.context({
      settings,
      chain: openChain({ chainId: foundry.id, rpcUrl: chain.rpcUrl, escrow, token }),
      watchdog: { current: () => ({ headTimestamp: 0, trouble: null }) } as unknown as Context['watchdog'],
    });
    // The indexer's views, which have nothing to show here.
    await rail.db.execute(sql`CREATE SCHEMA indexed`);
    await rail.db.execute(sql`CREATE TABLE indexed.escrow_event (reference text, block_number numeric, log_index int)`);
    await chain.client.setBalance({ address: bridge, value: 10n ** 19n });
    await rail.sandbox.withdraw({ amount: '100.00', address: bridge });
    await outside().sendTransaction({ to: SPENDER, value: 1n, ...FEES });
    // History of before the database is nobody's here.
    expect(await checkForLostActs(ctx)).toBeNull();
    pristine = await takeBackup(rail.databaseUrl);
  });
  beforeEach(() => pristine?.restore());
  afterAll(() => rail?.close());
  return {
    key,
    bridge,
    outside,
    get rail() {
      return rail;
    },
    get ctx() {
      return ctx;
    },
    run: (given: Partial<RecoverParameters> = {}) =>
      recover(ctx, { actor: ACTOR, reason: 'the disk was lost', notOurs: [], dryRun: false, ...given }),
  };
}

let last = 20_000n;
/** A refund whose money is in Juno's pool, with an account to go to. */
export const givenRefund = (rail: Rail) => givenAtJuno(rail, 'refund');
/** The same of a payment of which nothing is in custody: it is paid at once. */
export const givenImmediate = (rail: Rail) => givenAtJuno(rail, 'immediate');

export async function givenAtJuno(
  rail: Rail,
  kind: 'refund' | 'immediate',
  given: Readonly<{ amount?: bigint; destinationId?: string }> = {},
) {
  last += 111n;
  const amount = centavos(given.amount ?? last);
  const { paymentId, payerId, recipientId, clabe } = await givePayment(
    rail.db,
    given.amount ? {} : { amount: amount.units },
  );
  const [id, legId] = [randomUUID(), randomUUID()];
  const isRefund = kind === 'refund';
  const destinationId = given.destinationId ?? (await givenAccount(rail, isRefund ? payerId : recipientId));
  await rail.db.transaction(async (tx) => {
    const expiresAt = new Date(Date.now() + 86_400_000);
    await tx.insert(payment).values({
      ...{ id, kind: isRefund ? 'refund' : 'escrow', payerId, recipientId, depositClabe: clabe, amount: amount.units },
      ...{
        custodySeconds: 0,
        custodyBasisPoints: isRefund ? 10_000 : 0,
        concept: kind,
        expiresAt,
        awaitsDeposit: false,
      },
    });
    await tx.insert(leg).values({
      ...{ id: legId, paymentId: id, kind, amount: amount.units, destinationId, rail: 'bank_redemption' },
      ...{ reference: `0x${randomUUID().replaceAll('-', '').padStart(64, '0')}`, cause: 'created' },
    });
    await tx.update(leg).set({ state: 'reserved' }).where(eq(leg.id, legId));
    for (const step of ['deposit', 'issuance'] as const)
      await writeEntry(tx, {
        ...{ id: randomUUID(), key: `${step}:${legId}`, paymentId: id, effectId: null, state: 'posted' },
        postings: JOURNEY[step](amount),
      });
  });
  return { paymentId: id, other: paymentId, legId, amount, payerId, destinationId };
}

/** An account of this user that pesos may go to: registered at Juno, and read back. */
export async function givenAccount(rail: Rail, userId: string, clabe = '646180157042875763'): Promise<string> {
  const id = randomUUID();
  const junoAccountId = await rail.sandbox.registerBankAccount(clabe);
  const verifiedAt = new Date();
  await rail.db
    .insert(destination)
    .values({ id, userId, clabe, legalName: 'Vera Vendedora', junoAccountId, verifiedAt });
  return id;
}
