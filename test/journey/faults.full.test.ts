import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBooks } from '../../src/local/books.ts';
import { judge } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { CALLS, CELLS, type Cell, OF_USERS, UNCALLED } from './fault-calls.ts';
import { BELOW_BEYOND, DESK_ENDPOINTS, strikeDesks } from './fault-desk.ts';
import {
  OUTAGE_MS,
  type Struck,
  sitOutOutage,
  strikeInTurn,
  strikePayments,
  strikeUsers,
  together,
  wordFor,
} from './fault-stories.ts';
import { printPage, say, type Verdicts } from './fault-table.ts';
import { type FaultWorld, letDaysPass, openFaultWorld } from './fault-world.ts';
import { SHORT_DELAYS, SHORT_WINDOW } from './support.ts';

/** Written anew with KUSTODIA_WRITE_FAULTS=1. */
const PAGE = join(import.meta.dirname, '../../docs/juno-faults.md');
const TIMEOUT_MS = 900_000;

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((world) => world.stop())));

const verdicts: Verdicts = new Map();
const isOfUser = ({ call }: Cell) => OF_USERS.includes(call);
const isOutage = ({ fault }: Cell) => fault === 'outage';

/** What a story tells: the payments that were struck, and what became of users. */
type Told = Readonly<{ struck: readonly Struck[]; users: readonly [Cell, string][]; long?: readonly Cell[] }>;

/** Starts a world, tells it the story, and judges it when nothing more happens by itself. */
async function judged(story: (here: FaultWorld) => Promise<Told>): Promise<void> {
  const world = await startWorld({
    sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS },
    settings: { JUNO_TIMEOUT_MS: '2000', JUNO_CREDIT_BOUND_S: '45', ...SHORT_WINDOW },
  });
  worlds.push(world);
  const stopDays = letDaysPass(world);
  const here = openFaultWorld(world);
  await here.hasClabe(await here.createUser());
  const { struck, users, long = [] } = await story(here);

  const places = await here.places();
  const lasting = ({ call }: Cell) => (long.some((one) => one.call === call) ? ` (${OUTAGE_MS / 1_000} s)` : '');
  for (const [cell, word] of users) say(verdicts, cell.fault, cell.call, `${word}${lasting(cell)}`);
  for (const { cell, payment } of struck) {
    const place = places.get(payment.id);
    if (!place) throw new Error(`the payment of ${payment.amount} has no leg`);
    say(verdicts, cell.fault, cell.call, `${wordFor(place)}${lasting(cell)}`);
  }
  const driven = here.asked().map(({ id, number, clabe, centavos, depositedAt }) => {
    const status = places.get(id)?.code === null ? 'completed' : 'needs_attention';
    return { id, number, payoutClabe: clabe, centavos, besides: [], depositedAt, status };
  });
  const asked = driven.map(({ depositedAt, ...one }) => ({ ...one, hasDeposited: depositedAt !== undefined }));
  const report = judge(asked, await readBooks(world, driven, 0));
  expect(report).toMatchObject({ paid_twice: 0, lost_centavos: 0, ledger_sum: 0, breaks: 0 });
  expect(report.completed).toBe(driven.filter(({ status }) => status === 'completed').length);

  // The whole of what the sandbox can be asked is struck, or nobody asks it.
  const struckSomewhere = [...Object.values(CALLS).map(({ endpoint }) => endpoint), ...DESK_ENDPOINTS, ...UNCALLED];
  expect((await here.endpoints()).filter((endpoint) => !struckSomewhere.includes(endpoint))).toEqual([]);
  const counts = await here.struck();
  const counted = [...struck.map(({ cell }) => cell), ...users.map(([cell]) => cell)];
  const wanted = Map.groupBy(counted, ({ fault, call }) => `${fault} ${CALLS[call].endpoint}`);
  const missed = [...wanted.values()].filter((cells) => {
    const [first] = cells;
    return first && (counts[first.fault]?.[CALLS[first.call].endpoint] ?? 0) < cells.length;
  });
  expect(missed).toEqual([]);
  await stopDays();
}

const AT_ONCE = CELLS.filter((cell) => !isOutage(cell));
const OUTAGES = CELLS.filter(isOutage);

/** Everything but an outage, which would strike all who are under way. */
const strikeAll = async (here: FaultWorld): Promise<Told> => {
  const [struck, users] = await Promise.all([
    strikePayments(
      here,
      AT_ONCE.filter((cell) => !isOfUser(cell)),
    ),
    strikeUsers(here, AT_ONCE.filter(isOfUser)),
  ]);
  return { struck, users };
};

const LONG: readonly string[] = ['withdraw', 'createClabe', 'listDeposits'];
/** A list of CLABEs is read for a user whose CLABE is then lost: before the one who never gets any. */
const goOut = async (here: FaultWorld): Promise<Told> => {
  const short = OUTAGES.filter(({ call }) => !LONG.includes(call));
  const users = await strikeUsers(here, short.filter(isOfUser));
  const outage = await sitOutOutage(here);
  const [struck] = await Promise.all([
    strikeInTurn(
      here,
      short.filter((cell) => !isOfUser(cell)),
    ),
    outage.end,
  ]);
  const all = { struck: [...outage.struck, ...struck], users: [...users, ...outage.users] };
  return { ...all, long: OUTAGES.filter(({ call }) => LONG.includes(call)) };
};

/** However wide its columns are set. */
const unset = (page: string) => page.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');

test('each fault at each call: the money arrives once, or it waits for a person who is told why', {
  timeout: TIMEOUT_MS,
}, async () => {
  // Two worlds at once, for most of the time is waited, and beside them the calls that need none.
  await together([judged(goOut), judged(strikeAll), strikeDesks((...word) => say(verdicts, ...word))]);
  const missed = CELLS.filter(({ fault, call }) => !verdicts.get(fault)?.has(call));
  expect(missed).toEqual([]);
  const page = printPage(verdicts, DESK_ENDPOINTS, BELOW_BEYOND);
  if (process.env['KUSTODIA_WRITE_FAULTS']) writeFileSync(PAGE, page);
  expect(unset(readFileSync(PAGE, 'utf8'))).toBe(unset(page));
});
