/** The points at which a reactor is killed, written down: `points.txt`, made by `npm run crash-points -- --write`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, 'points.txt');
const HEAD = `# The points before and after each commit that writes and each send that writes. Written by \`npm run crash-points -- --write\`, which
# adds those that it comes to. Every other run must be killed at each of them, and fails at one that does not stand here.
`;

/** Points of the start of a world, or of a process that has begun nothing yet: no payment is under way there. */
const START =
  /chain_approve|chain_probe|deposit address proved|pinned|wallet switch made|read recovery|lane of (allowance|probe|recovery)|send of \w+ \/v4\/webhooks/;
export const START_SOURCE = START.source;
export const isOfStart = (name: string): boolean => START.test(name);

export const readPoints = (): ReadonlySet<string> =>
  new Set(
    readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

/** Those of the file and these besides. */
export function addPoints(names: Iterable<string>): void {
  writeFileSync(FILE, `${HEAD}${[...new Set([...readPoints(), ...names])].sort().join('\n')}\n`);
}

/** Writes that no run comes to, and why; none of them may stand in the file. */
export const UNREACHED: readonly Readonly<{ point: RegExp; why: string }>[] = [
  { point: /hold (opened|closed)/, why: 'people hold, and let go, and do neither in a run' },
  {
    point: /alert |notice |webhook (endpoint|event|to be|tried)|lane of (alerts|notices|webhooks)/,
    why: 'nothing is told in a run: what is depends on when a reactor dies (test/alerts)',
  },
  {
    point: /break (opened|changed)/,
    why: 'books, chain and Juno agree in a run; what they would not agree on has its own tests (test/reconcile)',
  },
  { point: /day closed/, why: 'a day is closed once it is over, and no run lasts for one' },
  { point: /cap changed/, why: 'people change a cap, and do not in a run' },
  { point: /API key created/, why: 'made by the command line, in a process of its own that no payment depends on' },
  { point: /payout account differs/, why: 'the sandbox never shows an account otherwise than it was registered' },
  {
    point: /juno_withdrawal rejected|juno_redemption rejected|bitso_payout rejected/,
    why: 'the sandbox refuses no call of ours before it is processed: the pool always holds what is asked for',
  },
  {
    point: /: closed|: replaced/,
    why: 'no command of the product closes or replaces a leg yet',
  },
  {
    point: /chain_\w+ dead/,
    why: 'what the wallet sends was simulated first and does not revert; a no-op that fills a gap has its own tests (test/wallet)',
  },
];
