import { keccak256 } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_CODE_HASH } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { ADMIN, BRIDGE, privateKeyOf } from '../../../src/local/anvil.ts';
import { killedWhileSending } from './cut.ts';
import { ADMIN_KEY, type ContractWorld, KINDS, kustodia, openContractWorld, STRANGER } from './support.ts';

describe.each(KINDS)('contract deploy on %s', (kind) => {
  let world: ContractWorld;

  beforeAll(async () => {
    world = await openContractWorld(kind);
  });
  afterAll(() => world?.stop());

  const deploy = (args = '', change: NodeJS.ProcessEnv = {}) =>
    kustodia(
      ['contract', 'deploy', '--admin', ADMIN.address, '--reason', 'for a test', ...args.split(' ').filter(Boolean)],
      { ...world.environment, ...change },
    );
  const nonce = () => world.anvil.client.getTransactionCount({ address: ADMIN.address });

  test('a dry run shows all that it would set, needs no database, and sends nothing', async () => {
    const before = await nonce();
    const tried = await deploy('--dry-run --json', { DATABASE_URL: '' });
    expect([tried.code, tried.err]).toEqual([0, '']);
    for (const shown of [ADMIN.address, BRIDGE.address, '2 days', 'at most 0.']) expect(tried.out).toContain(shown);
    expect(tried.out.includes('ONE KEY ALONE WILL RULE THIS CONTRACT')).toBe(world.chainId === 42_161);
    expect(tried.out.includes('MXNB on this chain is 0xF197FFC2')).toBe(world.chainId === 42_161);
    expect(tried.last()).toMatchObject({ outcome: 'dry_run', gas: expect.any(Number) });
    expect(await nonce()).toBe(before);
  });

  test.each<[string, NodeJS.ProcessEnv, RegExp]>([
    ['the bridge wallet as admin', { args: `--admin ${BRIDGE.address}` }, /may not be ESCROW_BRIDGE_WALLET/],
    ['nobody as admin', { args: `--admin 0x${'0'.repeat(40)}` }, /Nobody has the key/],
    ['a delay of months', { args: '--admin-delay 90d' }, /A delay of 90 days would keep you/],
    ['what is no token', { MXNB_CONTRACT_ADDRESS: STRANGER.address }, /There is no token at MXNB_CONTRACT_ADDRESS/],
  ])('it refuses %s', async (_, { args = '', ...change }, why) => {
    const before = await nonce();
    const refused = await deploy(`${args} --yes --json`, change);
    expect([refused.code, await nonce()]).toEqual([1, before]);
    expect(refused.err).toMatch(why);
    expect(refused.last()).toMatchObject({ error: { code: 'refused', outcome: 'refused' } });
  });

  test('without a delay it is refused everywhere but on a local chain', async () => {
    const tried = await deploy('--admin-delay 0 --dry-run');
    expect(tried.code).toBe(world.chainId === 31_337 ? 0 : 1);
    if (world.chainId !== 31_337) expect(tried.err).toMatch(/^Without a delay, a stolen admin key/);
  });

  test.each([
    ['another pair of Juno and chain', { JUNO_ENV: 'stage' }, 2, /JUNO_ENV=stage may only be driven with chain 421614/],
    ['a key that is the bridge wallet’s', { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(BRIDGE) }, 2, /The key is that of/],
    ['no key', { ESCROW_ADMIN_PRIVATE_KEY: '' }, 2, /there is no key/],
    ['no database', { DATABASE_URL: '' }, 2, /DATABASE_URL is not set/],
    ['a database that is away', { DATABASE_URL: 'postgresql://u:hidden@127.0.0.1:9/k' }, 3, /ECONNREFUSED/],
    ['a node that is away', { ETH_RPC_URL: 'http://127.0.0.1:9' }, 3, /The chain does not answer/],
    ['a node of another chain', { CHAIN_ID: '421614', JUNO_ENV: 'stage' }, 1, /CHAIN_ID says 421614/],
    ['gas that is too dear', { WALLET_MAX_FEE_GWEI: '0' }, 2, /WALLET_MAX_FEE_GWEI/],
  ])('with %s nothing is signed', async (_, change, code, why) => {
    const before = await nonce();
    const refused = await deploy('--yes --json', change);
    expect([refused.code, await nonce()]).toEqual([code, before]);
    expect(refused.err).toMatch(why);
    expect(refused.out + refused.err).not.toContain('hidden');
    expect(refused.out + refused.err).not.toContain(ADMIN_KEY.slice(2));
  });

  test('where nobody is to be asked it needs --yes', async () => {
    const refused = await deploy();
    expect([refused.code, refused.err]).toEqual([2, 'There is nobody to ask: it needs a terminal, or --yes.']);
  });

  test('killed before it was sent, the same command deploys it once; an empty database gets its tables', async () => {
    const args = ['contract', 'deploy', '--admin', ADMIN.address, '--reason', 'for a test', '--yes', '--json'];
    const before = await nonce();
    await killedWhileSending(args, world.environment, 'before the node hears of it');
    const done = await deploy('--yes --json');
    expect([done.code, done.err]).toEqual([0, '']);
    const { address, startBlock } = done.last() as { address: `0x${string}`; startBlock: string };
    const code = await world.anvil.client.getCode({ address });
    expect([keccak256(code ?? '0x'), await nonce()]).toEqual([KUSTODIA_ESCROW_CODE_HASH, before + 1]);
    expect(done.out).toContain(`ESCROW_CONTRACT_ADDRESS=${address}\nESCROW_START_BLOCK=${startBlock}`);

    const [intent, outcome, ...rest] = await world.audited();
    expect([intent?.subject, rest]).toEqual([`contract:${world.chainId}:${address}`, []]);
    expect(intent?.detail).toMatchObject({ phase: 'intent', nonce: before });
    expect(outcome?.detail).toMatchObject({
      outcome: 'done',
      now: expect.stringContaining('code: that of this release'),
    });
    expect(JSON.stringify(await world.audited())).not.toContain(ADMIN_KEY.slice(2));
  });
});
