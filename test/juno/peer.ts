import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type CreateJunoClientParameters, createJunoClient, type JunoCallLine } from '../../src/juno/client.ts';

export const API_KEY = 'key-of-the-test';
export const API_SECRET = 'secret-of-the-test';
export const NONCE = '1731349200123000042';

export type Received = Readonly<{ method: string; url: string; headers: IncomingHttpHeaders; body: Buffer }>;
/** What the peer does with a request: an answer, or anything at all with its socket. */
export type Answer =
  | Readonly<{ status?: number; body?: string | Buffer; headers?: Record<string, string> }>
  | ((socket: Socket) => void);

export type Peer = Readonly<{
  url: string;
  /** Whole requests, in order. */
  received: Received[];
  /** Connections and bytes that ever arrived, below HTTP: not even half a request goes unseen. */
  arrived: () => { connections: number; bytes: number };
  /** Answers to come, one a request; the last one stays. */
  answers: Answer[];
  close: () => Promise<void>;
}>;

/** A real HTTP server on a free loopback port that answers what it is told. */
export async function startPeer(): Promise<Peer> {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks) });
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
      if (typeof answer === 'function') return answer(request.socket);
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body ?? '{}');
    });
  });
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    arrived: () => ({ connections: sockets.length, bytes: sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0) }),
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const json = (payload: unknown, status = 200): Answer => ({
  status,
  body: JSON.stringify({ success: true, payload }),
});
export const failure = (status: number, code: string | number, message = 'no'): Answer => ({
  status,
  body: JSON.stringify({ success: false, error: { code, message } }),
});

/** A client of the peer and the lines that it logs. */
export function clientOf(baseUrl: string, overrides: Partial<CreateJunoClientParameters> = {}) {
  const lines: JunoCallLine[] = [];
  const client = createJunoClient({
    baseUrl,
    apiKey: API_KEY,
    apiSecret: API_SECRET,
    nonce: () => NONCE,
    acquire: async () => undefined,
    log: (line) => lines.push(line),
    ...overrides,
  });
  return { client, lines };
}

/** What a promise was refused with; fails the test if it was kept. */
export async function refusal(promise: Promise<unknown>): Promise<Error> {
  const value = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (value instanceof Error) return value;
  throw new Error('it was not refused');
}
