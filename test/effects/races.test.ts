/** The races of one effect, each against a real Juno stand-in: whatever happens, the money leaves once. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatDecimal } from '../../src/money/money.ts';
import type { Driver } from '../../src/reactor/effects/driver.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { LaneLostError } from '../../src/reactor/effects/lane.ts';
import { decideLeg } from '../../src/reactor/payment/decide.ts';
import { end } from '../sandbox/support/chain.ts';
import { givenEffect, HOUR_MS, openRail, type Rail } from './rail.ts';
import { aLeg, aView } from './view.ts';

const WITHDRAWALS = 'POST /mint_platform/v1/withdrawals';
let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
});
afterAll(() => rail?.close());

describe('takeover while sending', () => {
  test('the first holder still writes within its deadline, cannot settle, and the money leaves once', async () => {
    const e = await givenEffect(rail);
    const [first, second] = [rail.context(), rail.context()];
    const real = driverOf('juno_withdrawal');
    const overtaken: Driver = {
      ...real,
      send: async (...args) => {
        // Between the first one's commit and its write the second takes the lane and carries on.
        await e.endLease();
        await e.send(second);
        expect((await e.row()).state).toBe('confirmed');
        return real.send(...args);
      },
    };
    await expect(e.send(first, overtaken)).rejects.toThrow(LaneLostError);
    const sends = rail.relay.sends(e.key);
    expect(sends).toHaveLength(2);
    expect(sends[0]).toBe(sends[1]);
    const [only, ...more] = await rail.at('CRYPTO_WITHDRAWAL', e.amount);
    expect(more).toEqual([]);
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: only?.id });
  });

  test('a first holder whose answer comes late cannot write over what the second found', async () => {
    const e = await givenEffect(rail);
    const real = driverOf('juno_withdrawal');
    const late: Driver = {
      ...real,
      send: async (...args) => {
        await real.send(...args);
        await e.endLease();
        await e.send(rail.context());
        return { is: 'not_sent', code: 'late', text: 'what the first believes is wrong by now' };
      },
    };
    await expect(e.send(rail.context(), late)).rejects.toThrow(LaneLostError);
    expect((await e.row()).state).toBe('confirmed');
    expect(await rail.at('CRYPTO_WITHDRAWAL', e.amount)).toHaveLength(1);
  });
});

test('a paused sender that wakes late: stopped between its commit and its write, it writes nothing, and the new holder carries on', async () => {
  const e = await givenEffect(rail);
  const child = spawn(
    'node_modules/.bin/node',
    ['test/effects/sender.ts', rail.databaseUrl, rail.relay.url, e.id, e.name],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const says = lines(child);
  try {
    expect(await says()).toBe('sending');
    child.kill('SIGSTOP');
    child.stdin?.write('write\n');
    // Its lease ends by itself: nobody is told that it sleeps.
    const second = rail.context();
    await until(
      async () =>
        (await e.send(second).then(
          () => 'done',
          () => 'busy',
        )) === 'done',
    );
    expect((await e.row()).state).toBe('confirmed');
    expect(rail.relay.sends(e.key)).toHaveLength(1);
    child.kill('SIGCONT');
    expect(await says()).toContain('slept past its deadline');
    expect(await says()).toBe('LaneLostError');
    expect(rail.relay.sends(e.key)).toHaveLength(1);
    expect(await rail.at('CRYPTO_WITHDRAWAL', e.amount)).toHaveLength(1);
  } finally {
    child.kill('SIGCONT');
    await end(child, 'SIGKILL');
  }
}, 120_000);

describe('replay of a POST whose answer was lost', () => {
  const lost = async () => {
    const e = await givenEffect(rail);
    await rail.fault('timeout_after_success', WITHDRAWALS, { ms: 5_000 });
    await e.send(rail.impatient());
    expect(await e.row()).toMatchObject({ state: 'unknown', sends: 1 });
    return e;
  };

  test('inside the window: the same key and the same bytes, answered for the original', async () => {
    const e = await lost();
    await e.send(rail.context());
    const [first, again] = rail.relay.sends(e.key);
    expect(again).toBe(first);
    const [only, ...more] = await rail.at('CRYPTO_WITHDRAWAL', e.amount);
    expect(more).toEqual([]);
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: only?.id, sends: 2 });
  });

  test.each([
    ['a dispute', async (e: Awaited<ReturnType<typeof lost>>) => e.open('dispute')],
    ['a hold', async (e: Awaited<ReturnType<typeof lost>>) => e.open('hold')],
    ['a kill switch', async (e: Awaited<ReturnType<typeof lost>>) => e.throwSwitch()],
    ['the switch of recovery', async (e: Awaited<ReturnType<typeof lost>>) => e.throwSwitch('recovery')],
    [
      'the window',
      async (e: Awaited<ReturnType<typeof lost>>) => {
        await e.age(HOUR_MS + 1_000);
        return async () => undefined;
      },
    ],
  ])('after %s: refused, and only looked for', async (_what, happen) => {
    const e = await lost();
    const undo = await happen(e);
    try {
      await e.send(rail.context());
      expect(await e.row()).toMatchObject({ state: 'unknown', sends: 1, error: { code: 'look_found_none' } });
      expect(rail.relay.sends(e.key)).toHaveLength(1);
      const [only] = await rail.at('CRYPTO_WITHDRAWAL', e.amount);
      await e.send(rail.context());
      expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: only?.id });
      expect(rail.relay.sends(e.key)).toHaveLength(1);
    } finally {
      await undo();
    }
  });
});

describe('a look-up after the window', () => {
  const past = async (fault: string) => {
    const e = await givenEffect(rail);
    await rail.fault(fault, WITHDRAWALS, { ms: 5_000 });
    await e.send(rail.impatient());
    return e;
  };
  const asked = async (e: Awaited<ReturnType<typeof past>>) => {
    const row = await e.row();
    const view = { ...row, error: row.error as { code: string; text: string } };
    return decideLeg(aView(), aLeg('withdrawing', { juno_withdrawal: view }));
  };
  /** Past the window for what is left of it: its own date and that of Juno's record stay within what is looked through. */
  const shortWindow = () => rail.context({ settings: { ...rail.context().settings, junoReplayWindow_ms: 0 } });

  test('with no candidate: a person is asked, nothing is sent, and it goes on looking', async () => {
    const e = await past('connection_reset_before');
    await e.send(shortWindow());
    expect(await e.row()).toMatchObject({ state: 'unknown', error: { code: 'look_found_none' } });
    expect(await asked(e)).toMatchObject({ do: 'ask', code: 'juno_withdrawal_unknown' });
    expect(rail.relay.sends(e.key)).toHaveLength(1);
    expect(await rail.at('CRYPTO_WITHDRAWAL', e.amount)).toEqual([]);
  });

  test('with one candidate: that is it', async () => {
    const e = await past('timeout_after_success');
    const [only] = await rail.at('CRYPTO_WITHDRAWAL', e.amount);
    await e.send(shortWindow());
    expect(await e.row()).toMatchObject({ state: 'confirmed', externalId: only?.id });
  });

  test('with two candidates: nobody can tell, so a person is asked', async () => {
    const e = await past('timeout_after_success');
    await rail.sandbox.withdraw({
      amount: formatDecimal(e.amount),
      address: rail.context().settings.bridge,
    });
    expect(await rail.at('CRYPTO_WITHDRAWAL', e.amount)).toHaveLength(2);
    await e.send(shortWindow());
    expect(await e.row()).toMatchObject({ state: 'unknown', error: { code: 'look_found_several' } });
    expect(await asked(e)).toMatchObject({ do: 'ask', code: 'juno_withdrawal_unknown' });
    expect(rail.relay.sends(e.key)).toHaveLength(1);
  });
});

/** The lines of a process, one after the other. */
function lines(child: ChildProcess): () => Promise<string> {
  if (!child.stdout) throw new Error('the process has no output to read');
  const iterator = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async () => (await iterator.next()).value ?? 'ended';
}

async function until(ask: () => Promise<boolean>): Promise<void> {
  while (!(await ask())) await rail.db.execute(sql`SELECT pg_sleep(0.2)`);
}
