import pg from 'pg';
import { erc20Abi } from 'viem';
import { z } from 'zod';
import { FLOAT_CENTAVOS, UNITS_PER_CENTAVO } from './contracts.ts';
import type { Driven } from './drive.ts';
import type { Books, Journey, Stretch } from './report.ts';
import type { World } from './world.ts';

const transactionSchema = z.object({ id: z.string(), created_at: moment(), updated_at: moment() });
const transactionsSchema = z.object({ transactions: z.array(transactionSchema) });

/** Epoch milliseconds, from a number or from text with a zone. */
function moment() {
  return z.union([z.number(), z.string().transform((text) => Date.parse(text))]).pipe(z.number());
}

const LEDGER_SUM = `
  SELECT coalesce(sum(abs(total)), 0)::text AS sum
  FROM (SELECT sum(amount) AS total FROM reactor.ledger_posting GROUP BY currency) AS per_currency`;

const OPEN_BALANCES = `
  SELECT count(*)::int AS count FROM reactor.ledger_balance
  WHERE (posted <> 0 OR pending <> 0) AND owner IN (
    SELECT payment_id::text FROM reactor.leg GROUP BY payment_id HAVING bool_and(state = 'completed'))`;

const OPEN_BREAKS = 'SELECT count(*)::int AS count FROM reactor.reconciliation_break WHERE closed_at IS NULL';

/** What each payment's effects and evidence are called at Juno. */
const NAMES = `
  SELECT payment_id::text AS payment, external_id AS name FROM reactor.effect
  WHERE payment_id IS NOT NULL AND external_id IS NOT NULL
  UNION
  SELECT leg.payment_id::text, evidence.external_id FROM reactor.evidence
  JOIN reactor.leg ON evidence.subject_kind = 'leg' AND evidence.subject_id = leg.id::text
  UNION
  SELECT subject_id, external_id FROM reactor.evidence WHERE subject_kind = 'payment'`;

const WALLET = `
  SELECT effect.payment_id::text AS payment, effect.kind::text AS kind, w.signed_at AS signed, w.mined_block::int AS block
  FROM reactor.wallet_transaction AS w JOIN reactor.effect ON effect.id = w.effect_id
  WHERE effect.payment_id IS NOT NULL AND w.mined_block IS NOT NULL`;

const AT_BITSO = `
  SELECT payment_id::text AS payment, first_sent_at AS sent FROM reactor.effect
  WHERE kind = 'bitso_payout' AND payment_id IS NOT NULL AND first_sent_at IS NOT NULL`;

const CUSTODY = `
  SELECT payment_id::text AS payment, deadline_seconds::float8 AS deadline FROM reactor.leg
  WHERE deadline_seconds IS NOT NULL`;

const SCHEMAS = {
  sum: z.array(z.object({ sum: z.coerce.bigint() })),
  count: z.array(z.object({ count: z.number() })),
  names: z.array(z.object({ payment: z.string(), name: z.string() })),
  wallet: z.array(z.object({ payment: z.string(), kind: z.string(), signed: z.date(), block: z.number() })),
  atBitso: z.array(z.object({ payment: z.string(), sent: z.date() })),
  custody: z.array(z.object({ payment: z.string(), deadline: z.number() })),
};

/** Reads what the judge needs, from the sandbox's books, the chain and (for the ledger's own sums) the database. */
export async function readBooks(world: World, driven: readonly Driven[], durationMs: number): Promise<Books> {
  const client = new pg.Client({ connectionString: world.urls.database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const read = async <T>(schema: z.ZodType<T>, query: string): Promise<T> =>
      schema.parse((await client.query(query)).rows);
    const outbox = await world.outbox();
    const [sum] = await read(SCHEMAS.sum, LEDGER_SUM);
    const [open] = await read(SCHEMAS.count, OPEN_BALANCES);
    const [breaks] = await read(SCHEMAS.count, OPEN_BREAKS);
    return {
      outbox,
      insideCentavos: await insideCentavos(world),
      ledgerSum: sum?.sum ?? 0n,
      openBalances: open?.count ?? 0,
      openBreaks: breaks?.count ?? 0,
      journeys: await readJourneys(world, driven, outbox, {
        names: await read(SCHEMAS.names, NAMES),
        wallet: await read(SCHEMAS.wallet, WALLET),
        atBitso: await read(SCHEMAS.atBitso, AT_BITSO),
        custody: await read(SCHEMAS.custody, CUSTODY),
      }),
      durationMs,
    };
  } finally {
    await client.end();
  }
}

/**
 * Pesos that are still inside: all MXNB that came into being since, the Bitso balance, and what Juno burnt for redemptions that
 * failed. Juno mints what it issues and burns what it redeems, and nobody else does either, so that MXNB is the pool at Juno, the
 * bridge, the escrows and all that is between them, less Kustodia's own float.
 */
async function insideCentavos({ anvil, contracts, state }: World): Promise<bigint> {
  const { bitso_balance_centavos: atBitso, kept_centavos: kept } = await state();
  const supply = await anvil.client.readContract({
    address: contracts.token,
    abi: erc20Abi,
    functionName: 'totalSupply',
  });
  return (supply - contracts.supplyBefore) / UNITS_PER_CENTAVO - FLOAT_CENTAVOS + atBitso + kept;
}

type Rows = Readonly<{
  names: z.infer<typeof SCHEMAS.names>;
  wallet: z.infer<typeof SCHEMAS.wallet>;
  atBitso: z.infer<typeof SCHEMAS.atBitso>;
  custody: z.infer<typeof SCHEMAS.custody>;
}>;

async function readJourneys(
  world: World,
  driven: readonly Driven[],
  outbox: Books['outbox'],
  rows: Rows,
): Promise<Journey[]> {
  const { transactions } = transactionsSchema.parse(await world.transactions());
  const byName = new Map(transactions.map((transaction) => [transaction.id, transaction]));
  const blocks = [...new Set(rows.wallet.map(({ block }) => block))];
  const minedAt = new Map(
    await Promise.all(
      blocks.map(async (block) => {
        const { timestamp } = await world.anvil.client.getBlock({ blockNumber: BigInt(block) });
        return [block, Number(timestamp) * 1000] as const;
      }),
    ),
  );
  return driven.flatMap(({ id, payoutClabe, centavos, depositedAt }) => {
    const payout = outbox.find((one) => one.clabe === payoutClabe && one.amount_centavos === centavos);
    if (!payout || depositedAt === undefined) return [];
    const ofIt = <T extends { payment: string }>(all: readonly T[]) => all.filter(({ payment }) => payment === id);
    const rail = ofIt(rows.names).flatMap(({ name }): Stretch[] => {
      const transaction = byName.get(name);
      return transaction ? [{ from: transaction.created_at, to: transaction.updated_at }] : [];
    });
    const sent = ofIt(rows.wallet).map(({ kind, signed, block }) => ({
      kind,
      from: signed.getTime(),
      mined: minedAt.get(block) ?? signed.getTime(),
    }));
    const chain = sent.map(({ from, mined }) => ({ from, to: mined + 1000 }));
    const bitso = ofIt(rows.atBitso).map((one) => ({ from: one.sent.getTime(), to: payout.at }));
    const funded = sent.find(({ kind }) => kind === 'chain_fund')?.mined;
    const custody = ofIt(rows.custody).flatMap(({ deadline }): Stretch[] =>
      funded === undefined ? [] : [{ from: funded, to: deadline * 1000 }],
    );
    return [{ deposited: depositedAt, paidOut: payout.at, elsewhere: [...rail, ...bitso, ...chain, ...custody] }];
  });
}
