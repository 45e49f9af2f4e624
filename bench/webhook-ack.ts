/**
 * `node bench/webhook-ack.ts [--count N] [--at-once N]`: how long a sender waits for the answer to a webhook. A real Postgres with
 * fsync, the reactor's own HTTP over real connections, every webhook new and signed. Prints one JSON object.
 */
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';
import { startPostgres } from '../test/support/postgres.ts';
import { keyPair, openWebhooks } from '../test/webhooks/support.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '5000' }, 'at-once': { type: 'string', default: '4' } },
});
const [count, atOnce] = [Number(values.count), Number(values['at-once'])];
const WARM_UP = 200;

const pair = keyPair('bench');
const postgres = await startPostgres();
const webhooks = await openWebhooks(await postgres.createDatabase(), { keys: [pair.key] });
const { port } = await webhooks.listen();
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

// Signed before: that is the sender's work and would be measured with ours.
const signed = Array.from({ length: WARM_UP + count }, (_, id) =>
  pair.webhook({ id: `transaction-${id}`, status: 'COMPLETE', amount: '1500.00' }),
);

async function send({ body, headers }: (typeof signed)[number]): Promise<number> {
  const started = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    request({ port, method: 'POST', path: '/webhooks/juno', headers, agent }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body);
  });
  if (status !== 200) throw new Error(`a webhook was answered ${status}`);
  return performance.now() - started;
}

const times_ms: number[] = [];
let next = 0;
async function sendAll(): Promise<void> {
  for (let id = next++; id < signed.length; id = next++) {
    const webhook = signed[id];
    const took_ms = webhook ? await send(webhook) : 0;
    if (id >= WARM_UP) times_ms.push(took_ms);
  }
}
const started = performance.now();
await Promise.all(Array.from({ length: atOnce }, sendAll));
const wall_ms = Math.round(performance.now() - started);
times_ms.sort((a, b) => a - b);
const at = (part: number) => Number((times_ms[Math.floor(part * (times_ms.length - 1))] ?? 0).toFixed(2));
const kept = (await webhooks.kept()).length;
agent.destroy();
await webhooks.close();
await postgres.stop();
process.stdout.write(
  `${JSON.stringify({ webhook_ack_ms: { p50: at(0.5), p99: at(0.99), most: at(1) }, count, at_once: atOnce, kept, wall_ms })}\n`,
);
