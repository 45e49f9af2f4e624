/** The stories of what is missing, changed or lost: the fault is made for real, the runbook's step cures it, the notice comes. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Address,
  createPublicClient,
  createWalletClient,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  pad,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { ADMIN, account, BRIDGE, privateKeyOf } from '../../src/local/anvil.ts';
import { query, SHORT_WINDOW, until } from '../journey/support.ts';
import { takeBackup } from '../support/backup.ts';
import { startHook } from './receivers.ts';
import { openStories, POLL_MS, type Stories, TIMEOUT_MS } from './story.ts';

const PESO_UNITS = 1_000_000n;
const STRANGER = account(9).address;

let stories: Stories;
beforeAll(async () => {
  stories = await openStories({
    hasReactorsRunning: false,
    escrows: ['v3', 'v2-pausable'],
    settings: {
      ...SHORT_WINDOW,
      ...{ RECONCILE_INTERVAL_S: '1', RECONCILE_GRACE_S: '2', RECONCILE_STOP_S: '600' },
    },
  });
}, TIMEOUT_MS * 2);
afterAll(() => stories?.stop());

const kustodia: Stories['kustodia'] = (...args) => stories.kustodia(...args);

const reading = () => createPublicClient({ transport: http(stories.world.urls.chain) });
/** Sends a call and waits until a block has it. */
async function act(to: Address, data: Hex): Promise<void> {
  const admin = createWalletClient({
    account: privateKeyToAccount(privateKeyOf(ADMIN)),
    transport: http(stories.world.urls.chain),
  });
  const hash = await admin.sendTransaction({ to, data, chain: null });
  const { status } = await reading().waitForTransactionReceipt({ hash });
  expect(status).toBe('success');
}
const mint = (to: Address, units: bigint) =>
  act(
    stories.world.contracts.token,
    encodeFunctionData({ abi: MOCK_MXNB_ABI, functionName: 'mint', args: [to, units] }),
  );

/** As if an account had never had it: no transfer of ours took it away. */
async function forgetBalance(of: Address): Promise<void> {
  const { token } = stories.world.contracts;
  const client = reading();
  const balance = () => client.readContract({ address: token, abi: MXNB_ABI, functionName: 'balanceOf', args: [of] });
  const before = await balance();
  for (let slot = 0n; slot < 400n; slot++) {
    const at = keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [of, slot]));
    if ((await client.getStorageAt({ address: token, slot: at })) !== pad(toHex(before))) continue;
    await stories.chain().setStorageAt({ address: token, index: at, value: pad('0x0') });
    if ((await balance()) === 0n) return;
  }
  throw new Error('the balance is in none of the slots');
}

test('float-missing: no MXNB of Kustodia’s own to prove the deposit address with, and one is sent', {
  timeout: TIMEOUT_MS * 2,
}, async () => {
  await stories.story(
    'float-missing',
    async () => {
      await forgetBalance(BRIDGE.address);
      await stories.world.restartReactor(0);
    },
    () => mint(BRIDGE.address, PESO_UNITS),
  );
  // The proof is made by itself.
  await until(async () => (await query(stories.world, 'SELECT 1 FROM reactor.deposit_address')).length === 1);
});

test('float-low: the one MXNB went into the proof, and another is sent', { timeout: TIMEOUT_MS }, async () => {
  const alert = await stories.comes('alert.opened', 'float-low');
  expect(alert.data.sentence).toMatch(/pay for 0 more proofs/);
  await mint(BRIDGE.address, PESO_UNITS);
  await stories.comes('alert.closed', 'float-low');
});

test('break: MXNB left the escrow contract by nobody’s call, and come back', { timeout: TIMEOUT_MS }, async () => {
  const { escrow, token } = stories.world.contracts;
  const { id, deposit, depositClabe } = await stories.payment('2100.00', 3_600);
  await stories.world.deposit(depositClabe, deposit);
  const isHeld = () =>
    query(stories.world, `SELECT 1 FROM reactor.leg WHERE payment_id = '${id}' AND state = 'in_custody'`);
  await until(async () => (await isHeld()).length === 1);
  const move = async (from: Address, to: Address) => {
    const client = stories.chain();
    await client.impersonateAccount({ address: from });
    await client.setBalance({ address: from, value: 10n ** 18n });
    const data = encodeFunctionData({ abi: MXNB_ABI, functionName: 'transfer', args: [to, 10_000n] });
    const wallet = createWalletClient({ account: from, transport: http(stories.world.urls.chain) });
    const hash = await wallet.sendTransaction({ to: token, data, chain: null });
    await reading().waitForTransactionReceipt({ hash });
    await client.stopImpersonatingAccount({ address: from });
  };
  const alert = await stories.story(
    'break',
    () => move(escrow, STRANGER),
    async () => {
      const { text } = await kustodia('break', 'list');
      expect(text).toContain('account_short');
      await move(STRANGER, escrow);
    },
  );
  expect(alert.data.key).toBe('break:account_short');
});

