/** Two people record that MXNB which lay in a bridge wallet of before lie in today's, so that what stands on them goes on from there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, exists, inArray, ne, sql } from 'drizzle-orm';
import { BaseError, type Hash, isAddress } from 'viem';
import { z } from 'zod';
import { INDEXED_SCHEMA } from '../../chain/indexed/channel.ts';
import { isTransfer, readTransfer } from '../../chain/logs.ts';
import { JunoError } from '../../juno/errors.ts';
import { centavos, formatMoney, mxnbUnits, toMxnb } from '../../money/money.ts';
import { claimedIn } from '../advance/claimed.ts';
import { claimsOfLeg } from '../advance/rows.ts';
import { verdictOn } from '../advance/vouch.ts';
import type { FourEyesCommand } from '../approvals/command.ts';
import { laneBusy } from '../approvals/refusals.ts';
import type { Context } from '../context.ts';
import type { Db, Tx } from '../db/client.ts';
import { effect, evidence, junoTransaction, leg } from '../db/schema.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { intake } from '../intake/intake.ts';
import { broughtBy, liesInWallet, MAY_LIE_IN_WALLET, NO_CLAIM, shortOf, walletOf } from '../payment/former-wallet.ts';
import { Refusal } from '../people/refusal.ts';
import { type CARRY_OVER_HOW, HASH } from './terms.ts';

const MOST_TRANSFERS = 200;
/** Another look at Juno takes no longer. */
const LOOK_TRIES = 40;
const LOOK_POLL_MS = 250;

const ADDRESS = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'is not an address')
  .transform((text) => text.toLowerCase() as `0x${string}`);
const UNITS = z.string().regex(/^[1-9]\d{0,40}$/);

/** The transfers that were found in those transactions: whoever approves sees them, and they are looked at once more. */
const CARRY_OVER = z.strictObject({
  to: ADDRESS,
  transfers: z
    .array(
      z.strictObject({
        txHash: HASH,
        logIndex: z.int().min(0),
        blockNumber: z.string().regex(/^\d{1,20}$/),
        blockHash: HASH,
        from: ADDRESS,
        units: UNITS,
      }),
    )
    .max(MOST_TRANSFERS),
});
type Brought = z.output<typeof CARRY_OVER>['transfers'][number];

/**
 * Nothing is posted: the books have one account for the MXNB in the bridge wallet, whichever that is. They say all along that what these
 * legs stand on is there; a theft makes that untrue, and what comes in its place makes it true again.
 */
export const CARRY_OVER_WALLET: FourEyesCommand<typeof CARRY_OVER> = {
  name: 'wallet carry-over',
  subjectKind: 'wallet',
  parameters: CARRY_OVER,
  check: async (ctx, { subjectId, parameters }) => {
    await lookAround(ctx);
    await assertEnough(ctx.db, ctx, subjectId, parameters);
    await assertSettled(ctx, parameters);
  },
  lane: async () => null,
  execute: async (tx, ctx, { subjectId, parameters, proposalId }) => {
    const { legs } = await assertEnough(tx, ctx, subjectId, parameters);
    const { to, transfers } = parameters;
    for (const transfer of transfers) {
      const { txHash, blockNumber, blockHash, from, units } = transfer;
      await tx.insert(evidence).values({
        ...{ source: 'chain', externalId: idOf(ctx, transfer), subjectKind: 'wallet', subjectId },
        detail: { as: 'carried', txHash, blockNumber, blockHash, from, to, units, proposal: proposalId },
      });
    }
    for (const { id, claim, units } of legs)
      await tx.insert(evidence).values({
        ...{ source: 'carried', externalId: `${claim}:${proposalId}`, subjectKind: 'leg', subjectId: id },
        detail: { claim, from: subjectId, to, units: String(units), proposal: proposalId },
      });
    ctx.log.warn(
      { event: 'carried_over', from: subjectId, to, legs: legs.length, transfers: transfers.length },
      'two people recorded that what lay in a former bridge wallet lies in today’s',
    );
  },
  // Those whose MXNB were carried over, as the records of them say.
  wakes: async ({ db }, { subjectId }) => {
    const rows = await db
      .selectDistinct({ id: leg.paymentId })
      .from(evidence)
      .innerJoin(leg, eq(sql`${leg.id}::text`, evidence.subjectId))
      .where(
        and(
          eq(evidence.source, 'carried'),
          sql`${evidence.detail} ->> 'from' = ${subjectId}`,
          inArray(leg.state, [...MAY_LIE_IN_WALLET]),
        ),
      );
    return rows.map(({ id }) => ({ lane: 'payment', id }));
  },
};

