import { setTimeout as sleep } from 'node:timers/promises';
import { readBooks } from '../../src/local/books.ts';
import { type Driven, payoutClabe } from '../../src/local/drive.ts';
import { isFlawless, judge, type Report } from '../../src/local/report.ts';
import type { World } from '../../src/local/world.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';

const PEOPLE = 5;
const POLL_MS = 500;
const MOST_MS = 10 * 60_000;
const FIRST_CENTAVOS = 100_001n;
const STEP_CENTAVOS = 1_338n;

export type PaceParameters = Readonly<{
  payments: number;
  /** Between one deposit and the next. */
  every_ms: number;
  custodySeconds?: number;
  /** Of the first; the others follow it. No two of one world may be the same. */
  first?: number;
  /** With the payment asked for, before and after its money is paid in. */
  beforeDeposit?: () => Promise<void>;
  onDeposited?: (payment: Readonly<{ id: string }>) => Promise<void>;
  /** Goes on with the measuring once this many are in custody, instead of when all are completed. */
  until?: 'completed' | 'in_custody';
}>;

/** Payments that come one after the other, as customers do, and not in a crowd. Each is asked for and paid in at once. */
export async function pace(world: World, parameters: PaceParameters): Promise<Driven[]> {
  const { payments, every_ms, custodySeconds = 3, first = 0, until = 'completed' } = parameters;
  const { api } = world;
  const people = await Promise.all(
    Array.from({ length: PEOPLE * 2 }, (_, i) =>
      api.createUser({ fullName: `Persona ${first + i}`, email: `p${first + i}@example.com` }),
    ),
  );
  const [payers, recipients] = [people.slice(0, PEOPLE), people.slice(PEOPLE)];
  const clabes = await Promise.all(payers.map(({ id }) => clabeOf(world, id)));
  const accounts = recipients.map((_, i) => payoutClabe(i));
  const began_ms = performance.now();
  const driven: Driven[] = [];
  for (let i = 0; i < payments; i++) {
    await sleep(Math.max(0, began_ms + i * every_ms - performance.now()));
    const who = i % PEOPLE;
    const amount = FIRST_CENTAVOS + STEP_CENTAVOS * BigInt(first + i);
    const payout = accounts[who] ?? payoutClabe(who);
    const { id, number, status } = await api.createPayment({
      ...{ payerId: payers[who]?.id ?? '', recipientId: recipients[who]?.id ?? '' },
      ...{ amount: formatDecimal(centavos(amount)), custodySeconds, concept: `Bench ${first + i}` },
      payout: { clabe: payout, legalName: `Persona ${first + PEOPLE + who}` },
    });
    await parameters.beforeDeposit?.();
    const depositedAt = Date.now();
    await world.deposit(clabes[who] ?? '', formatDecimal(centavos(amount)));
    await parameters.onDeposited?.({ id });
    driven.push({ id, number, status, payoutClabe: payout, centavos: amount, besides: [], depositedAt });
  }
  return follow(world, driven, until);
}

async function follow(world: World, driven: readonly Driven[], until: string): Promise<Driven[]> {
  const deadline_ms = performance.now() + MOST_MS;
  for (;;) {
    const now = new Map((await world.api.payments()).map(({ id, status }) => [id, status]));
    const seen = driven.map((one) => ({ ...one, status: now.get(one.id) ?? one.status }));
    const open = seen.filter(({ status }) => status !== until);
    if (open.length === 0) return seen;
    if (performance.now() > deadline_ms)
      throw new Error(`not ${until}: ${open.map(({ number, status }) => `#${number} ${status}`).join(', ')}`);
    await sleep(POLL_MS);
  }
}

async function clabeOf({ api }: World, id: string): Promise<string> {
  for (;;) {
    const { depositClabe } = await api.user(id);
    if (depositClabe !== null) return depositClabe;
    await sleep(POLL_MS);
  }
}

/** Throws unless each was completed, paid once, and the books balance to the centavo, at the far end. */
export async function judgeWorld(world: World, driven: readonly Driven[], duration_ms = 0): Promise<Report> {
  const asked = driven.map(({ depositedAt, ...payment }) => ({ ...payment, hasDeposited: depositedAt !== undefined }));
  const report = judge(asked, await readBooks(world, driven, duration_ms));
  if (!isFlawless(report)) throw new Error(`the world is not right: ${JSON.stringify(report)}`);
  return report;
}
