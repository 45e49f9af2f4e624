import { z } from 'zod';
import { LocalError } from './process.ts';

const TIMEOUT_MS = 10_000;
/** The registered name of the business, which a mock deposit must repeat (juno/docs/create-mock-deposits). */
const BUSINESS_NAME = 'Kustodia';

export type SandboxBooks = Readonly<{ url: string; adminToken: string }>;

async function callAdmin({ url, adminToken }: SandboxBooks, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(`${url}/sandbox/${path}`, {
    ...init,
    headers: { 'content-type': 'application/json', 'x-sandbox-admin': adminToken },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok)
    throw new LocalError(`The sandbox answered ${path} with HTTP ${response.status}: ${await response.text()}`);
  return response.json();
}

const post = (books: SandboxBooks, path: string, body: string) => callAdmin(books, path, { method: 'POST', body });

/**
 * Plays the payer: a SPEI deposit that arrives at a CLABE. A payer's bank is no client of Juno's API, so it needs no key, no
 * nonce and none of its budget.
 *
 * @param amount Pesos as decimal text, sent as JSON text or as a JSON number.
 * @param sender The CLABE that it comes from; any unless told.
 */
export async function payDeposit(
  books: SandboxBooks,
  {
    clabe,
    amount,
    amountAs,
    sender,
  }: { clabe: string; amount: string; amountAs: 'text' | 'number'; sender?: string | undefined },
): Promise<void> {
  const names = { receiver_name: BUSINESS_NAME, sender_name: BUSINESS_NAME };
  const rest = JSON.stringify({ receiver_clabe: clabe, sender_clabe: sender, ...names });
  await post(books, 'deposits', `{"amount":${amountAs === 'number' ? amount : `"${amount}"`},${rest.slice(1)}`);
}

const payoutSchema = z.object({
  kind: z.enum(['redemption', 'issuance_refund', 'bitso_withdrawal', 'bitso_transfer']),
  transaction_id: z.string(),
  clabe: z.string(),
  amount_centavos: z.coerce.bigint(),
  at: z.number().describe('epoch milliseconds'),
  returned: z.object({ at: z.number() }).optional().describe('the bank sent it back: its pesos are not out'),
});
const outboxSchema = z.object({ payouts: z.array(payoutSchema) });
export type Payout = z.infer<typeof payoutSchema>;

/** Every SPEI order that left the sandbox, oldest first: the far end by which everything is judged. */
export const readOutbox = async (books: SandboxBooks): Promise<Payout[]> =>
  outboxSchema.parse(await callAdmin(books, 'outbox')).payouts;

const stateSchema = z.looseObject({ bitso_balance_centavos: z.coerce.bigint(), kept_centavos: z.coerce.bigint() });

/** The sandbox's own account of itself, as it says it. */
export const readState = async (books: SandboxBooks) => stateSchema.parse(await callAdmin(books, 'state'));

/** The sandbox's transactions, as it lists them. */
export const readTransactions = (books: SandboxBooks): Promise<unknown> => callAdmin(books, 'transactions');

/** One fault of src/sandbox/faults.ts, and what it strikes: all of an endpoint, or that in which the text stands. */
export type Fault = Readonly<{
  name: string;
  endpoint: string;
  text?: string | readonly string[];
  count?: number;
  ms?: number;
}>;

export const armFault = async (books: SandboxBooks, fault: Fault): Promise<void> => {
  await post(books, 'faults', JSON.stringify(fault));
};

const faultsSchema = z.object({
  faults: z
    .array(
      z.object({ name: z.string(), endpoint: z.string(), text: z.union([z.string(), z.array(z.string())]).optional() }),
    )
    .describe('armed, and not yet used up'),
  struck: z.record(z.string(), z.record(z.string(), z.number())).describe('how often each has struck where'),
  strikes: z
    .array(z.object({ name: z.string(), endpoint: z.string(), said: z.string(), at_ms: z.number(), ms: z.number() }))
    .describe('the last ones, each with what stood in what it struck'),
  outage_ms: z.number().describe('how long an outage still lasts'),
  endpoints: z.array(z.string()).describe('of the whole API'),
});

export const readFaults = async (books: SandboxBooks) => faultsSchema.parse(await callAdmin(books, 'faults'));

/** Forgets what is armed, and ends an outage. */
export const clearFaults = async (books: SandboxBooks): Promise<void> => {
  await callAdmin(books, 'faults', { method: 'DELETE' });
};

/** The recipient's bank sends a payout back, known by its transaction or wid. */
export const giveBack = async (books: SandboxBooks, id: string): Promise<void> => {
  await post(books, 'returns', JSON.stringify({ id }));
};
