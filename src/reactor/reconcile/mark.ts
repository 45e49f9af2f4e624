/** What a look leaves for the next one, in the heartbeat `reconcile`. */
import { z } from 'zod';
import { CURRENCIES, type Currency } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { readMark } from '../intake/record.ts';
import type { Total } from '../ledger/totals.ts';

export const MARK = 'reconcile';

const big = z.string().transform(BigInt);
const when = z.coerce.date();
const SCHEMA = z.object({
  /** Up to here the ledger is summed up; what came later is read each time. */
  until: when.nullable(),
  totals: z.array(
    z
      .tuple([z.string(), z.enum(CURRENCIES as readonly [Currency, ...Currency[]]), z.string(), big, big, big])
      .transform(
        ([account, currency, contract, posted, leaving, coming]): Total => ({
          ...{ account, currency, contract, posted, leaving, coming },
          fresh: 0n,
        }),
      ),
  ),
  /** The block, and Juno’s observation, up to which nothing new is looked for any more. */
  block: big.nullable(),
  /** The block of the first look: of what came before it, not everything is known here. */
  begin: big.nullable(),
  observation: z.number(),
  /** What left Juno and a send whose answer is out may have made: looked at until its answer is known. */
  explained: z.array(z.string()).default([]),
  /** When each side was last read. */
  read: z.object({ chain: when, juno: when, bitso: when.optional() }),
  /** When the days that were closed were last computed anew. */
  days: when.nullable(),
  suspects: z.record(z.string(), z.string()),
});
export type Mark = z.output<typeof SCHEMA>;

/** What the last look left; of the first one, that nothing was read before it began. */
export async function readLast(db: Pick<Db, 'select'>, began: Date): Promise<Mark> {
  const mark = await readMark({ db: db as Db }, MARK);
  const parsed = SCHEMA.safeParse(mark?.detail);
  if (parsed.success) return parsed.data;
  const read = { chain: began, juno: began, bitso: began };
  return {
    until: null,
    totals: [],
    block: null,
    begin: null,
    observation: 0,
    explained: [],
    read,
    days: null,
    suspects: {},
  };
}

/** As it is kept: JSON knows no bigint. */
export const printMark = ({ totals, block, begin, ...rest }: Mark): object => ({
  ...rest,
  block: block === null ? null : String(block),
  begin: begin === null ? null : String(begin),
  totals: totals.map(({ account, currency, contract, posted, leaving, coming }) => [
    ...[account, currency, contract],
    ...[posted, leaving, coming].map(String),
  ]),
});
