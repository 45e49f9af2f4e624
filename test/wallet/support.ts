import { randomUUID } from 'node:crypto';
import { desc, eq, sql } from 'drizzle-orm';
import { type Hex, pad, parseEther, parseGwei, toFunctionSelector } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import type { Call } from '../../src/chain/door.ts';
import { money } from '../../src/money/money.ts';
import { type Db, openDatabase } from '../../src/reactor/db/client.ts';
import { effect, guardSwitch, lane as laneTable, walletTransaction } from '../../src/reactor/db/schema.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { moveEffect } from '../../src/reactor/effects/send.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { contractSwitch } from '../../src/reactor/guards/scope.ts';
import { haveWalletSwitch } from '../../src/reactor/guards/switches.ts';
import { localSigner, type Signer } from '../../src/reactor/wallet/signer.ts';
import type { TestAnvil } from '../support/anvil.ts';
import { givePayment } from '../support/fixtures.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { DEPTH, oneReactor, SPENDER, TOKEN } from './one-reactor.ts';

export { DEPTH, SPENDER, TOKEN };
/** MXNB base units of a leg. */
export const AMOUNT = 1_500_000_000n;
export const ETHER = parseEther('10');

const [GET_ESCROW, RELEASE] = ['getEscrow(uint256)', 'release(uint256)'].map((of) => toFunctionSelector(of).slice(2));
const byte = (value: number) => value.toString(16).padStart(2, '0');
const REFUSAL_BEGINS = 14;

/**
 * The code of a contract that has one escrow, in this status under this reference, and says so whatever it is asked; of id 0: none. It
 * pays the wallet that was given last with it. One that refuses to release reverts that.
 */
export function answering(
  id: number,
  {
    status = 1,
    reference = '0'.repeat(64),
    refuses = false,
  }: Readonly<{ status?: number; reference?: string; refuses?: boolean }> = {},
): Hex {
  // The first word is the payee of an escrow, and the id of a reference.
  const first = `5f3560e01c63${GET_ESCROW}14801560${byte(id)}02905f5402175f52`;
  const body = `${first}60${byte(status)}6060527f${reference.replace('0x', '')}60c05260e05ff3`;
  if (!refuses) return `0x${body}`;
  return `0x5f3560e01c63${RELEASE}1460${byte(REFUSAL_BEGINS + body.length / 2)}57${body}5b5f5ffd`;
}

export type GivenWalletOptions = Readonly<{
  balance?: bigint;
  /** What the reactor is told is the node. */
  rpcUrl?: string;
  rpcUrl2?: string;
  signer?: (key: Hex, address: Hex) => Signer;
  maxFeePerGas?: bigint;
  escrow?: Hex;
}>;

