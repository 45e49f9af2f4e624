import { spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { end, HOT_WALLET_KEY, lineOf, type TestChain } from './chain.ts';

export const KEY = 'test-key';
export const SECRET = 'a secret of the tests';
const ADMIN_TOKEN = 'admin of the tests';

/** Any JSON of the sandbox: the tests say what they expect of it. */
const anything = z.record(z.string(), z.any());
export type Answer = Readonly<{
  status: number;
  headers: Headers;
  body: z.output<typeof anything>;
  text: string;
}>;

export type Signed = Readonly<{
  key?: string;
  secret?: string;
  nonce?: string;
  signature?: string;
  signedPath?: string;
  authorization?: string;
  idempotencyKey?: string;
  body?: string;
}>;

let lastNonce = 0;
/** Milliseconds with six digits of order: of 19 digits, and never the same twice. */
export const newNonce = (): string => `${Date.now()}${String(++lastNonce).padStart(6, '0')}`;

/** What a sandbox on this chain is started with. */
export const environmentFor = (chain: TestChain): Readonly<Record<string, string>> => ({
  SANDBOX_API_KEY: KEY,
  SANDBOX_API_SECRET: SECRET,
  SANDBOX_ADMIN_TOKEN: ADMIN_TOKEN,
  SANDBOX_PRIVATE_KEY: HOT_WALLET_KEY,
  SANDBOX_RATE_PER_MINUTE: '100000',
  SANDBOX_ISSUANCE_DELAY_MS: '30',
  SANDBOX_WITHDRAWAL_DELAY_MS: '20',
  SANDBOX_CREDIT_DELAY_MS: '20',
  SANDBOX_REDEMPTION_DELAY_MS: '30',
  SANDBOX_BITSO_DELAY_MS: '40',
  ETH_RPC_URL: chain.rpcUrl,
  MXNB_CONTRACT_ADDRESS: chain.token,
});

/** Starts the sandbox as a process of its own and speaks with it over HTTP. */
export async function startSandbox(chain: TestChain, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn('node_modules/.bin/node', ['src/sandbox/main.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...environmentFor(chain), ...environment },
  });
  const port = await lineOf(
    child,
    (line) => z.object({ event: z.literal('listening'), port: z.number() }).parse(JSON.parse(line)).port,
  );
  return { ...sandboxAt(`http://127.0.0.1:${port}`), child, stop: () => end(child) };
}

/** Speaks with a sandbox that runs somewhere. */
export function sandboxAt(url: string) {
  async function answerOf(response: Response): Promise<Answer> {
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? anything.parse(JSON.parse(text)) : {},
    };
  }

  /** One signed request, with any part of the signature replaced. */
  async function call(method: string, path: string, fields?: unknown, signed: Signed = {}): Promise<Answer> {
    const body = signed.body ?? (fields === undefined ? '' : JSON.stringify(fields));
    const nonce = signed.nonce ?? newNonce();
    const message = nonce + method + (signed.signedPath ?? path) + body;
    const signature =
      signed.signature ??
      createHmac('sha256', signed.secret ?? SECRET)
        .update(message)
        .digest('hex');
    const authorization = signed.authorization ?? `Bitso ${signed.key ?? KEY}:${nonce}:${signature}`;
    const headers: Record<string, string> = { authorization };
    if (body) headers['content-type'] = 'application/json';
    if (signed.idempotencyKey) headers['x-idempotency-key'] = signed.idempotencyKey;
    return answerOf(await fetch(url + path, { method, headers, ...(body && { body }) }));
  }

  async function admin(method: string, path: string, fields?: unknown, token = ADMIN_TOKEN): Promise<Answer> {
    const body = fields === undefined ? {} : { body: JSON.stringify(fields) };
    return answerOf(await fetch(`${url}/sandbox${path}`, { method, headers: { 'x-sandbox-admin': token }, ...body }));
  }

  const state = async () => (await admin('GET', '/state')).body;
  const outbox = async (): Promise<z.output<typeof anything>[]> => (await admin('GET', '/outbox')).body['payouts'];

  /** A transaction's detail once it is COMPLETE or FAILED. */
  async function settled(id: string) {
    return until(`transaction ${id} to end`, async () => {
      const { payload } = (await call('GET', `/mint_platform/v1/transactions/${id}`)).body;
      return ['COMPLETE', 'FAILED'].includes(payload.status) ? payload : undefined;
    });
  }

  return {
    url,
    call,
    admin,
    state,
    outbox,
    settled,
    get: async (path: string) => (await call('GET', path)).body['payload'],
    createClabe: async (): Promise<string> =>
      (await call('POST', '/mint_platform/v1/clabes', {})).body['payload'].clabe,
    /** Deposits pesos to a new CLABE and gives back the ISSUANCE when it has ended. */
    async deposit(amount: string, clabe?: string) {
      const receiver_clabe = clabe ?? (await this.createClabe());
      const fields = { amount, receiver_clabe, receiver_name: 'Kustodia', sender_name: 'Paula Pagadora' };
      const { status, text } = await call('POST', '/spei/test/deposits', fields);
      if (status !== 200) throw new Error(`the deposit was refused: ${text}`);
      return until('the issuance', async () => {
        const { content } = (await call('GET', '/mint_platform/v1/transactions?type=ISSUANCE&size=100')).body[
          'payload'
        ];
        for (const { id } of content) {
          const detail = (await call('GET', `/mint_platform/v1/transactions/${id}`)).body['payload'];
          if (detail.details.receiver.clabe === receiver_clabe && ['COMPLETE', 'FAILED'].includes(detail.status))
            return detail;
        }
      });
    },
    withdraw: (fields: object, signed: Signed = { idempotencyKey: randomUUID() }) =>
      call(
        'POST',
        '/mint_platform/v1/withdrawals',
        { blockchain: 'ARBITRUM', asset: 'MXNB', compliance: { travel_rule: {} }, ...fields },
        signed,
      ),
    redeem: (fields: object, signed: Signed = { idempotencyKey: randomUUID() }) =>
      call('POST', '/mint_platform/v1/redemptions', { asset: 'MXN', ...fields }, signed),
    registerBankAccount: async (clabe: string): Promise<string> => {
      const fields = { tag: 'seller', recipient_legal_name: 'Vera Vendedora', clabe, ownership: 'THIRD_PARTY' };
      return (await call('POST', '/mint_platform/v1/accounts/banks', fields)).body['payload'].id;
    },
  };
}

export type TestSandbox = Awaited<ReturnType<typeof startSandbox>>;

const WAIT_MS = 20_000;
const LOOK_AGAIN_MS = 20;

/** Asks until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
}
