import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ReleasePolicy } from '../reactor/payment/states.ts';
import { LocalError } from './process.ts';

const TIMEOUT_MS = 30_000;
const RETRY_MS = 200;

/** What no repeat would change. */
export class RefusedError extends LocalError {}

const userSchema = z.object({
  id: z.string(),
  depositClabe: z.string().nullable(),
  clabeProblem: z.string().nullable(),
});
const summarySchema = z.object({
  id: z.string(),
  number: z.number(),
  amount: z.string(),
  deposit: z.string(),
  depositClabe: z.string(),
  status: z.string(),
});
/** Null for what begins with money that is here: a settlement. */
const listedSchema = summarySchema.extend({ depositClabe: z.string().nullable() });
const shownSchema = listedSchema.extend({
  legs: z.array(z.object({ attention: z.object({ code: z.string(), sentence: z.string().nullable() }).nullable() })),
});
const suspenseSchema = z.object({
  items: z.array(z.object({ id: z.string(), amount: z.string(), status: z.string() })),
});
const givenSchema = z.object({ parts: z.array(z.object({ paymentId: z.string() })) });
const pageSchema = z.object({ payments: z.array(listedSchema), nextCursor: z.string().nullable() });

export type Rail = 'bank_redemption' | 'bitso_spei' | 'bitso_transfer';
export type User = z.infer<typeof userSchema>;
export type PaymentSummary = z.infer<typeof summarySchema>;
export type PaymentListed = z.infer<typeof listedSchema>;
export type PaymentShown = z.infer<typeof shownSchema>;

/** Who gets a commission, of so many pesos as decimal text, and out of whose part. */
export type NewFee = Readonly<{
  kind: 'platform' | 'broker';
  bearer: 'payer' | 'recipient';
  amount: string;
  beneficiaryId: string;
  payout: Readonly<{ clabe: string; legalName: string }>;
}>;

export type NewPayment = Readonly<{
  payerId: string;
  recipientId: string;
  /** Pesos as decimal text. */
  amount: string;
  /** How much of the recipient's part is in custody; all of it unless told. */
  custodyBasisPoints?: number;
  custodySeconds?: number;
  fees?: readonly NewFee[];
  /** What lets it out of custody; its date unless told. */
  release?: ReleasePolicy;
  /** Without a rail: by the bank's own, or to a CLABE of prefix 710 within the house. */
  payout: Readonly<{ clabe: string; legalName: string; rail?: Rail }>;
  concept: string;
  /** How long it waits for its deposit; three days unless told. */
  expiresInSeconds?: number;
}>;

/** A refund of so much, in pesos as decimal text, to an account. */
export type RefundPart = Readonly<{ amount: string; refund: Readonly<{ clabe: string; legalName: string }> }>;

export type Api = Readonly<{
  createUser: (user: { fullName: string; email: string }) => Promise<User>;
  user: (id: string) => Promise<User>;
  createPayment: (payment: NewPayment) => Promise<PaymentSummary>;
  payment: (id: string) => Promise<PaymentShown>;
  /** All payments, newest first, at most 10,000. */
  payments: () => Promise<PaymentListed[]>;
  /** Deposits of a user that wait for a person, newest first, at most 100. */
  suspense: (userId: string) => Promise<{ id: string; amount: string; status: string }[]>;
  /** Gives a deposit back to one account, or parts of it to several; answers the payments that do so. */
  refund: (depositId: string, parts: readonly RefundPart[]) => Promise<string[]>;
  /** Anything else, by its path below /api/v1: a GET, or a POST where there is a body. Answers what it said. */
  call: (path: string, body?: unknown, method?: 'PUT' | 'DELETE') => Promise<unknown>;
}>;

export type ApiOptions = Readonly<{
  /**
   * For so long a request that nobody answers, or that is answered with a 5xx, a 429 or as still under way, is made again, with the same
   * Idempotency-Key, of each address in turn; not at all unless told.
   */
  patience_ms?: number;
  /** The key of the source that says who is cleared: with it, everybody who is created is. */
  screenerKey?: string | undefined;
  signal?: AbortSignal | undefined;
}>;

/** What the source of a world of play money says of everybody. */
const cleared = () => ({
  ...{ kyc: 'verified', blacklist: 'clear', reference: 'local-world' },
  checkedAt: new Date().toISOString(),
});

/**
 * A client of the reactor's REST interface, as a customer would write it; of any of several reactors. Throws a LocalError with the
 * answer's own words.
 */
export function createApi(
  urls: string | readonly string[],
  apiKey: string,
  { patience_ms = 0, screenerKey, signal }: ApiOptions = {},
): Api {
  const addresses = [urls].flat();
  let turn = 0;

  async function call(
    path: string,
    body?: unknown,
    method = body === undefined ? 'GET' : 'POST',
    secret = apiKey,
  ): Promise<unknown> {
    const key = randomUUID();
    const deadline = performance.now() + patience_ms;
    for (;;) {
      try {
        return await ask(`${addresses[turn % addresses.length]}/api/v1${path}`, { method, key, body, secret });
      } catch (error) {
        turn++;
        if (error instanceof RefusedError || performance.now() > deadline) throw error;
        await delay(RETRY_MS, undefined, { signal });
      }
    }
  }

  async function ask(
    url: string,
    { method, key, body, secret }: { method: string; key: string; body: unknown; secret: string },
  ): Promise<unknown> {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) {
      const sentence = `The reactor answered ${new URL(url).pathname} with HTTP ${response.status}: ${text}`;
      throw response.status >= 500 || response.status === 429 || text.includes('in_progress')
        ? new LocalError(sentence)
        : new RefusedError(sentence);
    }
    return JSON.parse(text);
  }
  return {
    call,
    createUser: async (user) => {
      const made = userSchema.parse(await call('/users', user));
      if (screenerKey) await call(`/users/${made.id}/screening`, cleared(), 'PUT', screenerKey);
      return made;
    },
    user: async (id) => userSchema.parse(await call(`/users/${id}`)),
    createPayment: async (payment) => summarySchema.parse(await call('/payments', payment)),
    payment: async (id) => shownSchema.parse(await call(`/payments/${id}`)),
    payments: async () => {
      const all: PaymentListed[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null && pages < 100; pages++) {
        const page = pageSchema.parse(await call(`/payments?limit=100${cursor && `&cursor=${cursor}`}`));
        all.push(...page.payments);
        cursor = page.nextCursor;
      }
      return all;
    },
    suspense: async (userId) => suspenseSchema.parse(await call(`/suspense?limit=100&userId=${userId}`)).items,
    refund: async (depositId, parts) => {
      const reason = 'it belongs to no payment';
      const [only, second] = parts;
      const given =
        only && !second
          ? await call(`/suspense/${encodeURIComponent(depositId)}/refund`, { ...only.refund, reason })
          : await call(`/suspense/${encodeURIComponent(depositId)}/split`, { parts, reason });
      return givenSchema.parse(given).parts.map(({ paymentId }) => paymentId);
    },
  };
}
