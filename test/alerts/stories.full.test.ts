/** Each fault is made for real in a whole world: the alert comes, the runbook's step cures it, the notice that it is over comes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import parsePrometheus from 'parse-prometheus-text-format';
import pg from 'pg';
import { createWalletClient, http, parseAbi, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BRIDGE, LOCAL, privateKeyOf } from '../../src/local/anvil.ts';
import { armFault, clearFaults } from '../../src/local/juno.ts';
import type { World } from '../../src/local/world.ts';
import { query, SHORT_WINDOW } from '../journey/support.ts';
import { startHook } from './receivers.ts';
import { openStories, POLL_MS, type Stories, TIMEOUT_MS, TO } from './story.ts';

/** What is read again and again. */
const TRANSACTIONS = 'GET /mint_platform/v1/transactions';
const LOOKS = [
  TRANSACTIONS,
  'GET /spei/v2/deposits',
  'GET /spei/v1/deposits',
  'GET /mint_platform/v1/financial_movements',
];
/** As it stands in the runbook. */
const [, ENDS_BLOCKERS = ''] =
  /^(SELECT pg_terminate_backend.*)$/m.exec(readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8')) ??
  [];
const PAUSING = parseAbi(['function pause()', 'function unpause()']);

let stories: Stories;
let world: World;
let hook: Stories['hook'];
let slack: Stories['hook'];
beforeAll(async () => {
  slack = await startHook();
  stories = await openStories({
    settings: {
      ...SHORT_WINDOW,
      ...{
        ALERT_STUCK_S: '4',
        ALERT_UNKNOWN_S: '1',
        ALERT_SUSPENSE_S: '1',
        ALERT_INDEXER_LAG_S: '2',
        ALERT_JUNO_LATENCY_MS: '700',
        // The slowest loop has a turn each half minute.
        ALERT_SILENCE_S: '40',
      },
      ALERT_SLACK_URL: slack.url,
      ...{ JUNO_TIMEOUT_MS: '3000', JUNO_CREDIT_BOUND_S: '3' },
    },
  });
  ({ world, hook } = stories);
}, TIMEOUT_MS * 2);
afterAll(async () => {
  await stories?.stop();
  await slack?.stop();
});

const kustodia: Stories['kustodia'] = (...args) => stories.kustodia(...args);
const comes: Stories['comes'] = (...asked) => stories.comes(...asked);
const story: Stories['story'] = (...of) => stories.story(...of);
const usersOfAPayment: Stories['usersOfAPayment'] = () => stories.usersOfAPayment();
const payment: Stories['payment'] = (...of) => stories.payment(...of);
const chain: Stories['chain'] = () => stories.chain();

test('gas-low: the bridge wallet runs dry, and is sent ether', { timeout: TIMEOUT_MS }, async () => {
  const { address } = BRIDGE;
  await story(
    'gas-low',
    () => chain().setBalance({ address, value: 1n }),
    () => chain().setBalance({ address, value: parseEther('10') }),
  );
});

test('notice-undelivered: a channel takes nothing for eight hours, and is mended', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { address } = BRIDGE;
  const givenUp = "SELECT 1 FROM reactor.alert_notice WHERE channel = 'slack' AND state = 'failed'";
  const alert = await story(
    'notice-undelivered',
    async () => {
      slack.answer(500);
      await chain().setBalance({ address, value: 1n });
      // Eight hours are over, and it was tried all along.
      while ((await query(world, givenUp)).length === 0) {
        await query(
          world,
          "UPDATE reactor.alert_notice SET tries = 17, next_try_at = reactor.now() WHERE channel = 'slack' AND state = 'waiting'",
        );
        await delay(POLL_MS * 5);
      }
    },
    async () => {
      slack.answer(200);
      await world.restartReactor(0);
      // The next that arrives there says that the wallet has gas again.
      await chain().setBalance({ address, value: parseEther('10') });
    },
  );
  expect(alert.data.key).toBe('notice-undelivered:slack');
});