/** What lies in each wallet that is not today's, as the books have it: where nothing lies, there is no line. */
export async function listFormer(ctx: Pick<Context, 'db' | 'settings'>) {
  const legs = await legsInWallets(ctx.db, ctx);
  const former = Map.groupBy(
    legs.filter(({ wallet }) => wallet !== ctx.settings.bridge),
    ({ wallet }) => wallet,
  );
  return [...former].map(([wallet, there]) => ({
    wallet,
    legs: there.map(({ id, paymentId, state, units }) => ({ legId: id, paymentId, state, amount: shown(units) })),
    amount: shown(sumOf(there)),
  }));
}

/**
 * The transfers to today's wallet that these transactions hold, for a proposal; what it would do, for who proposes. Throws a Refusal
 * `carry_over_refused`, `carry_over_short`, `outside_silent`.
 */
export async function planCarryOver(ctx: Context, given: string, { txHashes }: z.output<typeof CARRY_OVER_HOW>) {
  const wallet = ADDRESS.safeParse(given);
  if (!wallet.success) throw refused(`“${given.slice(0, 80)}” is not an address.`);
  const found = await heard(() => Promise.all([...new Set(txHashes)].map((hash) => transfersIn(ctx, hash))));
  const parameters = { to: ctx.settings.bridge, transfers: found.flat() };
  await lookAround(ctx);
  const { legs, sums } = await assertEnough(ctx.db, ctx, wallet.data, parameters);
  await assertSettled(ctx, parameters);
  return {
    subjectId: wallet.data,
    parameters,
    preview: {
      ...{ wallet: wallet.data, to: ctx.settings.bridge, legs: legs.map(({ id }) => id) },
      ...{ lies: shown(sums.lies), brought: shown(sumOf(parameters.transfers)), before: shown(sums.before) },
    },
  };
}

async function transfersIn(ctx: Context, txHash: Hash): Promise<Brought[]> {
  const { bridge, token } = ctx.settings;
  const receipt = await ctx.chain.receipt(txHash);
  if (receipt?.status !== 'success') throw refused(`The RPC has no transaction ${txHash} that succeeded.`);
  const { blockNumber, blockHash } = receipt;
  const found = receipt.logs.flatMap((log): Brought[] => {
    const told = readTransfer(token, log);
    if (told === null || told.to.toLowerCase() !== bridge || told.value === 0n) return [];
    const from = told.from.toLowerCase() as `0x${string}`;
    return [
      {
        ...{ txHash, blockHash, from },
        logIndex: log.logIndex,
        blockNumber: String(blockNumber),
        units: String(told.value),
      },
    ];
  });
  if (found.length === 0) throw refused(`Transaction ${txHash} brought today’s wallet ${bridge} no MXNB.`);
  return found;
}

/** Of the database alone: nothing of it is anybody's evidence, and it covers what lies there. */
async function assertEnough(
  db: Db | Tx,
  ctx: Pick<Context, 'settings' | 'chain'>,
  wallet: string,
  { to, transfers }: z.output<typeof CARRY_OVER>,
) {
  const { bridge } = ctx.settings;
  if (to !== bridge) throw refused(`It was proposed for ${to}, and the bridge wallet is ${bridge} now.`);
  if (wallet === bridge) throw refused(`${bridge} is the bridge wallet of today.`);
  const own = transfers.find(({ from }) => from === bridge || ctx.chain.escrowAt(from) !== null);
  if (own)
    throw refused(
      `Transaction ${own.txHash} is from ${own.from}: what the wallet sends itself brings nothing, and what an escrow contract pays is its payment’s.`,
    );
  const taken = await takenOf(db, ctx, transfers);
  if (taken) throw refused(taken);
  const legs = (await legsInWallets(db, ctx)).filter((one) => one.wallet === wallet);
  if (legs.length === 0) throw refused(`No payment’s MXNB lie in ${wallet} by the books: nothing is to be recorded.`);
  const sums = { lies: sumOf(legs), ...(await sumsBefore(db, wallet, to)) };
  const short = shortOf({ ...sums, brought: sums.brought + sumOf(transfers) });
  if (short > 0n)
    throw new Refusal({
      code: 'carry_over_short',
      status: 409,
      title: 'Too few MXNB came to today’s wallet',
      detail: `${shown(sums.lies)} of ${legs.length} legs lie in ${wallet} by the books, and ${shown(short)} of that are still to come to ${bridge}. Nothing was recorded. Send them, from a wallet and not straight out of Juno, and name the transactions together.`,
      errors: [{ field: 'txHashes', message: 'bring too few' }],
    });
  return { legs, sums: { lies: sums.lies, before: sums.brought - sums.carried } };
}

