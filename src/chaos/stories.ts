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

/** One of them, told by its far end: so many pesos, from one account, all to one account, and no other story has either. */
export type Story = Journey & {
  readonly number: number;
  readonly clabe: Clabe;
  /** Where its pesos come from, by SPEI; what no payment waits for goes back there, which is for one person to do. */
  readonly payer: Clabe;
  /** Centavos that are asked for, and those that are to arrive: none of what is never paid in. */
  readonly amount: bigint;
  owed: bigint;
  /** Which half of the users has to do with it; its twin's is the other. */
  readonly side: Side;
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

type Side = 0 | 1;
type Asking = Readonly<{ payerId?: string; expiresInSeconds?: number }>;
type Beginning = Readonly<{ twin?: Story; isPaidIn?: boolean }>;

export type StoriesParameters = Readonly<{
  api: Api;
  deposit: (clabe: string, amount: string, sender: string) => Promise<void>;
  seed: string | number;
  signal: AbortSignal;
}>;

/** Stories told one by one; each differs by the seed and its number, and by nothing else. */
export function openStories({ api, deposit, seed, signal }: StoriesParameters) {
  const stories: Story[] = [];
  const amounts = new Set<bigint>();
  const payers: User[] = [];
  const recipients: Promise<User>[] = [];
  /** Who pays in what no payment waits for, by side and name. */
  const strangers = new Map<string, Promise<User>>();

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

  /** Of no story yet: its twin alone has the same, and is told apart by the accounts. */
  function newAmount(draw: Draw, { journey }: Journey): bigint {
    for (;;) {
      const isTwoHalves = journey === 'settlement';
      const amount = BigInt(isTwoHalves ? 10_000 + draw(9_900) : LEAST_CENTAVOS + draw(SPREAD_CENTAVOS));
      if (amounts.has(amount)) continue;
      amounts.add(amount);
      return amount;
    }
  }

  /** Asks for a payment, of one of the payers on the story's side unless one is named. */
  async function ask(story: Story, { payerId, expiresInSeconds }: Asking = {}) {
    const draw = drawFrom(`${seed}|people of story ${story.number}`);
    recipients[story.side] ??= newUser(NAME);
    const theirs = payers.filter((_, i) => i % 2 === story.side);
    const asked = await api.createPayment({
      payerId: payerId ?? pick(draw, theirs).id,
      recipientId: (await recipients[story.side])?.id ?? '',
      amount: formatDecimal(centavos(story.amount)),
      custodySeconds: 1 + draw(LONGEST_CUSTODY_S),
      payout: { clabe: story.clabe, legalName: story.legalName ?? NAME, rail: story.rail },
      concept: `Story ${story.number}`,
      ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    });
    story.payments = [...story.payments, asked.id];
    return asked;
  }

  /** Pays a story's pesos in, at a CLABE of ours. */
  async function payIn(story: Story, clabe: string): Promise<void> {
    story.owed = story.amount;
    await deposit(clabe, formatDecimal(centavos(story.amount)), story.payer);
    story.hasDeposited = true;
  }

  const tellCustody = async (story: Story): Promise<void> => payIn(story, (await ask(story)).depositClabe);

  async function tellRefund(story: Story): Promise<void> {
    const legalName = story.legalName ?? NAME;
    const key = `${story.side} ${legalName}`;
    const stranger = strangers.get(key) ?? firstWithClabe(legalName);
    strangers.set(key, stranger);
    const { id, depositClabe } = await stranger;
    const amount = formatDecimal(centavos(story.amount));
    await payIn(story, depositClabe ?? '');
    const refund = { clabe: story.clabe, legalName };
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

  function begin(what: Journey, { twin, isPaidIn = true }: Beginning = {}): Story {
    const number = stories.length + 1;
    const draw = drawFrom(`${seed}|story ${number}`);
    const amount = twin?.amount ?? newAmount(draw, what);
    const clabe = clabeFor(what.rail, draw);
    const story: Story = {
      ...what,
      number,
      clabe,
      payer: what.journey === 'custody' ? payoutClabe(draw(100), draw) : clabe,
      amount,
      owed: isPaidIn ? amount : 0n,
      side: (twin ? 1 - twin.side : draw(2)) as Side,
      payments: [],
      hasDeposited: false,
    };
    stories.push(story);
    return story;
  }
  const tellTo = (story: Story): Promise<void> =>
    story.journey === 'custody' ? tellCustody(story) : tellRefund(story);

  return {
    all: (): readonly Story[] => stories,
    /** One more payer, unless the answer to the asking for its CLABE is lost. */
    addPayer: async (): Promise<boolean> => {
      const payer = await withClabe(await newUser('Paula Pagadora'));
      if (payer) payers.push(payer);
      return payer !== null;
    },
    /** Tells one story up to the moment that nothing more is to be done by people. */
    tell: (what: Journey): Promise<void> => tellTo(begin(what)),
    /** The same in steps, for stories that do not go as they should. */
    begin,
    tellTo,
    ask,
    payIn,
    newUserWithClabe: firstWithClabe,
    /** Two stories at once that an amount alone does not tell apart: other payers, other recipients, other accounts. */
    tellTwins: async (what: Journey): Promise<void> => {
      const first = begin(what);
      await Promise.all([first, begin(what, { twin: first })].map(tellTo));
    },
  };
}

export type Stories = ReturnType<typeof openStories>;
