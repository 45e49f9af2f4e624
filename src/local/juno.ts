import { createHmac, randomInt } from 'node:crypto';
import { z } from 'zod';
import { LocalError } from './process.ts';

const TIMEOUT_MS = 10_000;
/** The registered name of the business, which a mock deposit must repeat (juno/docs/create-mock-deposits). */
const BUSINESS_NAME = 'Kustodia';

export type Credentials = Readonly<{ url: string; apiKey: string; apiSecret: string }>;

/** Thirteen digits of milliseconds and six of salt, so that no two of any process are equal (Bitso, "Nonce v2"). */
const nonce = () => `${Date.now()}${String(randomInt(1_000_000)).padStart(6, '0')}`;

/**
 * Plays the payer: a SPEI deposit that arrives at a CLABE, by Juno's endpoint for tests. It signs by its own few lines, so
 * that an error in the reactor's client cannot hide here.
 *
 * @param amount Pesos as decimal text.
 */
export async function payDeposit(
  { url, apiKey, apiSecret }: Credentials,
  clabe: string,
  amount: string,
): Promise<void> {
  const path = '/spei/test/deposits';
  const body = JSON.stringify({
    amount,
    receiver_clabe: clabe,
    receiver_name: BUSINESS_NAME,
    sender_name: BUSINESS_NAME,
  });
  const at = nonce();
  const signature = createHmac('sha256', apiSecret).update(`${at}POST${path}${body}`).digest('hex');
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bitso ${apiKey}:${at}:${signature}` },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    throw new LocalError(`The sandbox refused a deposit with HTTP ${response.status}: ${await response.text()}`);
  }
}

const payoutSchema = z.object({
  kind: z.enum(['redemption', 'issuance_refund', 'bitso_withdrawal', 'bitso_transfer']),
  transaction_id: z.string(),
  clabe: z.string(),
  amount_centavos: z.coerce.bigint(),
  at: z.number().describe('epoch milliseconds'),
});
const outboxSchema = z.object({ payouts: z.array(payoutSchema) });
export type Payout = z.infer<typeof payoutSchema>;

export type SandboxBooks = Readonly<{ url: string; adminToken: string }>;

async function readAdmin({ url, adminToken }: SandboxBooks, path: string): Promise<unknown> {
  const response = await fetch(`${url}/sandbox/${path}`, {
    headers: { 'x-sandbox-admin': adminToken },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new LocalError(`The sandbox answered ${path} with HTTP ${response.status}.`);
  return response.json();
}

/** Every SPEI order that left the sandbox, oldest first: the far end by which everything is judged. */
export const readOutbox = async (books: SandboxBooks): Promise<Payout[]> =>
  outboxSchema.parse(await readAdmin(books, 'outbox')).payouts;

/** The sandbox's own account of itself, as it says it. */
export const readState = (books: SandboxBooks): Promise<unknown> => readAdmin(books, 'state');

/** The sandbox's transactions, as it lists them. */
export const readTransactions = (books: SandboxBooks): Promise<unknown> => readAdmin(books, 'transactions');