/** Why one of these transfers is another's already, or may be; null where each is free. */
async function takenOf(
  db: Db | Tx,
  ctx: Pick<Context, 'settings'>,
  transfers: readonly Brought[],
): Promise<string | null> {
  if (transfers.length === 0) return null;
  // Asked first: what is claimed while this waits for its locks is seen by the next question.
  const awaited = await awaitedOf(db, ctx, transfers);
  const hashes = transfers.map(({ txHash }) => txHash);
  const [claimed] = await claimedIn(db, hashes);
  if (claimed)
    return `Transfer ${claimed.id} of transaction ${claimed.txHash} is evidence of ${claimed.subjectKind} ${claimed.subjectId} already.`;
  const [named] = await db.select().from(junoTransaction).where(inArray(junoTransaction.txHash, hashes));
  if (named) return `Transaction ${named.txHash} is Juno’s own ${named.id}: what it brought is that payment’s.`;
  if (awaited) return awaited;
  const froms = sql.join(
    transfers.map(({ from }) => sql`${from}`),
    sql`, `,
  );
  const { rows } = await db.execute<{ from: string }>(sql`
    SELECT t."from" FROM ${sql.identifier(INDEXED_SCHEMA)}.token_transfer t JOIN reactor.evidence v ON v.source = 'chain' AND v.external_id = t.id
    WHERE t."from" IN (${froms}) AND v.detail ->> 'as' = 'arrival' LIMIT 1`);
  return rows[0]
    ? `From ${rows[0].from} came what Juno sends for payments: nobody can tell from the chain that this was not. Send from a wallet of Kustodia’s own.`
    : null;
}

/** Why one of these may be what Juno sent for a leg that waits for it: until that is claimed, nothing else tells them apart. */
async function awaitedOf(
  db: Db | Tx,
  { settings }: Pick<Context, 'settings'>,
  transfers: readonly Brought[],
): Promise<string | null> {
  const isUnderWay = exists(
    db
      .select()
      .from(effect)
      .where(
        and(
          ...[eq(effect.subjectKind, 'leg'), eq(effect.subjectId, sql`${leg.id}::text`)],
          ...[eq(effect.kind, 'juno_withdrawal'), ne(effect.state, 'dead')],
        ),
      ),
  );
  const waiting = await db
    .select()
    .from(leg)
    .where(and(eq(leg.state, 'withdrawing'), isUnderWay))
    .for('share');
  const unitsOf = (row: typeof leg.$inferSelect) => String(toMxnb(centavos(row.amount)).units);
  const isOwn = ({ from }: Brought) => settings.bridgesBefore.includes(from);
  const one = transfers.find((given) => !isOwn(given) && waiting.some((row) => unitsOf(row) === given.units));
  const owner = waiting.find((row) => unitsOf(row) === one?.units);
  if (!one || !owner) return null;
  return `Payment ${owner.paymentId} waits for ${shown(BigInt(one.units))} from Juno, and transaction ${one.txHash} may have brought them. Repeat it once they came, or send in amounts that no payment waits for.`;
}

/** Reads Juno's list as it is now: what it has just sent is known as its. */
async function lookAround(ctx: Context): Promise<void> {
  for (let tries = 1; ; tries++) {
    const look = await intake(ctx).catch((error: unknown) => {
      if (error instanceof JunoError) throw outsideSilent(`Juno’s list could not be read: ${error.whatNext}`);
      throw error;
    });
    if (look === 'done') return;
    if (tries >= LOOK_TRIES) throw laneBusy();
    await sleep(LOOK_POLL_MS);
  }
}

