import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { audit } from '../auditor/audit.ts';
import { openAuditBooks } from '../auditor/books.ts';
import { openAuditChain } from '../auditor/chain.ts';
import { openAuditJuno } from '../auditor/juno.ts';
import { wordsFor } from '../local/audit.ts';
import type { Settings } from '../reactor/settings.ts';
import type { Chain } from './chain.ts';
import type { Juno } from './juno.ts';

/** Nobody counts its calls here. */
const RATE_PER_MINUTE = 100_000;
const CALL = z.object({ id: z.number(), method: z.string(), params: z.unknown().optional() });

/**
 * The second opinion on a world at rest, by the auditor as it is, over HTTP: from the simulated chain and Juno alone who was owed
 * what and who got what, compared with the books. Answers its findings, in sentences.
 */
export async function auditAtRest(parameters: {
  url: string;
  settings: Settings;
  chain: Chain;
  juno: Juno;
}): Promise<string[]> {
  const { url, settings, chain, juno } = parameters;
  const { request: ask } = chain.transport(async () => undefined)({});
  const answer = async (method: string | undefined, path: string, body: string) => {
    if (method === 'GET') return juno.answer({ method, path, body, idempotencyKey: undefined });
    const call = CALL.parse(JSON.parse(body));
    return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id: call.id, result: await ask(call) }) };
  };
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request.method, request.url ?? '', await text(request)).catch(
      (error: Error) => ({ status: 500, body: error.message }),
    );
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { findings } = await audit({
      chain: openAuditChain({
        rpcUrl: origin,
        token: settings.token,
        escrows: [settings.escrow],
        bridge: settings.bridge,
        junoAddress: settings.junoDepositAddress,
        startBlock: 0n,
      }),
      juno: openAuditJuno({
        junoUrl: origin,
        bitsoUrl: origin,
        apiKey: settings.junoApiKey,
        apiSecret: settings.junoApiSecret,
        ratePerMinute: RATE_PER_MINUTE,
      }),
      books: openAuditBooks({ databaseUrl: url }),
      lookAgain_ms: 0,
    });
    return findings.map(wordsFor);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
