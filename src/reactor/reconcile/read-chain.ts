/** What the chain says: balances at one block, and transfers that nothing of ours explains. */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Hash } from 'viem';
import { readCheckpoint } from '../../chain/indexed/readCheckpoint.ts';
import { readMovements } from '../../chain/indexed/readMovements.ts';
import type { IndexedTransfer } from '../../chain/indexed/types.ts';
import type { Context } from '../context.ts';
import { walletTransaction } from '../db/schema.ts';
import { CAME_BACK, type StrayTransfer } from './compare.ts';
import { idOf, subjectOf } from './finding.ts';

/** A reorganisation puts what it took out into later blocks: so many are read again each time. */
const MARGIN = 300n;
const MOST = 2_000;
const MOST_FOLLOWED = 200;

export type ChainRead = Readonly<{
  block: Readonly<{ number: bigint; hash: string }>;
  /** MXNB in the bridge wallet of today and those before it. */
  bridge: bigint;
  escrows: ReadonlyMap<string, bigint>;
  /** What the indexer shows to have come into an account after that block: the books may have it already. */
  ahead: ReadonlyMap<string, bigint>;
  strays: readonly StrayTransfer[];
  /** Effects of ours that are in no block now, though the wallet follows them: a reorganisation took them out, or they wait. */
  lost: readonly string[];
  /** Up to here transfers were looked at. */
  until: bigint;
}>;

/** A transfer that was told before, as it was. */
export type KnownTransfer = Readonly<{ transfer: StrayTransfer; since: Date }>;

/**
 * Reads the balances of the wallets and of every contract as of one block, which the chain must still have afterwards. Throws where the
 * chain or the indexer does not answer, or the two do not agree: then nothing is compared.
 */
export async function readChain(
  ctx: Context,
  {
    since,
    begin,
    known,
    contracts,
    now,
  }: Readonly<{
    since: bigint | null;
    begin: bigint | null;
    known: readonly KnownTransfer[];
    contracts: readonly string[];
    now: Date;
  }>,
): Promise<ChainRead> {
  const { chain, db, settings, watchdog } = ctx;
  const { trouble } = watchdog.current();
  if (trouble !== null) throw new Error(`the chain is not compared: it waits for ${trouble}`);
  const head = await chain.head();
  const wallets = [settings.bridge, ...settings.bridgesBefore];
  const balanceOf = (holder: string) => chain.tokenBalance(holder as `0x${string}`, head.number);
  const bridge = (await Promise.all(wallets.map(balanceOf))).reduce((sum, units) => sum + units, 0n);
  const escrows = new Map(
    await Promise.all(contracts.map(async (contract) => [contract, await balanceOf(contract)] as const)),
  );
  const lost = await inNoBlock(ctx);
  if ((await chain.blockHash(head.number)) !== head.hash)
    throw new Error(`block ${head.number} was taken out while it was read; it is read again`);

  const { blockNumber } = await readCheckpoint(db.$client);
  const accounts = [...wallets, ...contracts];
  const moved = await readMovements(db.$client, {
    ...{ token: settings.token, accounts, limit: MOST },
    // Of what came before the first look, not everything is known here: the balances alone count.
    sinceBlock: since === null || begin === null ? blockNumber : since - MARGIN > begin ? since - MARGIN : begin,
    ids: known.map(({ transfer }) => transfer.id),
  });
  const ahead = new Map<string, bigint>();
  for (const { to, value, blockNumber: block } of moved)
    if (block > head.number) ahead.set(to, (ahead.get(to) ?? 0n) + value);
  const last = moved.length === MOST ? (moved.at(-1)?.blockNumber ?? blockNumber) : blockNumber;
  const found = await strays(ctx, moved, { wallets, contracts });
  const sinceOf = new Map(known.map(({ transfer, since: at }) => [transfer.id, at]));
  const shown = new Set(moved.map(({ id }) => id));
  return {
    block: { number: head.number, hash: head.hash },
    ...{ bridge, escrows, ahead, lost },
    strays: [
      ...found.map((one) => ({ ...one, since: sinceOf.get(one.id) ?? now })),
      ...(await unshown(
        ctx,
        known.filter(({ transfer }) => !shown.has(transfer.id)),
      )),
    ],
    until: last < blockNumber ? last - 1n : blockNumber,
  };
}