test('suspense: a deposit that nobody asked for, and it is given back', { timeout: TIMEOUT_MS }, async () => {
  const { payer, clabe } = await usersOfAPayment();
  const alert = await story(
    'suspense',
    () => world.deposit(clabe, '777.00', TO.clabe),
    async () => {
      for (;;) {
        const [item] = await world.api.suspense(payer.id);
        const isDone =
          item &&
          (await world.api.refund(item.id, [{ amount: '777.00', refund: TO }]).then(
            () => true,
            () => false,
          ));
        if (isDone) return;
        await delay(POLL_MS);
      }
    },
  );
  expect(alert.data.sentence).toContain('777.00');
});

test('indexer-behind: the indexer is gone, and is started', { timeout: TIMEOUT_MS }, async () => {
  await story(
    'indexer-behind',
    () => world.indexer().kill9(),
    () => world.restartIndexer(),
  );
});

test('contract-stopped: the contract is paused, and let go', { timeout: TIMEOUT_MS }, async () => {
  const { escrow } = world.contracts;
  const admin = createWalletClient({
    account: privateKeyToAccount(privateKeyOf(LOCAL.admin)),
    transport: http(world.urls.chain),
  });
  const call = (functionName: 'pause' | 'unpause') =>
    admin.writeContract({ address: escrow, abi: PAUSING, functionName, chain: null });
  const alert = await story(
    'contract-stopped',
    () => call('pause'),
    () => call('unpause'),
  );
  expect(alert.data.key).toBe(`contract-stopped:${escrow.toLowerCase()}`);
});

test('juno-slow: Juno takes its time, and then no more', { timeout: TIMEOUT_MS }, async () => {
  await story(
    'juno-slow',
    async () => {
      for (const endpoint of LOOKS)
        await armFault(world.sandboxBooks, { name: 'delay_ms', endpoint, ms: 1_500, count: 500 });
    },
    () => clearFaults(world.sandboxBooks),
  );
});

test('juno-breaker: an outage of Juno, which ends', { timeout: TIMEOUT_MS }, async () => {
  await story(
    'juno-breaker',
    () => armFault(world.sandboxBooks, { name: 'outage', endpoint: TRANSACTIONS, ms: 60_000 }),
    () => clearFaults(world.sandboxBooks),
  );
});

test('unknown-effect and stuck: the answer to a withdrawal is lost, and it is found', {
  timeout: TIMEOUT_MS,
}, async () => {
  const after = hook.received.length;
  await armFault(world.sandboxBooks, {
    name: 'connection_reset_before',
    endpoint: 'POST /mint_platform/v1/withdrawals',
    count: 500,
  });
  const { id, deposit, depositClabe } = await payment('1500.00');
  await world.deposit(depositClabe, deposit);
  const unknown = await comes('alert.opened', 'unknown-effect', after);
  expect(unknown.data.sentence).toContain(id);
  const stuck = await comes('alert.opened', 'stuck', after);
  expect(stuck.data.sentence).toContain(`kustodia payment why ${id}`);
  const why = await kustodia('payment', 'why', id);
  expect([why.code, why.text]).toEqual([0, expect.stringContaining('withdraw')]);
  const effect = unknown.data.key.replace('unknown-effect:', '');
  const look = () => kustodia('effect', 'look', effect, '--reason', 'a story');
  // It looks, sends nothing, and finds nothing yet.
  expect((await look()).code).toBe(0);
  await clearFaults(world.sandboxBooks);
  // The reactor may come before whoever looks.
  const isFound = () => query(world, `SELECT 1 FROM reactor.effect WHERE id = '${effect}' AND state = 'confirmed'`);
  while ((await isFound()).length === 0) {
    await look();
    await delay(POLL_MS * 5);
  }
  await comes('alert.closed', unknown.data.key, after);
  await comes('alert.closed', stuck.data.key, after);
});

