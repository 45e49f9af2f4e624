import { setTimeout as delay } from 'node:timers/promises';
import type { Api, Rail, User } from '../local/api.ts';
import { clabeOf, payoutClabe } from '../local/drive.ts';
import type { Clabe } from '../money/clabe.ts';
import { centavos, formatDecimal } from '../money/money.ts';
import { type Draw, drawFrom, pick } from './draw.ts';

/**
 * What somebody wants of the system:
 * - `custody`: a payment through the escrow, by each rail;
 * - `refund`: a deposit that no payment waits for goes back to an account;
 * - `settlement`: two refunds to one account, each under Juno's minimum, that are paid together.
 */
export const JOURNEYS = [
  { journey: 'custody', rail: 'bank_redemption' },
  { journey: 'custody', rail: 'bitso_spei' },
  { journey: 'custody', rail: 'bitso_transfer' },
  { journey: 'refund', rail: 'bank_redemption' },
  { journey: 'refund', rail: 'bitso_transfer' },
  { journey: 'settlement', rail: 'bank_redemption' },
  { journey: 'settlement', rail: 'bitso_transfer' },
] as const satisfies readonly Journey[];
export type Journey = Readonly<{ journey: 'custody' | 'refund' | 'settlement'; rail: Rail; legalName?: string }>;

/** One of them, told by its far end: so many pesos, all to one account that no other story has. */
export type Story = Journey & {
  readonly number: number;
  readonly clabe: Clabe;
  readonly amount: bigint;
  /** The payments that carry it. */
  payments: readonly string[];
  /** Whether the payer's pesos are in. */
  hasDeposited: boolean;
};

const POLL_MS = 300;
const LEAST_CENTAVOS = 15_000;
const SPREAD_CENTAVOS = 400_000;
const LONGEST_CUSTODY_S = 3;
const NVIO = '710';
/** Whose account it is, unless the story says so. */
const NAME = 'Rita Recipiente';

export type StoriesParameters = Readonly<{
  api: Api;
  deposit: (clabe: string, amount: string) => Promise<void>;
  seed: string | number;
  signal: AbortSignal;
}>;

/** Stories told one by one; each differs by the seed and its number, and by nothing else. */
export function openStories({ api, deposit, seed, signal }: StoriesParameters) {
  const stories: Story[] = [];
  const amounts = new Set<bigint>();
  const payers: User[] = [];
  let recipient: Promise<User> | undefined;
  let stranger: Promise<User> | undefined;

  const newUser = (fullName: string) => api.createUser({ fullName, email: 'somebody@example.com' });
  /** Waits for a user's CLABE; null where it was lost, which a person sees to. */
  async function withClabe(user: User): Promise<User | null> {
    for (let now = user; ; now = await api.user(user.id)) {
      if (now.depositClabe !== null) return now;
      if (now.clabeProblem !== null) return null;
      await delay(POLL_MS, undefined, { signal });
    }
  }
  const clabeFor = (rail: Rail, draw: Draw) =>
    rail === 'bitso_transfer' ? clabeOf(NVIO, draw) : payoutClabe(draw(100), draw);

  /** No two amounts are equal, so that nobody could take one deposit for another. */
  function newAmount(draw: Draw): bigint {
    for (;;) {
      const amount = BigInt(LEAST_CENTAVOS + draw(SPREAD_CENTAVOS));
      if (amounts.has(amount)) continue;
      amounts.add(amount);
      return amount;
    }
  }

  async function tellCustody(story: Story, draw: Draw): Promise<void> {
    recipient ??= newUser(NAME);
    const { id } = await api.createPayment({
      payerId: pick(draw, payers).id,
      recipientId: (await recipient).id,
      amount: formatDecimal(centavos(story.amount)),
      custodySeconds: 1 + draw(LONGEST_CUSTODY_S),
      payout: { clabe: story.clabe, legalName: story.legalName ?? NAME, rail: story.rail },
      concept: `Story ${story.number}`,
    });
    story.payments = [id];
    const { depositClabe, amount } = await api.payment(id);
    await deposit(depositClabe, amount);
    story.hasDeposited = true;
  }

  async function tellRefund(story: Story): Promise<void> {
    stranger ??= firstWithClabe('Elsa Extraña');
    const { id, depositClabe } = await stranger;
    const amount = formatDecimal(centavos(story.amount));
    await deposit(depositClabe ?? '', amount);
    story.hasDeposited = true;
    const refund = { clabe: story.clabe, legalName: story.legalName ?? NAME };
    const half = story.amount / 2n;
    const parts =
      story.journey === 'refund'
        ? [{ amount, refund }]
        : [half, story.amount - half].map((part) => ({ amount: formatDecimal(centavos(part)), refund }));
    for (;;) {
      const items = await api.suspense(id);
      const item = items.find((one) => one.amount === amount && one.status === 'open');
      if (item) {
        story.payments = await api.refund(item.id, parts);
        return;
      }
      await delay(POLL_MS, undefined, { signal });
    }
  }

  async function firstWithClabe(name: string): Promise<User> {
    for (;;) {
      const user = await withClabe(await newUser(name));
      if (user) return user;
    }
  }

  return {
    all: (): readonly Story[] => stories,
    /** One more payer, unless the answer to the asking for its CLABE is lost. */
    addPayer: async (): Promise<boolean> => {
      const payer = await withClabe(await newUser('Paula Pagadora'));
      if (payer) payers.push(payer);
      return payer !== null;
    },
    /** Tells one story up to the moment that nothing more is to be done by people. */
    tell: async (what: Journey): Promise<Story> => {
      const number = stories.length + 1;
      const draw = drawFrom(`${seed}|story ${number}`);
      const amount = what.journey === 'settlement' ? 10_000n + BigInt(draw(9_900)) : newAmount(draw);
      const story: Story = {
        ...what,
        number,
        clabe: clabeFor(what.rail, draw),
        amount,
        payments: [],
        hasDeposited: false,
      };
      stories.push(story);
      await (what.journey === 'custody' ? tellCustody(story, draw) : tellRefund(story));
      return story;
    },
  };
}

export type Stories = ReturnType<typeof openStories>;
