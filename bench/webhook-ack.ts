/**
 * `node bench/webhook-ack.ts`: how long a sender waits for the answer to a webhook. A real Postgres with fsync, the reactor's own HTTP over
 * real connections, every webhook new and signed.
 */
import { Agent, request } from 'node:http';
import { keyPair, openWebhooks } from '../test/webhooks/support.ts';
import { runBench } from './frame/bench.ts';
import { latency } from './frame/figures.ts';
import { openBenchDatabase } from './lives/database.ts';

const WARM_UP = 200;
type Signed = Readonly<{ body: string; headers: Record<string, string> }>;

runBench({
  name: 'webhook-ack',
  what: 'from the request to its answer: each webhook new, signed, and kept before it is answered',
  options: {
    count: { usual: '3000', what: 'webhooks' },
    'at-once': { usual: '4', what: 'senders at once' },
  },
  round: async (given) => {
    const [count, atOnce] = [Number(given.count), Number(given['at-once'])];
    const pair = keyPair('bench');
    const database = await openBenchDatabase();
    const webhooks = await openWebhooks(database.url, { keys: [pair.key] });
    const { port } = await webhooks.listen();
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    // Signed before: that is the sender's work and would be measured with ours.
    const signed = Array.from({ length: WARM_UP + count }, (_, id) =>
      pair.webhook({ id: `transaction-${id}`, status: 'COMPLETE', amount: '1500.00' }),
    );
    try {
      const times_ms: number[] = [];
      let next = 0;
      let [began_ms, before] = [performance.now(), await database.work()];
      const sendAll = async (): Promise<void> => {
        for (let id = next++; id < signed.length; id = next++) {
          const webhook = signed[id];
          const took_ms = webhook ? await send(webhook, { port, agent }) : 0;
          if (id === WARM_UP) [began_ms, before] = [performance.now(), await database.work()];
          if (id > WARM_UP) times_ms.push(took_ms);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, sendAll));
      const wall_s = (performance.now() - began_ms) / 1000;
      const after = await database.work();
      const kept = (await webhooks.kept()).length;
      if (kept !== signed.length) throw new Error(`${signed.length} were acknowledged, ${kept} are kept`);
      const each = (of: keyof typeof after) => Number(((after[of] - before[of]) / times_ms.length).toFixed(2));
      return {
        webhook_ack_ms: latency(times_ms),
        webhooks_per_s: Math.round(times_ms.length / wall_s),
        each: { commits: each('commits'), statements: each('statements'), postgres_cpu_ms: each('cpu_ms') },
      };
    } finally {
      agent.destroy();
      await webhooks.close();
      await database.close();
    }
  },
  wall: (of) =>
    `one commit that must reach the disk, and the check of an RSA signature: ${of('each.commits')} commits and ${of('each.statements')} statements each`,
});

async function send({ body, headers }: Signed, to: Readonly<{ port: number; agent: Agent }>): Promise<number> {
  const started = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    request({ ...to, method: 'POST', path: '/webhooks/juno', headers }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body);
  });
  if (status !== 200) throw new Error(`a webhook was answered ${status}`);
  return performance.now() - started;
}