test('needs-attention: Juno holds a deposit of ours, and its support credits it', { timeout: TIMEOUT_MS }, async () => {
  const asked: string[] = [];
  const alert = await story(
    'needs-attention',
    async () => {
      // The probe of the deposit address is credited first: it is not what is held.
      while ((await query(world, 'SELECT 1 FROM reactor.deposit_address')).length === 0) await delay(POLL_MS);
      // Nor is it another payment's: what is under way is at its end first.
      const open = "SELECT 1 FROM reactor.leg WHERE state NOT IN ('completed', 'expired', 'closed')";
      while ((await query(world, open)).length > 0) await delay(POLL_MS);
      await armFault(world.sandboxBooks, { name: 'credit_held', endpoint: 'credit', count: 1 });
      const { id, deposit, depositClabe } = await payment('1600.00');
      asked.push(id);
      await world.deposit(depositClabe, deposit);
    },
    () =>
      fetch(`${world.sandboxBooks.url}/sandbox/credits/release`, {
        method: 'POST',
        headers: { 'x-sandbox-admin': world.sandboxBooks.adminToken },
      }),
  );
  expect(alert.data.key).toMatch(/:juno_holds_deposit$/);
  expect(alert.data.sentence).toContain(asked[0]);
});

test('rpc-silent: the node hangs, and goes on', { timeout: TIMEOUT_MS }, async () => {
  const { pid } = world.anvil;
  try {
    await story(
      'rpc-silent',
      async () => process.kill(-pid, 'SIGSTOP'),
      async () => process.kill(-pid, 'SIGCONT'),
    );
  } finally {
    process.kill(-pid, 'SIGCONT');
  }
});

test('silent-automation: a session holds a lock that the loops wait for, and is ended', {
  timeout: TIMEOUT_MS,
}, async () => {
  const open = "SELECT 1 FROM reactor.leg WHERE state NOT IN ('completed', 'expired', 'closed')";
  while ((await query(world, open)).length > 0) await delay(POLL_MS);
  const somebody = new pg.Client({ connectionString: world.urls.database });
  // It is ended by the step.
  somebody.on('error', () => undefined);
  await somebody.connect();
  const alert = await story(
    'silent-automation',
    async () => {
      await somebody.query('BEGIN');
      await somebody.query('LOCK TABLE reactor.juno_transaction IN ACCESS EXCLUSIVE MODE');
    },
    async () => {
      expect(world.reactors()[0]?.output()).toMatch(/loop_failed.*statement timeout/);
      expect(await query(world, ENDS_BLOCKERS)).toHaveLength(1);
    },
  );
  // It is the reactor itself that tells.
  expect(alert.data.sentence).toMatch(/the loop “(intake|rescan)” had no turn/);
});

test('what was told is what the metrics show: the payment, its legs, its effects', {
  timeout: TIMEOUT_MS,
}, async () => {
  const counted = async () => {
    const families = parsePrometheus(await (await fetch(`${world.urls.reactor}/metrics`)).text());
    const sum = (name: string, labels: Record<string, string>) =>
      (families.find((family) => family.name === name)?.metrics ?? [])
        .filter((one) => Object.entries(labels).every(([key, value]) => one.labels?.[key] === value))
        .reduce((total, { value = '0' }) => total + Number(value), 0);
    return sum;
  };
  const [row] = await query<{ count: number }>(world, 'SELECT count(*)::int AS count FROM reactor.leg');
  const isShown = async () => {
    const sum = await counted();
    const outcomes = ['unknown', 'confirmed'].map((outcome) =>
      sum('kustodia_effect_outcomes_total', { kind: 'juno_withdrawal', outcome }),
    );
    const more = [
      sum('kustodia_payments', { kind: 'escrow', state: 'completed' }),
      sum('kustodia_wallet_gas_transactions', {}),
      sum('kustodia_rail_calls_total', { endpoint: TRANSACTIONS }),
      sum('kustodia_chain_trusted', {}),
    ];
    return sum('kustodia_legs', {}) === row?.count && [...outcomes, ...more].every((value) => value > 0);
  };
  while (!(await isShown())) await delay(POLL_MS);
});
