import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LocalError } from './process.ts';

const TIMEOUT_MS = 30_000;

const userSchema = z.object({
  id: z.string(),
  depositClabe: z.string().nullable(),
  clabeProblem: z.string().nullable(),
});
const summarySchema = z.object({
  id: z.string(),
  number: z.number(),
  amount: z.string(),
  depositClabe: z.string(),
  status: z.string(),
});
const shownSchema = summarySchema.extend({
  legs: z.array(z.object({ attention: z.object({ code: z.string(), sentence: z.string().nullable() }).nullable() })),
});
const pageSchema = z.object({ payments: z.array(summarySchema), nextCursor: z.string().nullable() });

export type Rail = 'bank_redemption' | 'bitso_spei' | 'bitso_transfer';
export type User = z.infer<typeof userSchema>;
export type PaymentSummary = z.infer<typeof summarySchema>;
export type PaymentShown = z.infer<typeof shownSchema>;

export type NewPayment = Readonly<{
  payerId: string;
  recipientId: string;
  /** Pesos as decimal text. */
  amount: string;
  custodySeconds: number;
  /** Without a rail: by the bank's own, or to a CLABE of prefix 710 within the house. */
  payout: Readonly<{ clabe: string; legalName: string; rail?: Rail }>;
  concept: string;
}>;

export type Api = Readonly<{
  createUser: (user: { fullName: string; email: string }) => Promise<User>;
  user: (id: string) => Promise<User>;
  createPayment: (payment: NewPayment) => Promise<PaymentSummary>;
  payment: (id: string) => Promise<PaymentShown>;
  /** All payments, newest first, at most 10,000. */
  payments: () => Promise<PaymentSummary[]>;
}>;

/** A client of the reactor's REST interface, as a customer would write it. Throws a LocalError with the answer's own words. */
export function createApi(url: string, apiKey: string): Api {
  async function call(path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new LocalError(`The reactor answered ${path} with HTTP ${response.status}: ${text}`);
    return JSON.parse(text);
  }
  return {
    createUser: async (user) => userSchema.parse(await call('/users', user)),
    user: async (id) => userSchema.parse(await call(`/users/${id}`)),
    createPayment: async (payment) => summarySchema.parse(await call('/payments', payment)),
    payment: async (id) => shownSchema.parse(await call(`/payments/${id}`)),
    payments: async () => {
      const all: PaymentSummary[] = [];
      let cursor: string | null = '';
      for (let pages = 0; cursor !== null && pages < 100; pages++) {
        const page = pageSchema.parse(await call(`/payments?limit=100${cursor && `&cursor=${cursor}`}`));
        all.push(...page.payments);
        cursor = page.nextCursor;
      }
      return all;
    },
  };
}
