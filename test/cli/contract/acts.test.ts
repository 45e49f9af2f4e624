import { keccak256, parseAbi, toFunctionSelector, toHex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { openContractDoor } from '../../../src/chain/contract/door.ts';
import { ADMIN, APPROVER, BRIDGE, privateKeyOf } from '../../../src/local/anvil.ts';
import {
  type ContractWorld,
  DELAY_S,
  deployed,
  deployToken,
  KINDS,
  kustodia,
  NEW_ADMIN,
  NEW_BRIDGE,
  openContractWorld,
  PAUSER,
  STRANGER,
} from './support.ts';

describe.each(KINDS)('on %s', (kind) => {
  let world: ContractWorld;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    world = await openContractWorld(kind);
    environment = await deployed(world);
  });
  afterAll(() => world?.stop());

  const contract = (args: string, change: NodeJS.ProcessEnv = {}) =>
    kustodia(['contract', ...args.split(' '), '--reason', 'for a test'], { ...environment, ...change });
  const read = (functionName: 'paused' | 'settlement' | 'defaultAdmin') =>
    world.anvil.client.readContract({
      address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`,
      abi: KUSTODIA_ESCROW_ABI,
      functionName,
    });
  const hasRole = (role: string, address: `0x${string}`) =>
    world.anvil.client.readContract({
      address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`,
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'hasRole',
      args: [keccak256(toHex(role)), address],
    });
  /** Whoever is the admin by now. */
  const holder = async () => {
    const address = await read('defaultAdmin');
    return [ADMIN, NEW_ADMIN].find((one) => one.address === address) ?? ADMIN;
  };
  const nonce = () => world.anvil.client.getTransactionCount({ address: ADMIN.address });

  test('grant: a preview, a dry run that sends nothing, the act itself, and not twice', async () => {
    const before = await nonce();
    const tried = await contract(`grant approver ${APPROVER.address} --dry-run --json`);
    expect([tried.code, tried.err]).toEqual([0, '']);
    expect(tried.out).toContain(`grantRole(APPROVER_ROLE, ${APPROVER.address})`);
    expect(tried.out).toMatch(/who calls +0xf39F.*\n.*\n.*\nresult +succeeds, as the chain is now\ngas +about \d+ at /);
    expect(tried.out).toContain('Nothing was signed or sent (--dry-run).');
    expect(tried.last()).toMatchObject({
      outcome: 'dry_run',
      chainId: world.chainId,
      changes: [{ what: `approver role of ${APPROVER.address}`, before: 'no', after: 'yes' }],
    });
    expect([await nonce(), await hasRole('APPROVER_ROLE', APPROVER.address)]).toEqual([before, false]);

    const done = await contract(`grant approver ${APPROVER.address} --yes --json --by Ana`);
    expect([done.code, done.err]).toEqual([0, '']);
    expect(done.last()).toMatchObject({ outcome: 'done', changes: [{ before: 'no', after: 'yes', now: 'yes' }] });
    expect(await hasRole('APPROVER_ROLE', APPROVER.address)).toBe(true);
    const [intent, outcome] = (await world.audited()).slice(-2);
    expect(intent).toMatchObject({ actor: 'Ana (command line)', command: 'contract grant', reason: 'for a test' });
    expect(intent?.detail).toMatchObject({
      phase: 'intent',
      hash: done.last()['hash'],
      call: `grantRole(APPROVER_ROLE, ${APPROVER.address})`,
    });
    expect(outcome?.detail).toMatchObject({ phase: 'outcome', outcome: 'done', hash: done.last()['hash'] });
    expect(outcome?.detail['now']).toBe(`approver role of ${APPROVER.address}: yes`);

    const again = await contract(`grant approver ${APPROVER.address} --yes --json`);
    expect([again.code, again.err]).toEqual([
      1,
      `It would change nothing: approver role of ${APPROVER.address} is yes.`,
    ]);
    expect(await nonce()).toBe(before + 1);
  });

  test.each([
    ['the approver role to the bridge wallet', `grant approver ${BRIDGE.address}`, /is the bridge wallet/],
    ['the bridge role to the approver', `grant bridge ${APPROVER.address}`, /has the approver role/],
    ['the bridge role to the admin', `grant bridge ${ADMIN.address}`, /is the admin/],
    ['a role to nobody', `grant pauser 0x${'0'.repeat(40)}`, /Nobody has the key/],
  ])('grant refuses %s', async (_, args, why) => {
    // Has it already, if the tests before ran.
    await contract(`grant approver ${APPROVER.address} --yes`);
    const before = await nonce();
    const refused = await contract(`${args} --yes`);
    expect([refused.code, await nonce()]).toEqual([1, before]);
    expect(refused.err).toMatch(why);
  });

  test('the bridge key is rotated: the last one stays until another has the role, or it is asked for', async () => {
    const last = await contract(`revoke bridge ${BRIDGE.address} --yes`);
    expect([last.code, last.err]).toEqual([1, expect.stringContaining('is the last with the bridge role')]);

    expect((await contract(`grant bridge ${NEW_BRIDGE.address} --yes`)).code).toBe(0);
    const revoked = await contract(`revoke bridge ${BRIDGE.address} --yes`);
    expect([revoked.code, revoked.out]).toEqual([0, expect.stringContaining('is ESCROW_BRIDGE_WALLET: reactors')]);
    expect(await hasRole('BRIDGE_ROLE', BRIDGE.address)).toBe(false);

    expect((await contract(`revoke bridge ${NEW_BRIDGE.address} --yes`)).code).toBe(1);
    expect((await contract(`revoke bridge ${NEW_BRIDGE.address} --yes --leave-none`)).code).toBe(0);
    expect(await hasRole('BRIDGE_ROLE', NEW_BRIDGE.address)).toBe(false);
    expect((await contract(`grant bridge ${BRIDGE.address} --yes`)).code).toBe(0);
  });

  test('pause by a pauser, unpause by the admin alone', async () => {
    expect((await contract(`grant pauser ${PAUSER.address} --yes`)).code).toBe(0);
    const pauser = { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(PAUSER) };
    const stranger = await contract('pause --yes', { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(STRANGER) });
    expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining('it has not the pauser role')]);

    const paused = await contract('pause --yes', pauser);
    expect([paused.code, await read('paused')]).toEqual([0, true]);
    expect((await contract('pause --yes', pauser)).err).toContain('It would change nothing: new escrows is stopped.');
    const unpaused = await contract('unpause --yes', pauser);
    expect([unpaused.code, unpaused.err]).toEqual([1, expect.stringContaining(`which is ${ADMIN.address}`)]);
    expect([(await contract('unpause --yes')).code, await read('paused')]).toEqual([0, false]);
    expect((await contract(`revoke pauser ${PAUSER.address} --yes`)).code).toBe(0);
  });

  test('a token is allowed and disallowed; what is no MXNB is refused', async () => {
    const other = await deployToken(world.anvil);
    expect((await contract(`token allow ${other} --yes`)).code).toBe(0);
    expect((await contract(`token disallow ${other} --yes`)).code).toBe(0);
    expect((await contract(`token disallow ${other} --yes`)).code).toBe(1);
    const none = await contract(`token allow ${STRANGER.address} --yes`);
    expect([none.code, none.err]).toEqual([1, `There is no token at ${STRANGER.address}.`]);
    expect((await contract('token allow --yes')).err).toContain(`It would change nothing: token`);
  });

  test('the settlement address: proposed, called off, proposed, too early, applied', async () => {
    expect((await contract('settlement apply --yes')).code).toBe(1);
    expect((await contract('settlement cancel --yes')).code).toBe(1);
    expect((await contract(`settlement propose ${BRIDGE.address} --yes`)).err).toContain('is the settlement address');

    const proposed = await contract(`settlement propose ${NEW_BRIDGE.address} --yes`);
    expect([proposed.code, proposed.out]).toEqual([0, expect.stringContaining('2 days from now the admin can')]);
    expect((await contract('settlement cancel --yes')).code).toBe(0);
    expect((await contract(`settlement propose ${NEW_BRIDGE.address} --yes`)).code).toBe(0);
    const early = await contract('settlement apply --yes');
    expect([early.code, early.err]).toEqual([1, expect.stringMatching(/^It is too early: .* UTC, the chain has /)]);

    await world.pass(DELAY_S);
    expect((await contract('settlement apply --yes')).code).toBe(0);
    expect(await read('settlement')).toBe(NEW_BRIDGE.address);
  });

  test('the admin role is handed over in two steps, and can be called off between them', async () => {
    expect((await contract(`admin begin ${BRIDGE.address} --yes`)).err).toContain('is the bridge wallet');
    expect((await contract(`admin begin ${ADMIN.address} --yes`)).err).toContain('is the admin');
    const next = { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(NEW_ADMIN) };
    expect((await contract('admin accept --yes', next)).err).toContain('No hand-over of the admin role is under way');
    expect((await contract('admin cancel --yes')).code).toBe(1);

    expect((await contract(`admin begin ${NEW_ADMIN.address} --yes`)).code).toBe(0);
    expect((await contract('admin cancel --yes')).code).toBe(0);
    const begun = await contract(`admin begin ${NEW_ADMIN.address} --yes`);
    expect([begun.code, begun.out]).toEqual([0, expect.stringContaining('can accept, with its own key')]);
    expect(begun.out.includes('should be a multisig')).toBe(world.chainId === 42_161);

    expect((await contract('admin accept --yes')).err).toContain(`which is ${NEW_ADMIN.address}`);
    expect((await contract('admin accept --yes', next)).err).toMatch(/^It is too early/);
    await world.pass(DELAY_S + 1);
    const accepted = await contract('admin accept --yes', next);
    expect([accepted.code, await read('defaultAdmin')]).toEqual([0, NEW_ADMIN.address]);
    expect(accepted.out).toContain(`kustodia contract revoke pauser ${ADMIN.address}`);
    expect((await contract('unpause --yes')).err).toContain(`which is ${NEW_ADMIN.address}`);
  });

  test('what the contract itself would refuse is told in its own words', async () => {
    const door = openContractDoor({ rpcUrl: world.anvil.url });
    const to = environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`;
    expect(await door.simulate({ from: STRANGER.address, to, data: toFunctionSelector('applySettlement()') })).toEqual({
      refused: `AccessControlUnauthorizedAccount(${STRANGER.address}, 0x${'0'.repeat(64)})`,
    });
  });

  test('the chain that was forked has nothing of it', async () => {
    if (world.upstream === world.anvil) return;
    const address = environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`;
    expect(await world.upstream.client.getCode({ address })).toBeUndefined();
  });

  test('admin delay cancel: another delay that is scheduled is called off, once', async () => {
    const { client } = world.anvil;
    await client.writeContract({
      ...{ address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`, abi: KUSTODIA_ESCROW_ABI },
      ...{ account: await holder(), functionName: 'changeDefaultAdminDelay', args: [0] },
    });
    const key = privateKeyOf(await holder());
    const tried = await contract('admin delay cancel --dry-run --json', { ESCROW_ADMIN_PRIVATE_KEY: key });
    expect([tried.code, tried.out]).toEqual([0, expect.stringContaining('rollbackDefaultAdminDelay()')]);
    expect(tried.last()['changes']).toEqual([
      { what: 'admin’s delay that is scheduled', before: '0 seconds', after: 'none' },
    ]);
    const done = await contract('admin delay cancel --yes --json', { ESCROW_ADMIN_PRIVATE_KEY: key });
    expect([done.err, done.code]).toEqual(['', 0]);
    const again = await contract('admin delay cancel --yes', { ESCROW_ADMIN_PRIVATE_KEY: key });
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('It would change nothing')]);
  });

  test('rescue: what no escrow holds is moved, and not more', async () => {
    const { client } = world.anvil;
    const escrow = environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`;
    const key = privateKeyOf(await holder());
    const mock = parseAbi(['function configureMinter(address, uint256)', 'function mint(address, uint256)']);
    const token = { address: world.token, abi: mock, account: ADMIN } as const;
    await client.writeContract({ ...token, functionName: 'configureMinter', args: [ADMIN.address, 1_500_000n] });
    await client.writeContract({ ...token, functionName: 'mint', args: [escrow, 1_500_000n] });
    const rescue = (rest: string) =>
      contract(`rescue ${STRANGER.address} --amount ${rest}`, { ESCROW_ADMIN_PRIVATE_KEY: key });
    const over = await rescue('1.6 --yes');
    expect([over.code, over.err]).toEqual([1, expect.stringContaining('Only 1.5 MXNB belong to no escrow')]);
    const tried = await rescue('1 --dry-run');
    expect([tried.code, tried.out]).toEqual([0, expect.stringContaining(`${STRANGER.address}, 1000000)`)]);
    const done = await rescue('1 --yes --json');
    expect([done.err, done.code]).toEqual(['', 0]);
    const found = await kustodia(['contract', 'verify', '--json'], environment);
    expect(found.last()['token']).toMatchObject({ escrowed: '0', balance: '500000' });
  });
});
