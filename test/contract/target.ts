import { z } from 'zod';
import {
  type CreateJunoClientParameters,
  createJunoClient,
  type JunoCallLine,
  type JunoClient,
} from '../../src/juno/client.ts';
import { createClabe } from '../../src/juno/createClabe.ts';
import { createMockDeposit } from '../../src/juno/createMockDeposit.ts';
import { createRedemption, encodeBitsoRedemption } from '../../src/juno/createRedemption.ts';
import { JunoError } from '../../src/juno/errors.ts';
import { getTransaction } from '../../src/juno/getTransaction.ts';
import { listTransactions } from '../../src/juno/listTransactions.ts';
import { createNonce } from '../../src/juno/nonce.ts';
import type { JunoTransaction } from '../../src/juno/types.ts';
import { type Clabe, clabeControlDigit, parseClabe } from '../../src/money/clabe.ts';
import { type Money, parseDecimal } from '../../src/money/money.ts';
import { openChain, type TestChain } from '../sandbox/support/chain.ts';
import { startSandbox, type TestSandbox } from '../sandbox/support/sandbox.ts';

/**
 * What the contract suite speaks with. JUNO_CONTRACT_URL, JUNO_CONTRACT_KEY and JUNO_CONTRACT_SECRET name it, and
 * BITSO_CONTRACT_URL its Bitso; without them a sandbox of our own is started. Production is refused. Against anything but a
 * sandbox of our own, what needs its chain, its books or a way back to this machine is skipped.
 */
const REMOTE_URL = process.env['JUNO_CONTRACT_URL'];
export const isRemote = Boolean(REMOTE_URL);
export const isBitsoThere = !isRemote || Boolean(process.env['BITSO_CONTRACT_URL']);

const OUR_KEY = 'contract-key';
const OUR_SECRET = 'a secret of the contract tests';
/** How long something that happens by itself may take. */
const WAIT_MS = isRemote ? 180_000 : 20_000;
const LOOK_AGAIN_MS = isRemote ? 3_000 : 25;
/** Two files run at once, each in a process of its own: together 240 calls a minute, of the 300 that would lock an account. */
const PAUSE_MS = isRemote ? 500 : 0;
export const TIMEOUTS = { testTimeout: 3 * WAIT_MS, hookTimeout: 180_000 };

export type Target = Readonly<{
  juno: JunoClient;
  bitso: JunoClient;
  /** Everything that was called, as the client logs it. */
  lines: JunoCallLine[];
  /** A client with something of it replaced: a wrong secret, a nonce. */
  clientWith: (overrides: Partial<CreateJunoClientParameters>) => JunoClient;
  /** Ours alone. */
  chain: TestChain | null;
  sandbox: TestSandbox | null;
  close: () => Promise<void>;
}>;

export async function openTarget(environment: Readonly<Record<string, string>> = {}): Promise<Target> {
  const chain = REMOTE_URL ? null : await openChain();
  const sandbox = chain
    ? await startSandbox(chain, { SANDBOX_API_KEY: OUR_KEY, SANDBOX_API_SECRET: OUR_SECRET, ...environment })
    : null;
  const baseUrl = REMOTE_URL ?? sandbox?.url ?? '';
  for (const url of [baseUrl, process.env['BITSO_CONTRACT_URL'] ?? baseUrl]) refuseProduction(url);

  const lines: JunoCallLine[] = [];
  let drawn = Math.trunc(Math.random() * 1e6);
  let free_ms = 0;
  const parameters: CreateJunoClientParameters = {
    baseUrl,
    apiKey: process.env['JUNO_CONTRACT_KEY'] ?? OUR_KEY,
    apiSecret: process.env['JUNO_CONTRACT_SECRET'] ?? OUR_SECRET,
    nonce: createNonce({ nextSequence: async () => BigInt(++drawn), now: Date.now }),
    acquire: async () => {
      const now_ms = performance.now();
      free_ms = Math.max(free_ms, now_ms) + PAUSE_MS;
      await pause(free_ms - PAUSE_MS - now_ms);
    },
    timeout_ms: 15_000,
    log: (line) => lines.push(line),
  };
  return {
    juno: createJunoClient(parameters),
    bitso: createJunoClient({ ...parameters, baseUrl: process.env['BITSO_CONTRACT_URL'] ?? baseUrl }),
    lines,
    clientWith: (overrides) => createJunoClient({ ...parameters, ...overrides }),
    chain,
    sandbox,
    close: async () => {
      await sandbox?.stop();
      await chain?.close();
    },
  };
}

