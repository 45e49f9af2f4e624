import { createPublicClient, http } from 'viem';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/reactor/log.ts';

test('an RPC that does not answer is logged without its address, which holds its key', async () => {
  const lines: string[] = [];
  const log = createLogger('test', 'debug', { write: (line: string) => void lines.push(line) });
  const client = createPublicClient({ transport: http('http://127.0.0.1:9/v2/RPC-KEY', { retryCount: 0 }) });
  for (const ask of [
    () => client.getBlockNumber(),
    () => client.sendRawTransaction({ serializedTransaction: '0x02f8SECRETBYTES' as `0x${string}` }),
  ]) {
    const err: unknown = await ask().catch((error: unknown) => error);
    log.warn({ err }, 'no answer');
    log.warn({ err });
    log.error(err);
    log.warn({ err: new Error('outer https://user:RPC-KEY@node.example/x', { cause: err }) }, 'no answer');
  }
  expect(lines).toHaveLength(8);
  expect(lines.join('')).not.toMatch(/RPC-KEY|SECRETBYTES/);
  expect(lines.join('')).toMatch(/HTTP request failed/);
});