test('webhook-failed: an endpoint takes nothing for three days, is mended, and what failed is sent again', {
  timeout: TIMEOUT_MS,
}, async () => {
  const endpoint = await startHook();
  try {
    endpoint.answer(500);
    const made = await kustodia('webhook', 'create', endpoint.url, '--reason', 'a story', '--json');
    const { id } = made.last() as { id: string };
    const failed = () =>
      query<{ event: string }>(
        stories.world,
        `SELECT event_id AS event FROM reactor.webhook_delivery WHERE endpoint_id = '${id}' AND state = 'failed'`,
      );
    await stories.story(
      'webhook-failed',
      async () => {
        await stories.payment('2200.00');
        // Three days are over, and nothing was taken in them.
        await until(async () => {
          await query(
            stories.world,
            `UPDATE reactor.webhook_delivery SET until = until - interval '4 days', next_try_at = next_try_at - interval '4 days'
             WHERE endpoint_id = '${id}' AND state = 'waiting'`,
          );
          return (await failed()).length > 0;
        });
      },
      async () => {
        endpoint.answer(200);
        const listed = await kustodia('webhook', 'deliveries', id);
        expect(listed.text).toContain('failed');
        for (const { event } of await failed())
          expect(await kustodia('webhook', 'resend', event, '--reason', 'the endpoint is mended')).toMatchObject({
            code: 0,
          });
      },
    );
    // It is over once none is given up; they arrive at the next turn.
    await until(async () => endpoint.received.length > 0);
    expect((await kustodia('webhook', 'remove', id, '--reason', 'the story is over')).code).toBe(0);
  } finally {
    await endpoint.stop();
  }
});

/** The runbook's step for a change that two people know of. */
async function acceptContract(address: Address): Promise<void> {
  const known = ['--by', 'Two people', '--reason', 'a change that we made', '--mismatches-known'];
  await until(async () => (await kustodia('chain', 'accept-contract', address, ...known)).code === 0);
}

test('contract-stopped: a role of the escrow contract changed, and two people know it', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { escrow } = stories.world.contracts;
  const args = [ROLE_IDS.pauser, STRANGER] as const;
  const alert = await stories.story(
    'contract-stopped',
    () => act(escrow, encodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, functionName: 'grantRole', args })),
    async () => {
      expect((await kustodia('contract', 'verify')).text).toContain(STRANGER.slice(0, 10));
      await acceptContract(escrow);
    },
  );
  expect(alert.data.key).toBe(`contract-stopped:${escrow.toLowerCase()}`);
  expect(alert.data.sentence).toMatch(/did RoleGranted in block \d+/);
});

test('contract-stopped: the predecessor’s contract was upgraded, and two people know it', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [{ address } = { address: '0x' as Address }] = stories.world.contracts.also;
  const alert = await stories.story(
    'contract-stopped',
    async () => {
      const artifact = readArtifact('EscrowV2PausableDouble');
      const admin = createWalletClient({
        account: privateKeyToAccount(privateKeyOf(ADMIN)),
        transport: http(stories.world.urls.chain),
      });
      const hash = await admin.deployContract({ ...artifact, args: [], chain: null });
      const { contractAddress } = await reading().waitForTransactionReceipt({ hash });
      await act(address, encodeFunctionData({ abi: artifact.abi, functionName: 'upgradeTo', args: [contractAddress] }));
    },
    () => acceptContract(address),
  );
  expect(alert.data.key).toBe(`contract-stopped:${address.toLowerCase()}`);
  expect(alert.data.sentence).toMatch(/did Upgraded in block \d+/);
});

test('money-off: a backup is restored after money moved on, and what was lost is rebuilt', {
  timeout: TIMEOUT_MS * 2,
}, async () => {
  const { world } = stories;
  const { id, deposit, depositClabe } = await stories.payment('2300.00', 3_600);
  await stories.story(
    'money-off',
    async () => {
      await world.reactors()[0]?.stop();
      const backup = await takeBackup(world.urls.database);
      await world.restartReactor(0);
      await world.deposit(depositClabe, deposit);
      const isHeld = () =>
        query(world, `SELECT 1 FROM reactor.leg WHERE payment_id = '${id}' AND state = 'in_custody'`);
      await until(async () => (await isHeld()).length === 1);
      await world.reactors()[0]?.stop();
      await backup.restore();
      await world.restartReactor(0);
    },
    async () => {
      const dry = await kustodia('recover', '--reason', 'a story', '--dry-run', '--json');
      expect(dry.last()).toMatchObject({ dryRun: true, state: 'needed' });
      // What still waits for evidence is taken the next time.
      while ((await kustodia('recover', '--reason', 'a backup was restored')).code !== 0) await delay(POLL_MS);
    },
  );
  await until(
    async () =>
      (await query(world, `SELECT 1 FROM reactor.leg WHERE payment_id = '${id}' AND state = 'in_custody'`)).length ===
      1,
  );
});