async function inNoBlock({ chain, db, settings }: Context): Promise<string[]> {
  const followed = await db
    .select({ hash: walletTransaction.hash, effectId: walletTransaction.effectId })
    .from(walletTransaction)
    .where(and(eq(walletTransaction.wallet, settings.bridge), isNull(walletTransaction.succeeded)))
    .orderBy(walletTransaction.nonce)
    .limit(MOST_FOLLOWED);
  const there = new Set<string>();
  for (const { hash, effectId } of followed) if (await chain.receipt(hash as Hash)) there.add(effectId);
  return [...new Set(followed.map(({ effectId }) => effectId))].filter((id) => !there.has(id));
}

/** A restarted indexer shows its newest rows again later: what it does not show is gone only when the chain says so. */
async function unshown({ chain }: Context, known: readonly KnownTransfer[]): Promise<StrayTransfer[]> {
  const there: StrayTransfer[] = [];
  for (const { transfer, since } of known) {
    // One that was only suspected is suspected again once it is shown.
    if (transfer.units === 0n) continue;
    const receipt = await chain.receipt(transfer.txHash as Hash);
    if (receipt?.status === 'success') there.push({ ...transfer, since });
  }
  return there;
}

/** Those that no transaction of ours made, no evidence claims (of what came in also as it was numbered before a reorganisation), and no withdrawal under way may be the cause of. What moves between accounts of ours is told by their balances. */
async function strays(
  { db }: Context,
  moved: readonly IndexedTransfer[],
  { wallets, contracts }: Readonly<{ wallets: readonly string[]; contracts: readonly string[] }>,
): Promise<Omit<StrayTransfer, 'since'>[]> {
  const ours = new Set([...wallets, ...contracts]);
  const crossing = moved.filter(({ from, to }) => ours.has(from) !== ours.has(to));
  if (crossing.length === 0) return [];
  const hashes = crossing.map(({ txHash }) => txHash);
  const signed = await db
    .select({ hash: walletTransaction.hash })
    .from(walletTransaction)
    .where(inArray(walletTransaction.hash, [...new Set(hashes)]));
  const { rows: claimed } = await db.execute<{ name: string }>(sql`
    SELECT external_id AS name FROM reactor.evidence WHERE source = 'chain' AND external_id = ANY(${sql.param(crossing.map(({ id }) => id))})
    UNION SELECT detail ->> 'txHash' FROM reactor.evidence
    WHERE source = 'chain' AND detail ->> 'as' = 'arrival' AND detail ->> 'txHash' = ANY(${sql.param(hashes)})`);
  const over = await toldBefore(db, crossing);
  const amounts = crossing.map(({ value }) => String(value));
  const { rows: due } = await db.execute<{ units: string }>(sql`
    SELECT DISTINCT (amount_centavos * 10000)::text AS units FROM reactor.leg
    WHERE state = 'withdrawing' AND amount_centavos * 10000 = ANY(${sql.param(amounts)}::numeric[])`);
  const awaited = new Set(due.map(({ units }) => units));
  const [own, known] = [new Set(signed.map(({ hash }) => hash)), new Set(claimed.map(({ name }) => name))];
  return crossing
    .filter(
      ({ id, txHash, from, value }) =>
        !own.has(txHash) &&
        !known.has(id) &&
        !over.has(id) &&
        (ours.has(from) || !(known.has(txHash) || awaited.has(String(value)))),
    )
    .map(({ id, txHash, from, to, value, blockNumber, logIndex }) => ({
      ...{ id, txHash, from, to, units: value, block: blockNumber, logIndex },
      direction: ours.has(from) ? 'out' : 'in',
      account: accountOf(ours.has(from) ? from : to, wallets),
    }));
}

const accountOf = (address: string, wallets: readonly string[]): string =>
  wallets.includes(address) ? 'bridge' : `escrow ${address}`;

/** Those of a break that is closed and that are still on the chain: nobody’s, or come back, and what brought them back. */
async function toldBefore(db: Context['db'], moved: readonly IndexedTransfer[]): Promise<ReadonlySet<string>> {
  const subjects = (kind: 'unclaimed_transfer' | 'transfer_without_effect') =>
    sql.param(moved.map(({ id }) => subjectOf(kind, id)));
  const backs = new Map(moved.map(({ id, txHash }) => [`${CAME_BACK} ${txHash}`, id]));
  const { rows } = await db.execute<{ subject: string; because: string }>(sql`
    SELECT subject, closed_because AS because FROM reactor.reconciliation_break WHERE closed_at IS NOT NULL AND (
      subject = ANY(${subjects('unclaimed_transfer')})
      OR subject = ANY(${subjects('transfer_without_effect')}) AND starts_with(closed_because, ${CAME_BACK})
      OR closed_because = ANY(${sql.param([...backs.keys()])}))`);
  return new Set(rows.flatMap(({ subject, because }) => [idOf(subject), backs.get(because) ?? []].flat()));
}