function refuseProduction(url: string): void {
  const { hostname } = new URL(url);
  const isTheirs = /(^|\.)(buildwithjuno|bitso)\.com\.?$/.test(hostname);
  if (isTheirs && !['stage.buildwithjuno.com', 'api-stage.bitso.com', 'stage.bitso.com'].includes(hostname))
    throw new Error(`${hostname} is production: the contract suite moves money, and never there`);
}

const pause = (duration_ms: number) => new Promise((resolve) => setTimeout(resolve, duration_ms));

/** Asks until there is an answer. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await pause(LOOK_AGAIN_MS);
  }
  throw new Error(`waited ${WAIT_MS} ms in vain for ${what}`);
}

/** The error of a call that was answered and not done. */
export async function refused(call: Promise<unknown>): Promise<JunoError> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof JunoError && error.httpStatus !== null) return error;
  throw error ?? new Error('it was not refused');
}

export const pesos = (text: string): Money<'MXN'> => parseDecimal('MXN', text);
/** The registered name of the business, which a mock deposit repeats. */
export const BUSINESS_NAME = process.env['JUNO_CONTRACT_BUSINESS_NAME'] ?? 'Kustodia';
/** Whether the account has one: a sandbox elsewhere may not look at names. */
export const hasBusinessName = !isRemote || Boolean(process.env['JUNO_CONTRACT_BUSINESS_NAME']);
export const guard = (): void => undefined;
/** A UUID of version 1, as the pages ask for. */
export const newKey = (): string => crypto.randomUUID().replace(/^(.{14})./, '$11');

/** A CLABE of STP that is nobody's we know of, another one each time. */
export function newClabe(prefix = '646180'): Clabe {
  const account = Array.from({ length: 11 }, () => Math.trunc(Math.random() * 10)).join('');
  return parseClabe(`${prefix}${account}${clabeControlDigit(`${prefix}${account}`)}`);
}

/** Makes a mock deposit. */
export const deposit = (juno: JunoClient, receiverClabe: string, amount: string, more: object = {}) =>
  createMockDeposit(juno, {
    amount: pesos(amount),
    receiverClabe,
    senderName: BUSINESS_NAME,
    receiverName: BUSINESS_NAME,
    ...more,
  });

export const hasEnded = ({ status }: { status: string }): boolean => status === 'complete' || status === 'failed';

/** A transaction's detail once it has ended. */
export const ended = (juno: JunoClient, id: string): Promise<JunoTransaction> =>
  until(`the transaction to end`, async () => {
    const found = await getTransaction(juno, { id });
    return hasEnded(found) && found;
  });

/** The issuance of a mock deposit to this CLABE, once it has ended. */
export const issuanceTo = (juno: JunoClient, clabe: string): Promise<JunoTransaction> =>
  until('the issuance', async () => {
    const { items } = await listTransactions(juno, { type: 'ISSUANCE' });
    for (const { id } of items.filter(hasEnded)) {
      const found = await getTransaction(juno, { id });
      if (found.receiverClabe === clabe) return found;
    }
    return false;
  });

/** Brings MXNB to the balance by a deposit of so much to a new CLABE, and of it pesos to the Bitso balance. */
export async function fundBitso(
  juno: JunoClient,
  amounts: Readonly<{ deposited: string; redeemed: string }>,
): Promise<void> {
  const { clabe } = await createClabe(juno, { guard });
  await deposit(juno, clabe, amounts.deposited);
  await issuanceTo(juno, clabe);
  const body = encodeBitsoRedemption({ amount: pesos(amounts.redeemed) });
  const { id } = await createRedemption(juno, { body, idempotencyKey: newKey(), guard });
  await ended(juno, id);
}

/** A list asked for without any parameter, to see what it does by itself. */
export const bareList = async (juno: JunoClient, route: string): Promise<string> =>
  (await juno.call({ kind: 'look', method: 'GET', route }, z.unknown())).raw;

/** The fields of a raw answer, as JSON.parse reads them: for statements about the text itself. */
// biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it.
export const payloadOf = (raw: string): any => JSON.parse(raw).payload;