/** A wallet and a database of its own on a shared chain. An approval at an address without code is a transaction like any. */
export async function givenWallet(
  { postgres, anvil }: Readonly<{ postgres: TestPostgres; anvil: TestAnvil }>,
  {
    balance = ETHER,
    rpcUrl = anvil.url,
    rpcUrl2,
    signer = localSigner,
    maxFeePerGas = parseGwei('2000'),
    escrow: own = SPENDER,
  }: GivenWalletOptions = {},
) {
  const url = await postgres.createDatabase();
  const db = openDatabase(url, { max: 12 });
  await db
    .insert(guardSwitch)
    .values({ name: contractSwitch(own) })
    .onConflictDoNothing();
  const key = generatePrivateKey();
  const account = privateKeyToAccount(key);
  const bridge = account.address.toLowerCase() as Hex;
  await anvil.client.setBalance({ address: bridge, value: balance });
  await anvil.client.setStorageAt({ address: own, index: 0, value: pad(bridge) });
  /** One reactor: a context and a lane of its own over the same key and database. */
  const reactor = (holder: string, { over = db, escrow = own }: { over?: Db; escrow?: Hex } = {}) =>
    oneReactor({ db: over, key, rpcUrl, rpcUrl2: rpcUrl2 ?? null, holder, escrow, maxFeePerGas, signer });
  await haveWalletSwitch(db, bridge);
  const { ctx, lane } = reactor('test');
  const ownerOf = async (id: string) => {
    const [row] = await db.select().from(effect).where(eq(effect.id, id));
    if (!row?.paymentId) throw new Error(`${id} is no effect of a leg`);
    return { paymentId: row.paymentId, legId: row.subjectId };
  };
  return {
    ctx,
    db,
    url,
    key,
    account,
    lane,
    reactor,
    turn: lane.turn,
    record: async (request: Call = ctx.chain.approveCall(SPENDER, 5n)): Promise<string> => {
      const subjectId = randomUUID();
      const id = await withLane({ db, holder: 'test' }, `allowance:${subjectId}`, (held) =>
        db.transaction((tx) =>
          recordEffect(tx, ctx, held, {
            subjectKind: 'wallet',
            subjectId,
            kind: 'chain_approve',
            attempt: 1,
            paymentId: null,
            request,
            amount: money('MXNB', 0n),
            switches: ['all'],
            outgoing: null,
            postings: null,
          }),
        ),
      );
      return id;
    },
    /** The intent of one leg for the wallet to sign: of a new payment, or of the leg that another intent is of. */
    recordOf: async (kind: EffectKind, request: Call, amount = AMOUNT, besides?: string): Promise<string> => {
      const { paymentId, legId } = besides === undefined ? await givePayment(db) : await ownerOf(besides);
      return withLane({ db, holder: 'test' }, `payment:${paymentId}`, (held) =>
        db.transaction((tx) =>
          recordEffect(tx, ctx, held, {
            ...{ subjectKind: 'leg', subjectId: legId, kind, attempt: 1, paymentId, request },
            ...{ amount: money('MXNB', amount), switches: ['all'], outgoing: null, postings: null },
          }),
        ),
      );
    },
    stateOf: async (id: string) => {
      const [row] = await db.select().from(effect).where(eq(effect.id, id));
      return row;
    },
    signedFor: (id: string) =>
      db
        .select()
        .from(walletTransaction)
        .where(eq(walletTransaction.effectId, id))
        .orderBy(desc(walletTransaction.version)),
    signed: () => db.select().from(walletTransaction).orderBy(walletTransaction.nonce, walletTransaction.version),
    /** As people do who saw that it came to nothing. */
    kill: (id: string) =>
      withLane({ db, holder: 'test' }, 'people', (held) =>
        db.transaction(async (tx) => {
          const [row] = await tx.select().from(effect).where(eq(effect.id, id));
          if (row) await moveEffect(tx, held, row, 'dead', { code: 'not_happened', text: 'two people saw it' });
        }),
      ),
    /** As an indexed event does. */
    confirm: (id: string, externalId: string) =>
      withLane({ db, holder: 'test' }, 'payment', (held) =>
        db.transaction(async (tx) => {
          const [row] = await tx.select().from(effect).where(eq(effect.id, id));
          if (row) await moveEffect(tx, held, row, 'confirmed', null, { externalId });
        }),
      ),
    /** As if another reactor had found the lease run out. */
    takeOver: () =>
      db
        .update(laneTable)
        .set({ epoch: sql`epoch + 1`, holder: 'another' })
        .where(eq(laneTable.name, `wallet:${foundry.id}:${bridge}`)),
    /** Its turn comes now. */
    hurry: () => db.update(effect).set({ nextLookAt: sql`clock_timestamp()` }).where(eq(effect.state, 'recorded')),
    /** As if the last broadcast, and the signing, had been this long ago. */
    age: (ms: number) =>
      db
        .update(walletTransaction)
        .set({
          signedAt: sql`signed_at - ${ms} * interval '1 millisecond'`,
          lastBroadcastAt: sql`last_broadcast_at - ${ms} * interval '1 millisecond'`,
        })
        .where(sql`succeeded IS NULL`),
  };
}
export type GivenWallet = Awaited<ReturnType<typeof givenWallet>>;
