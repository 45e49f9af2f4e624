/** JSON-RPC over HTTP, as the reactor asks any remote signer: one method, one token, a limit on everything. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SignerError } from '../reactor/wallet/signer.ts';
import { nameOf } from './log.ts';
import { RefusedError } from './refused.ts';
import { readCall } from './request.ts';
import { type SigningParts, signAsked } from './sign.ts';

export const LIMITS = {
  body_bytes: 16 * 1024,
  atOnce: 4,
  connections: 64,
  timeout_ms: 5_000,
  minute_ms: 60_000,
} as const;

/** Codes of JSON-RPC for whoever reads them; the sentence says the same. */
const CODES = { unauthorised: -32_001, refused: -32_002, busy: -32_003, unknown: -32_004, tooLarge: -32_005 } as const;

type Answer = Readonly<{ status: number; body: object }>;
const failed = (status: number, code: number, message: string, id: number | string | null = null): Answer => ({
  status,
  body: { jsonrpc: '2.0', id, error: { code, message } },
});

const digest = (text: string) => createHash('sha256').update(text).digest();

export function createApproverServer(parts: SigningParts, monotonic: () => number): Server {
  const { settings, log } = parts;
  const wanted = digest(`Bearer ${settings.token}`);
  let atOnce = 0;
  let minute = { began: Number.NEGATIVE_INFINITY, taken: 0 };

  /** False where the questions of this minute are used up. */
  const take = (): boolean => {
    const now = monotonic();
    if (now - minute.began >= LIMITS.minute_ms) minute = { began: now, taken: 0 };
    minute.taken += 1;
    return minute.taken <= settings.ratePerMinute;
  };

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), wanted)) {
      log('warn', { event: 'token_refused' });
      return failed(401, CODES.unauthorised, 'The token is not that of APPROVER_TOKEN. Nothing was signed.');
    }
    if (!take() || atOnce >= LIMITS.atOnce) {
      log('warn', { event: 'busy', atOnce, taken: minute.taken });
      return failed(429, CODES.busy, 'It is asked too much at once. Nothing was signed; ask again later.');
    }
    atOnce += 1;
    try {
      const body = await readBody(request);
      if (body === null) return failed(413, CODES.tooLarge, 'What it was sent is too large. Nothing was signed.');
      return await signed(parts, body);
    } finally {
      atOnce -= 1;
    }
  };

  const server = createServer(
    {
      requestTimeout: LIMITS.timeout_ms,
      headersTimeout: LIMITS.timeout_ms,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8 * 1024,
    },
    (request, response) => {
      answer(request).then(
        (one) => write(response, one),
        (error: unknown) => {
          log('error', { event: 'failed', ...nameOf(error) });
          write(response, failed(500, CODES.unknown, 'It failed. Nothing was signed; see its log.'));
        },
      );
    },
  );
  server.maxConnections = LIMITS.connections;
  return server;
}

async function signed(parts: SigningParts, body: string): Promise<Answer> {
  const { log } = parts;
  let id: number | string | null = null;
  let about: object = {};
  try {
    const call = readCall(body);
    const { act, contract, reference, escrowId } = call.asked;
    id = call.id;
    about = { act, contract, reference, escrowId: String(escrowId) };
    return { status: 200, body: { jsonrpc: '2.0', id, result: await signAsked(parts, call.asked) } };
  } catch (error) {
    if (error instanceof RefusedError) {
      log('warn', { event: 'refused', code: error.code, why: error.message, ...about });
      return failed(200, CODES.refused, error.message, id);
    }
    log('error', { event: 'not_known', ...about, ...nameOf(error) });
    const what =
      error instanceof SignerError ? 'the signer behind it gave no signature' : 'database or chain gave no answer';
    return failed(503, CODES.unknown, `Whether it may sign is not known now: ${what}. Ask again later.`, id);
  }
}

/** Null where there is more than it takes. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.body_bytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify(body));
}
