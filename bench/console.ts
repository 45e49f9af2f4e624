/**
 * `node bench/console.ts`: how long the console's questions take with so many payments in the database. A real Postgres, the reactor's own
 * HTTP; the rows are written in bulk, in the shapes of the journey.
 */
import type { World } from '../test/http/world.ts';
import { openWorld } from '../test/http/world.ts';
import { fillPayments, type Middle } from './console/fill.ts';
import { runBench } from './frame/bench.ts';
import { type Figures, quantile } from './frame/figures.ts';
import { openBenchDatabase } from './lives/database.ts';

const TURNS = 20;

runBench({
  name: 'console',
  what: "the console's and the API's questions, from the request to the whole answer",
  options: { payments: { usual: '100000', what: 'in the database' } },
  round: async (given, say) => {
    const database = await openBenchDatabase();
    const world = await openWorld(database.url);
    try {
      const began_ms = performance.now();
      const count = Number(given.payments);
      const middle = await fillPayments(database.db, count);
      say(`${count} payments written in ${Math.round((performance.now() - began_ms) / 1000)} s`);
      const measured: [string, Figures][] = [];
      for (const [name, path] of Object.entries(questionsOf(count, middle)))
        measured.push([name, await timed(world, name, path)]);
      return Object.fromEntries(measured);
    } finally {
      await world.close();
      await database.close();
    }
  },
  wall: (of) =>
    `the overview counts what is open (${of('overview.p50_ms')} ms), the list of one status walks its index (${of('in_custody.p50_ms')} ms); every other question is a few rows by an index`,
});

async function timed(world: World, name: string, path: string): Promise<{ p50_ms: number; most: number }> {
  const took_ms: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    // What is kept for a while is read anew.
    world.pass(10_000);
    const started = performance.now();
    const response = await world.get(`/api/v1/${path}`, world.keys.admin);
    const answer = await response.text();
    took_ms.push(performance.now() - started);
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${answer}`);
    if (turn === 0 && name.startsWith('search') && name !== 'search_nothing' && !/"payment"|"fullName"/.test(answer))
      throw new Error(`${path} found nothing`);
  }
  return { p50_ms: quantile(took_ms, 0.5), most: quantile(took_ms, 1) };
}

const questionsOf = (count: number, middle: Middle): Readonly<Record<string, string>> => ({
  first_page: 'payments?limit=25',
  middle_page: `payments?limit=25&cursor=p${Math.floor(count / 2)}`,
  needs_attention: 'payments?limit=25&status=needs_attention',
  in_custody: 'payments?limit=25&status=in_custody',
  no_such_status: 'payments?limit=25&status=payout_returned',
  one_payment: `payments/${Math.floor(count / 3)}`,
  overview: 'overview',
  attention: 'attention?limit=100',
  audit: 'audit?limit=50',
  search_id: `search?q=${middle.id}`,
  search_number: `search?q=${Math.floor(count / 3)}`,
  search_clabe_tail: `search?q=${middle.clabe.slice(-4)}`,
  search_clabe_longer_tail: `search?q=${middle.clabe.slice(-7)}`,
  search_clabe: `search?q=${middle.clabe}`,
  search_amount: `search?q=${middle.centavos.slice(0, -2)}.${middle.centavos.slice(-2)}`,
  search_agreed: `search?q=${middle.agreed}`,
  search_name: 'search?q=persona',
  search_name_and_number: 'search?q=Persona%204711',
  search_email: 'search?q=p4711@example.mx',
  search_tracking_key: `search?q=TRACK${Math.floor(count / 3)}`,
  search_transaction: `search?q=${middle.hash}`,
  search_juno: `search?q=dep-${Math.floor(count / 3)}`,
  search_other_juno: `search?q=J${Math.floor(count / 3)}`,
  people: 'users?limit=50',
  people_of_a_name: 'users?limit=50&q=persona',
  payments_of_a_payer: `payments?limit=25&payerId=${middle.payer}`,
  search_nothing: 'search?q=nothing-of-the-kind',
});
