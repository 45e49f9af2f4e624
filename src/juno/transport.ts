import http from 'node:http';
import https from 'node:https';

export type ExchangeParameters = Readonly<{
  /** Scheme, host and port; the path in it is not used. */
  origin: URL;
  method: string;
  /** Path with query, written to the wire as it is. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** From the start of connecting to the end of the answer. */
  timeout_ms: number;
  mostBytes: number;
  /** Connections to use again; false for one of its own. */
  agent: http.Agent | false;
  /** Called with the connection open, and waited for before the first byte; when it throws, none is written. */
  guard?: (() => void | Promise<void>) | undefined;
}>;

export type ExchangeReturnType = Readonly<{ httpStatus: number; text: string }>;

/** An exchange without a whole answer. `wasWritten` is false only if provably not a byte of the request left. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly wasWritten: boolean;
  readonly httpStatus: number | null;
  constructor(cause: unknown, at: { wasWritten: boolean; httpStatus: number | null }) {
    super(describe(cause), { cause });
    this.wasWritten = at.wasWritten;
    this.httpStatus = at.httpStatus;
  }
}

/** A connection refused on every address of a host is an AggregateError with an empty message. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return 'a failure without a name';
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}

/**
 * One request and its answer over node:http(s): no retry, no redirect, no compression. Not fetch (nor ky, which wraps it):
 * fetch has no moment between "connected" and "first byte", where the deadline of a send must be checked and which alone tells
 * "not sent" from "unknown" whatever the failure. Rejects with a TransportError only.
 */
export function exchange(parameters: ExchangeParameters): Promise<ExchangeReturnType> {
  const { origin, method, path, headers, body, timeout_ms, mostBytes, agent, guard } = parameters;
  const isSecure = origin.protocol === 'https:';
  let wasWritten = false;
  let httpStatus: number | null = null;

  return new Promise<ExchangeReturnType>((resolve, reject) => {
    const request = (isSecure ? https : http).request(origin, { method, path, headers, agent });
    const timer = setTimeout(() => fail(new Error(`no whole answer within ${timeout_ms} ms`)), timeout_ms);

    function fail(cause: unknown): void {
      clearTimeout(timer);
      reject(new TransportError(cause, { wasWritten, httpStatus }));
      request.destroy();
    }

    async function write(): Promise<void> {
      try {
        if (guard && !request.destroyed) await guard();
      } catch (cause) {
        fail(cause);
        return;
      }
      // It may have been given up while the guard was asked.
      if (request.destroyed) return;
      wasWritten = true;
      request.end(body);
    }

    request.on('error', (cause) => {
      // The HTTP parser hands over the bytes that it could not read; they may hold what no log should.
      Reflect.deleteProperty(cause, 'rawPacket');
      fail(cause);
    });
    request.on('socket', (socket) => {
      // Not asked of `request.reusedSocket`: who waited for a connection gets one that is open already, and that says false.
      const isOpening = socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true);
      if (isOpening) socket.once(isSecure ? 'secureConnect' : 'connect', write);
      else write();
    });
    request.on('response', (response) => {
      httpStatus = response.statusCode ?? null;
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > mostBytes) return fail(new Error(`an answer of more than ${mostBytes} bytes`));
        chunks.push(chunk);
      });
      response.on('end', () => {
        clearTimeout(timer);
        resolve({ httpStatus: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
  }).catch((cause: unknown) => {
    // What node:http throws at once, such as a header that cannot be written.
    throw cause instanceof TransportError ? cause : new TransportError(cause, { wasWritten, httpStatus });
  });
}
