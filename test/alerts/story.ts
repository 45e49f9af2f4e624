/** What the stories of alerts stand on: a world that tells a hook, and the order in which a story is told. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { createTestClient, http } from 'viem';
import { expect } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { type StartWorldParameters, startWorld, type World } from '../../src/local/world.ts';
import { startHook } from './receivers.ts';

export const TIMEOUT_MS = 90_000;
export const POLL_MS = 100;
export const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
export const TO = { clabe: '646180157042875763', legalName: 'Ana Ruiz' };

export type Told = Readonly<{ type: string; data: { key: string; sentence: string; runbook: string } }>;

/** A world with such settings of its reactors, and all that is told of it. */
export async function openStories(parameters: StartWorldParameters) {
  const hook = await startHook();
  const { settings, sandbox, ...rest } = parameters;
  const world: World = await startWorld({
    ...rest,
    sandbox: {
      ratePerMinute: 6_000,
      rateWindow_s: 1,
      delays: { issuance: 100, withdrawal: 100, credit: 100, redemption: 100 },
      ...sandbox,
    },
    settings: {
      ...{ ALERT_WEBHOOK_URL: hook.url, ALERT_WEBHOOK_SECRET: SECRET, ALERT_LOOK_MS: '300' },
      ...settings,
    },
  });

  const lines = readFileSync(world.environmentFile, 'utf8').matchAll(/^(\w+)='(.*)'$/gm);
  const environment = Object.fromEntries([...lines].map(([, name, value]) => [name, value ?? '']));
  /** The command line, as whoever reads the runbook uses it. */
  async function kustodia(...args: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
    return { code, text: [...out, ...err].join('\n'), last: () => JSON.parse(out.at(-1) ?? 'null') };
  }

  const told = (): Told[] =>
    hook.received.map(({ headers, body }) => new Webhook(SECRET).verify(body, { ...headers }) as Told);

  /** Waits for an alert whose key begins so, or for the notice that it is over; whatever it is about. */
  async function comes(type: 'alert.opened' | 'alert.closed', key: string, after = 0): Promise<Told> {
    for (;;) {
      const found = told()
        .slice(after)
        .find((one) => one.type === type && one.data.key.startsWith(key));
      if (found) return found;
      await delay(POLL_MS);
    }
  }

  /** The whole of it: nothing is told before, the fault brings the alert, the cure the notice that it is over. */
  async function story(
    kind: string,
    fault: () => Promise<unknown>,
    cure: (alert: Told) => Promise<unknown>,
  ): Promise<Told> {
    const after = hook.received.length;
    await fault();
    const alert = await comes('alert.opened', kind, after);
    expect(alert.data.runbook).toBe(`docs/runbook.md#${kind}`);
    await cure(alert);
    await comes('alert.closed', alert.data.key, after);
    return alert;
  }

  const usersOfAPayment = async () => {
    const [payer, recipient] = await Promise.all([
      world.api.createUser({ fullName: 'Luis Pérez', email: 'luis@example.mx' }),
      world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.mx' }),
    ]);
    return { payer, recipient, clabe: payer.depositClabe ?? '' };
  };
  const payment = async (amount: string, custodySeconds = 1) => {
    const { payer, recipient } = await usersOfAPayment();
    const asked = {
      payerId: payer.id,
      recipientId: recipient.id,
      amount,
      custodySeconds,
      payout: TO,
      concept: 'prueba',
    };
    return world.api.createPayment(asked);
  };

  return {
    ...{ hook, world, kustodia, told, comes, story, usersOfAPayment, payment },
    chain: () => createTestClient({ mode: 'anvil', transport: http(world.urls.chain) }),
    stop: async () => {
      await world.stop();
      await hook.stop();
    },
  };
}
export type Stories = Awaited<ReturnType<typeof openStories>>;