/** What was brought from there to today's wallet before, and for how much of it legs were carried over. */
async function sumsBefore(db: Db | Tx, wallet: string, to: string): Promise<{ brought: bigint; carried: bigint }> {
  const units = sql<string>`coalesce(sum((${evidence.detail} ->> 'units')::numeric), 0)::text`;
  const isOf = and(
    eq(evidence.subjectKind, 'wallet'),
    eq(evidence.subjectId, wallet),
    sql`${evidence.detail} ->> 'as' = 'carried'`,
    sql`${evidence.detail} ->> 'to' = ${to}`,
  );
  const [brought] = await db
    .select({ units })
    .from(evidence)
    .where(and(eq(evidence.source, 'chain'), isOf));
  const isBetween = and(sql`${evidence.detail} ->> 'from' = ${wallet}`, sql`${evidence.detail} ->> 'to' = ${to}`);
  const [carried] = await db
    .select({ units })
    .from(evidence)
    .where(and(eq(evidence.source, 'carried'), isBetween));
  return { brought: BigInt(brought?.units ?? 0), carried: BigInt(carried?.units ?? 0) };
}

/** Every leg whose MXNB are in a wallet of ours, and in which. */
async function legsInWallets(db: Db | Tx, { settings }: Pick<Context, 'settings'>) {
  const isUnsigned = exists(
    db
      .select()
      .from(effect)
      .where(
        and(
          eq(effect.subjectKind, 'leg'),
          eq(effect.subjectId, sql`${leg.id}::text`),
          inArray(effect.kind, ['chain_fund', 'chain_return']),
          eq(effect.state, 'recorded'),
        ),
      ),
  );
  const rows = await db
    .select({ row: leg, claims: claimsOfLeg, isUnsigned: sql<boolean>`${isUnsigned}` })
    .from(leg)
    .where(and(eq(leg.kind, 'custody'), inArray(leg.state, [...MAY_LIE_IN_WALLET])));
  return rows
    .filter(({ row, isUnsigned: unsigned }) => liesInWallet(row.state, () => (unsigned ? 'recorded' : undefined)))
    .map(({ row, claims }) => ({
      ...{ id: row.id, paymentId: row.paymentId, state: row.state },
      units: toMxnb(centavos(row.amount)).units,
      wallet: walletOf(row, claims, settings),
      claim: broughtBy(row, claims)?.id ?? NO_CLAIM,
    }));
}

/** Each transfer is on the chain as it was proposed, and as deep as a redemption asks: what stands on it is paid out. */
async function assertSettled(ctx: Context, { to, transfers }: z.output<typeof CARRY_OVER>): Promise<void> {
  const { token } = ctx.settings;
  const amount = centavos(sumOf(transfers) / UNITS_OF_CENTAVO);
  for (const { txHash, logIndex, blockNumber, blockHash, from, units } of transfers) {
    const at = { blockNumber: BigInt(blockNumber), blockHash, logIndex };
    const says = isTransfer({ token, from, to, value: BigInt(units) });
    const verdict = await verdictOn(ctx, { txHash, at, says }, { amount, step: 'redemption' });
    if (verdict === 'unreachable') throw outsideSilent('The RPC gave no answer.');
    if (verdict !== 'final')
      throw refused(
        `Transaction ${txHash} is not settled on the chain as FINALITY_POLICY asks (${verdict}). Repeat it later.`,
      );
  }
}
const UNITS_OF_CENTAVO = toMxnb(centavos(1n)).units;

async function heard<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    // viem's own words name the address of the RPC, which may hold a key.
    if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
    throw error;
  }
}

const idOf = ({ settings }: Pick<Context, 'settings'>, { txHash, logIndex }: Brought): string =>
  `${settings.chainId}:${txHash}:${logIndex}`;
const sumOf = (all: readonly Readonly<{ units: bigint | string }>[]): bigint =>
  all.reduce((sum, { units }) => sum + BigInt(units), 0n);
const shown = (units: bigint): string => formatMoney(mxnbUnits(units));

const refused = (detail: string): Refusal =>
  new Refusal({
    code: 'carry_over_refused',
    status: 409,
    title: 'It cannot be recorded as carried over',
    detail: `${detail} Nothing was recorded.`,
  });
