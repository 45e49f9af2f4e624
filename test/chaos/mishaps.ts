import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Journey, Stories, Story } from '../../src/chaos/stories.ts';
import { type Api, RefusedError } from '../../src/local/api.ts';
import { armFault, type Fault } from '../../src/local/juno.ts';
import type { World } from '../../src/local/world.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';

const POLL_MS = 300;
const PATIENCE_MS = 180_000;
const SHORT_S = 2;
const REASON = 'seen at Juno by two people';
const WITHDRAWAL = 'POST /mint_platform/v1/withdrawals';
const REDEMPTION = 'POST /mint_platform/v1/redemptions';
const BITSO = 'POST /v3/withdrawals';
const MOST_PAGES = 20;

const BY_BANK = { journey: 'custody', rail: 'bank_redemption' } as const;
const BY_BITSO = { journey: 'custody', rail: 'bitso_spei' } as const;
const WITHIN_NVIO = { journey: 'custody', rail: 'bitso_transfer' } as const;

const EFFECTS = z.object({
  effects: z.array(z.object({ id: z.string(), kind: z.string(), paymentId: z.string().nullable() })),
  nextCursor: z.string().nullable(),
});
const PAYMENTS = z.object({ payments: z.array(z.object({ id: z.string(), depositClabe: z.string().nullable() })) });
const listed = (answer: unknown) => PAYMENTS.parse(answer).payments;
const GIVEN = z.object({ proposal: z.string() });
const MADE = z.object({ id: z.string() });

export type OpenMishapsParameters = Readonly<{
  world: World;
  stories: Stories;
  /** The same interface, by the keys of two people. */
  api: Api;
  second: Api;
  signal: AbortSignal;
  /** Nobody dies any more. An expiry waits until the deposits are read past it, on a quiet world for minutes: it is not waited for then. */
  isOver: () => boolean;
  log: (line: string) => void;
}>;

/**
 * Stories that do not go as they should, one after another in turn, so that what is written then has its deaths too: what fails at
 * Juno and two people allow again, what fails at Bitso, what comes back, what is never paid in, what is paid in too late and
 * assigned, and what comes under standing terms.
 */
