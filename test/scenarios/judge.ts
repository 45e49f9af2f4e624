/** Where a story has left its money, by each who can tell: the reactor, the far end of the rail, the chain and the books. */
import { z } from 'zod';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import { act, escrowsOf } from './acts.ts';
import type { Props } from './props.ts';
import type { Account, Expected, Row } from './row.ts';
import { openScene, type Scene, type Stage } from './stage.ts';

/** What is judged, as a test compares it: each list in an order that says nothing. */
export type Verdict = Readonly<{
  legs: readonly string[];
  status: readonly string[];
  payouts: readonly string[];
  escrow: readonly string[];
  books: readonly string[];
}>;

const legLine = (kind: string, amount: string, state: string, code: string | null | undefined): string =>
  `${kind} ${amount} ${state}${code ? `: ${code}` : ''}`;

export const expected = (
  { legs, status, payouts, escrow = [], escrowOnPausable = escrow, books = [] }: Expected,
  version: EscrowVersion = 'v3',
): Verdict => ({
  legs: legs.map(([kind, amount, state, code]) => legLine(kind, amount, state, code)).sort(),
  status,
  payouts: payouts.map(([account, amount]) => `${account} ${amount}`).sort(),
  escrow: version === 'v2-pausable' ? escrowOnPausable : escrow,
  books: books.map(([account, amount]) => `${account} ${amount}`).sort(),
});

const legsSeen = async (scene: Scene): Promise<string[]> =>
  (await scene.legs()).map(({ kind, amount, state, code }) => legLine(kind, amount, state, code)).sort();

/** Plays a story to its end: all that its people do, and then until its legs are where they should be. */
export async function play(stage: Stage, row: Row): Promise<Scene> {
  const scene = openScene(stage, row);
  const props: Props = { scene, asked: [], links: new Map(), approvals: new Map() };
  await scene.person('payer');
  await scene.person('recipient');
  const story = row.terms ? ([['ask', row.terms], ...row.acts] as const) : row.acts;
  for (const one of story) await act(props, one);
  const { legs } = expected(row.expect);
  await scene
    .until(`the legs ${legs.join(', ')}`, async () => (await legsSeen(scene)).join() === legs.join())
    // The verdict shows what it came to instead.
    .catch(() => undefined);
  return scene;
}

const STATUS = z.object({ status: z.string() });

/** Judges a story when all is at rest. */
export async function judge(scene: Scene, outbox: Awaited<ReturnType<Stage['world']['outbox']>>): Promise<Verdict> {
  const payments = [...new Set((await scene.legs()).map(({ payment }) => payment))];
  const { api } = scene.stage.world;
  return {
    legs: await legsSeen(scene),
    status: await Promise.all(payments.map(async (id) => STATUS.parse(await api.call(`/payments/${id}`)).status)),
    payouts: payoutsOf(scene, outbox),
    escrow: await escrowsOf(scene),
    books: await booksOf(scene, payments),
  };
}

function payoutsOf(scene: Scene, outbox: Awaited<ReturnType<Stage['world']['outbox']>>): string[] {
  const named = new Map([...scene.accounts()].map(([role, clabe]) => [clabe, role as Account]));
  return outbox
    .flatMap(({ clabe, amount_centavos: units, returned }) => {
      const role = named.get(clabe);
      return role && returned === undefined ? [`${role} ${formatDecimal(centavos(units))}`] : [];
    })
    .sort();
}

/**
 * What stands in the accounts of the row’s payments and of its payout accounts, what of its money became Kustodia’s own, and what of its
 * deposits waits in suspense. A debit is something that is there, a credit something that is owed; conversion joins the currencies alone.
 */
const BOOKS = `
  SELECT account, sum(CASE WHEN currency = 'MXN' THEN amount ELSE amount / 10000 END)::numeric(78, 0)::text AS units FROM (
    SELECT b.account, b.currency, b.posted + b.pending AS amount FROM reactor.ledger_balance b
    WHERE b.account <> 'conversion' AND b.owner = ANY(
      SELECT unnest($1::text[]) UNION SELECT 'destination:' || d.id FROM reactor.destination d WHERE d.user_id = ANY($2::uuid[]))
    UNION ALL
    SELECT p.account, p.currency, p.amount FROM reactor.ledger_posting p JOIN reactor.ledger_entry e ON e.id = p.entry_id
    WHERE p.account = 'own' AND p.owner = 'general' AND e.state <> 'voided' AND e.payment_id::text = ANY($1::text[])
    UNION ALL
    SELECT 'suspense', 'MXN'::reactor.currency, -s.amount_centavos FROM reactor.suspense s JOIN reactor.juno_deposit d ON d.id = s.deposit_id
    WHERE s.closed_at IS NULL AND d.clabe = $3
  ) booked GROUP BY account HAVING sum(CASE WHEN currency = 'MXN' THEN amount ELSE amount / 10000 END) <> 0 ORDER BY 1`;

async function booksOf(scene: Scene, payments: readonly string[]): Promise<string[]> {
  const rows = await scene.stage.query<{ account: string; units: string }>(BOOKS, [
    ...[payments, [...scene.people()]],
    await scene.clabe(),
  ]);
  return rows.map(({ account, units }) => `${account} ${formatDecimal(centavos(abs(BigInt(units))))}`).sort();
}
const abs = (n: bigint): bigint => (n < 0n ? -n : n);

/** Payouts that stand, and that no account of any story got. */
export function unasked(
  scenes: readonly Scene[],
  outbox: readonly Readonly<{ clabe: string; amount_centavos: bigint; returned?: unknown }>[],
): string[] {
  const known = new Set<string>(scenes.flatMap((scene) => [...scene.accounts().values()]));
  return outbox
    .filter(({ clabe, returned }) => returned === undefined && !known.has(clabe))
    .map(({ clabe, amount_centavos: units }) => `${formatDecimal(centavos(units))} to ${clabe.slice(0, 3)}…`);
}
