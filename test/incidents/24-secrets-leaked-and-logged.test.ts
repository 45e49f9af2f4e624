import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../src/reactor/log.ts';
import { API_KEY, API_SECRET, clientOf, type Peer, startPeer } from '../juno/peer.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await startPeer();
});
afterAll(() => peer?.close());

test('neither what a call to Juno logs nor what its error prints has key, signature, header or whole CLABE in it', async () => {
  const clabe = '646180157042875763';
  peer.answers.push({
    status: 500,
    body: JSON.stringify({ success: false, error: { code: '0101', message: `for ${clabe}` } }),
  });
  const { client, lines } = clientOf(peer.url);
  const error: unknown = await client
    .call(
      { kind: 'send', method: 'POST', route: '/mint_platform/v1/redemptions', body: `{"clabe":"${clabe}"}` },
      z.unknown(),
    )
    .catch((thrown: unknown) => thrown);
  const printed: string[] = [];
  const log = createLogger('test', 'trace', { write: (line: string) => void printed.push(line) });
  log.error({ err: error }, 'the call failed');
  log.error(error);
  for (const line of lines) log.info({ event: 'juno_call', ...line });
  const signature = /:([0-9a-f]{64})$/.exec(peer.received[0]?.headers.authorization ?? '')?.[1];
  expect(signature).toBeDefined();
  expect(lines.length).toBeGreaterThan(0);
  for (const secret of [API_KEY, API_SECRET, signature ?? '', 'Bitso ', clabe])
    expect(printed.join('')).not.toContain(secret);
});

test('the example of the environment has no value where a secret goes', () => {
  const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const filled = [...example.matchAll(/^(\w*(?:KEY|SECRET|PASSWORD|DATABASE_URL)\w*)=(.+)$/gm)].map(([line]) => line);
  expect(filled).toEqual([]);
});