export function openMishaps({ world, stories, api, second, signal, isOver, log }: OpenMishapsParameters) {
  const amountOf = ({ amount }: Story) => formatDecimal(centavos(amount));
  const arm = (story: Story, fault: Pick<Fault, 'name' | 'endpoint'>) =>
    armFault(world.sandboxBooks, { ...fault, text: `"${amountOf(story)}"` });
  /** Asks until there is an answer. Throws where none comes: then the story is judged as it is. */
  async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    for (const began = performance.now(); performance.now() - began < PATIENCE_MS; ) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      await delay(POLL_MS, undefined, { signal });
    }
    throw new Error(`${what} did not come`);
  }

  /** The payment's newest effect of this kind that Juno said it had done. */
  async function effectOf(paymentId: string, kind: string): Promise<string | undefined> {
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page++) {
      const { effects, nextCursor } = EFFECTS.parse(await api.call(`/effects?state=confirmed&limit=100${cursor}`));
      const found = effects.find((one) => one.paymentId === paymentId && one.kind === kind);
      if (found || nextCursor === null) return found?.id;
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
    return undefined;
  }

  /** It fails at Juno; one person proposes another attempt, thinks better of it and proposes it again; the other one approves. */
  async function failAtJuno(fault: Pick<Fault, 'name' | 'endpoint'>, kind: string): Promise<void> {
    const story = stories.begin(BY_BANK);
    await arm(story, fault);
    await stories.tellTo(story);
    const [payment = ''] = story.payments;
    const { code } = await until(
      `a person’s part in story ${story.number}`,
      async () => (await api.payment(payment)).legs.flatMap(({ attention }) => attention ?? [])[0],
    );
    // A death may have taken its account or its payout from it before it could fail; that has its own reason.
    if (code !== 'failed_not_returned') return;
    const effect = await until(`${kind} of story ${story.number}`, () => effectOf(payment, kind));
    // Until Juno's own records show the money back, nobody can decide it.
    const once = <T>(what: string, decide: () => Promise<T>): Promise<T> =>
      until(`${what} of story ${story.number}`, () =>
        decide().catch((error: unknown) => {
          if (error instanceof RefusedError && error.message.includes('not_decidable')) return undefined;
          throw error;
        }),
      );
    const propose = () =>
      once('a proposal', async () => {
        const made = await api.call(`/effects/${effect}/proposals`, { do: 'allow-attempt', reason: REASON });
        return MADE.parse(made).id;
      });
    await api.call(`/proposals/${await propose()}/withdraw`, { reason: REASON });
    const proposal = await propose();
    await once(
      'an approval',
      async () => (await second.call(`/proposals/${proposal}/approve`, { reason: REASON })) ?? null,
    );
  }

  async function strike(what: Journey, fault: Pick<Fault, 'name' | 'endpoint'>): Promise<void> {
    const story = stories.begin(what);
    await arm(story, fault);
    await stories.tellTo(story);
  }

  /** Waits until it has expired; false where the run was over before. */
  const hasExpired = (id: string): Promise<boolean> =>
    until(`the end of payment ${id}`, async () => {
      if (isOver()) return false;
      return (await api.payment(id)).status === 'expired' || undefined;
    });

  async function neverPay(): Promise<void> {
    const story = stories.begin(BY_BANK, { isPaidIn: false });
    await hasExpired((await stories.ask(story, { expiresInSeconds: SHORT_S })).id);
  }

  /** By its payer's CLABE a late deposit is known; two people give it to another payment of the same amount. */
  async function payTooLate(): Promise<void> {
    // Nobody is owed anything before it is paid in.
    const story = stories.begin(WITHIN_NVIO, { isPaidIn: false });
    const payer = await stories.newUserWithClabe('Petra Pagadora');
    const first = await stories.ask(story, { payerId: payer.id, expiresInSeconds: SHORT_S });
    if (!(await hasExpired(first.id))) return;
    await stories.payIn(story, first.depositClabe);
    const item = await until(`the late deposit of story ${story.number}`, async () =>
      (await api.suspense(payer.id)).find(({ amount, status }) => amount === amountOf(story) && status === 'open'),
    );
    const again = await stories.ask(story, { payerId: payer.id });
    const path = `/suspense/${encodeURIComponent(item.id)}/assign`;
    const { proposal } = GIVEN.parse(await api.call(path, { paymentId: again.id, reason: REASON }));
    await second.call(`/proposals/${proposal}/approve`, { reason: REASON });
  }

  async function payUnderTerms(): Promise<void> {
    const story = stories.begin(BY_BITSO);
    const [payer, recipient] = [
      await stories.newUserWithClabe('Tomas Terminos'),
      await api.createUser({ fullName: 'Rita Recipiente', email: 'somebody@example.com' }),
    ];
    const path = `/users/${payer.id}/standing-terms`;
    const terms = {
      recipientId: recipient.id,
      payout: { clabe: story.clabe, legalName: 'Rita Recipiente', rail: story.rail },
      custodySeconds: 1,
      concept: `Story ${story.number}`,
      minimum: '100.00',
      maximum: '9000.00',
      reason: REASON,
    };
    await api.call(path, terms, 'PUT');
    const clabe = payer.depositClabe ?? '';
    await stories.payIn(story, clabe);
    const made = await until(`the payment of story ${story.number}`, async () =>
      listed(await api.call('/payments?limit=100')).find((one) => one.depositClabe === clabe),
    );
    story.payments = [made.id];
    await api.call(path, { reason: REASON }, 'DELETE');
  }

  const failedPayout = { name: 'fail_payout', endpoint: BITSO } as const;
  const returned = (endpoint: string) => ({ name: 'return_payout', endpoint }) as const;
  const mishaps: readonly (() => Promise<void>)[] = [
    () => failAtJuno({ name: 'fail_payout', endpoint: REDEMPTION }, 'juno_redemption'),
    neverPay,
    () => strike(BY_BITSO, failedPayout),
    payTooLate,
    () => strike(BY_BANK, returned(REDEMPTION)),
    payUnderTerms,
    () => failAtJuno({ name: 'blacklisted_address', endpoint: WITHDRAWAL }, 'juno_withdrawal'),
    () => strike(WITHIN_NVIO, failedPayout),
    () => strike(BY_BITSO, returned(BITSO)),
    () => strike({ journey: 'settlement', rail: 'bank_redemption' }, returned(REDEMPTION)),
    () => strike(WITHIN_NVIO, returned(BITSO)),
    () => strike({ journey: 'refund', rail: 'bitso_transfer' }, failedPayout),
  ];
  let turn = 0;
  return {
    /** Tells the next one, up to the moment that nothing more is to be done by people. */
    tell: async (): Promise<void> => {
      const number = turn++ % mishaps.length;
      await mishaps[number]?.().catch((error: unknown) => {
        if (!signal.aborted) log(`mishap ${number}: ${error instanceof Error ? error.message : String(error)}`);
      });
    },
  };
}

const HIGH_WEI = 50n * 10n ** 9n;
const USUAL_WEI = 10n ** 9n;
const BLOCK_MS = 300;

/**
 * Lets gas cost so much that what was signed before is in no block, until the wallet has paid more for it or the time is over: a
 * transaction is replaced after a minute.
 */
export async function strand(
  { anvil }: World,
  isReplaced: () => boolean,
  { most_ms, signal }: { most_ms: number; signal: AbortSignal },
): Promise<void> {
  const began = performance.now();
  const set = (wei: bigint) =>
    anvil.client.request({
      // An addition of anvil's, which viem's types of a public client do not know.
      method: 'anvil_setNextBlockBaseFeePerGas' as 'eth_chainId',
      params: [`0x${wei.toString(16)}`] as unknown as undefined,
    });
  while (!isReplaced() && performance.now() - began < most_ms && !signal.aborted) {
    await set(HIGH_WEI);
    await delay(BLOCK_MS);
  }
  await set(USUAL_WEI);
}
