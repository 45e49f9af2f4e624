import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createChance } from '../../src/simulate/chance.ts';
import { createWire } from '../../src/simulate/wire.ts';

const KEY = '00000000-0000-4000-8000-000000000001';
const SECRET = 'a secret of these tests';

function open(strikes: (name: string) => boolean = () => false) {
  let now_ms = 1_000_000;
  let nonce = 0;
  const wire = createWire({
    time: { now_ms: () => now_ms },
    chance: createChance(1),
    faults: { strikes },
    juno: { answer: () => ({ status: 201, body: '{}' }) },
    ...{ apiSecret: SECRET, say: () => undefined },
  } as never);
  const send = (isDead = () => false) => {
    const [method, path, body] = ['POST', '/mint_platform/v1/redemptions', Buffer.from('{}')];
    const signature = createHmac('sha256', SECRET).update(`${++nonce}${method}${path}`).update(body).digest('hex');
    const headers = { authorization: `Bitso key:${nonce}:${signature}`, 'x-idempotency-key': KEY };
    const asked = { method, path, body, headers, timeout_ms: 1_000 };
    return wire.exchange(asked as never, { name: 'reactor-0', sleep: async () => undefined, isDead });
  };
  const pass = (ms: number) => {
    now_ms += ms;
  };
  return { wire, send, pass };
}

test('what was never asked, or whose answer did not come whole, is not answered; nor is what was repeated after that', async () => {
  for (const name of ['timeout_after_success', 'request_lost', 'refused_connection', 'server_error']) {
    let isStruck = true;
    const { wire, send } = open((one) => isStruck && one === name);
    expect(wire.wasAnswered(KEY)).toBe(false);
    const first = await send().catch(() => null);
    expect(first === null || first.httpStatus === 502).toBe(true);
    isStruck = false;
    expect((await send()).httpStatus).toBe(201);
    expect([name, wire.wasAnswered(KEY)]).toEqual([name, false]);
  }
  const { wire, send } = open();
  expect((await send()).httpStatus).toBe(201);
  expect(wire.wasAnswered(KEY)).toBe(true);
});

test('an answer to a process that is dead, or stops soon after, counts as none', async () => {
  const dead = open();
  void dead.send(() => true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(dead.wire.wasAnswered(KEY)).toBe(false);

  const stopped = open();
  await stopped.send();
  stopped.wire.stopped('reactor-1');
  expect(stopped.wire.wasAnswered(KEY)).toBe(true);
  stopped.wire.stopped('reactor-0');
  expect(stopped.wire.wasAnswered(KEY)).toBe(false);

  const later = open();
  await later.send();
  later.pass(61_000);
  later.wire.stopped('reactor-0');
  expect(later.wire.wasAnswered(KEY)).toBe(true);
});
