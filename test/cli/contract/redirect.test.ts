import { pad, toHex } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { MOCK_MXNB_ABI, MXNB_ABI } from '../../../src/chain/abi/mxnb.ts';
import { ADMIN, APPROVER, BRIDGE, privateKeyOf } from '../../../src/local/anvil.ts';
import {
  type ContractWorld,
  DELAY_S,
  deployed,
  KINDS,
  kustodia,
  NEW_BRIDGE,
  openContractWorld,
  PAUSER,
  STRANGER,
} from './support.ts';

const DAY_S = 86_400n;
/** What the reactor's settings need besides. */
const REACTOR = {
  ESCROW_PRIVATE_KEY: privateKeyOf(BRIDGE),
  JUNO_DEPOSIT_ADDRESS: STRANGER.address,
  JUNO_BASE_URL: 'http://127.0.0.1:9',
  JUNO_STAGE_API_KEY: 'key',
  JUNO_STAGE_API_SECRET: 'secret',
  KUSTODIA_KEY_SECRET: 'a secret that is long enough to be one',
};

/** One contract through the life of its approvers; what a test needs of those before it, it does itself where they did not run. */
describe.each(KINDS)('who may redirect what, on %s', (kind) => {
  let world: ContractWorld;
  let environment: NodeJS.ProcessEnv;
  let escrow: `0x${string}`;

  beforeAll(async () => {
    world = await openContractWorld(kind);
    environment = { ...(await deployed(world)), ESCROW_APPROVERS: APPROVER.address };
    escrow = environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`;
    const onToken = { address: world.token, abi: MOCK_MXNB_ABI, account: ADMIN } as const;
    await mined(
      world.anvil.client.writeContract({
        ...onToken,
        functionName: 'configureMinter',
        args: [ADMIN.address, 10n ** 12n],
      }),
    );
    await mined(
      world.anvil.client.writeContract({ ...onToken, functionName: 'mint', args: [BRIDGE.address, 10n ** 12n] }),
    );
    await mined(
      world.anvil.client.writeContract({
        ...{ address: world.token, abi: MXNB_ABI, account: BRIDGE, functionName: 'approve' },
        args: [escrow, 10n ** 12n],
      }),
    );
    await fund(1);
    expect((await contract(`grant approver ${APPROVER.address} --yes`)).code).toBe(0);
    await fund(2);
    await fund(3);
  });
  afterAll(() => world?.stop());

  const mined = async (hash: Promise<`0x${string}`>) => {
    const receipt = await world.anvil.client.waitForTransactionReceipt({ hash: await hash });
    expect(receipt.status).toBe('success');
  };
  const fund = (n: number) =>
    mined(
      world.anvil.client.writeContract({
        ...{ address: escrow, abi: KUSTODIA_ESCROW_ABI, account: BRIDGE, functionName: 'createAndFund' },
        args: [pad(toHex(n), { size: 32 }), world.token, 1_000_000n, 30n * DAY_S],
      }),
    );
  const payeeOf = async (id: bigint) =>
    (
      await world.anvil.client.readContract({
        ...{ address: escrow, abi: KUSTODIA_ESCROW_ABI, functionName: 'getEscrow', args: [id] },
      })
    ).payee;
  const contract = (args: string, change: NodeJS.ProcessEnv = {}) =>
    kustodia(['contract', ...args.split(' '), '--reason', 'for a test'], { ...environment, ...change });
  const verify = async (change: NodeJS.ProcessEnv = {}) => {
    const found = await kustodia(['contract', 'verify', '--json'], { ...environment, ...change });
    const { mismatches, ...rest } = found.last() as { mismatches: string[] } & Record<string, unknown>;
    expect(found.code).toBe(mismatches.length === 0 ? 0 : 1);
    return { mismatches, out: found.out, ...rest };
  };
  const redirect = (args: string) => contract(`redirect ${args}`, { ESCROW_ADMIN_PRIVATE_KEY: privateKeyOf(APPROVER) });
  /** Is so after it, whether or not it was before. */
  const sees = async (act: Promise<{ code: number; err: string }>) => {
    const { code, err } = await act;
    if (code !== 0) expect(err).toMatch(/^It would change nothing/);
  };
  /** The admin has named another address, and the approver is one for long enough to redirect to it. */
  const mayRedirect = async () => {
    await sees(contract(`settlement propose ${NEW_BRIDGE.address} --yes`));
    await world.pass(DELAY_S);
  };
  /** Escrows 2 and 3 pay another, and nothing is scheduled any more. */
  const redirected = async () => {
    if ((await payeeOf(2n)) === BRIDGE.address) {
      await mayRedirect();
      expect((await redirect(`${NEW_BRIDGE.address} 2-3 --yes`)).code).toBe(0);
    }
    await sees(contract('settlement cancel --yes'));
  };

  test('what is no list of open escrows, whoever is no approver, an address that the admin has not named', async () => {
    expect((await redirect(`${STRANGER.address} 3-1 --yes`)).err).toContain('ids and ranges');
    expect((await redirect(`${STRANGER.address} 1-101 --yes`)).err).toContain('At most 100 escrows');
    expect((await contract(`redirect ${STRANGER.address} 1 --yes`)).err).toContain('it has not the approver role');
    const refused = (await redirect(`${STRANGER.address} 7 --yes`)).err;
    expect(refused).toContain('is neither the settlement address nor scheduled to be');
    expect(refused).toContain('None of these escrows is open.');
  });

  test('an approver of too short a time, and escrows from before it, are told in a sentence', async () => {
    expect((await contract(`settlement propose ${NEW_BRIDGE.address} --yes`)).code).toBe(0);
    const early = await redirect(`${NEW_BRIDGE.address} 2-3 --yes`);
    expect([early.code, early.err]).toEqual([
      1,
      expect.stringMatching(`^${APPROVER.address} has been an approver since 20.* UTC only, and can redirect from 20`),
    ]);
    await mayRedirect();
    const old = await redirect(`${NEW_BRIDGE.address} 1-2 --yes`);
    expect([old.code, old.err]).toEqual([
      1,
      expect.stringMatching(
        `^${APPROVER.address} became an approver at 20.* UTC, after escrow 1 was funded, and never`,
      ),
    ]);
    expect(await payeeOf(2n)).toBe(BRIDGE.address);
  });

  test('the preview names each escrow, and the act gives each to the address that the admin has named', async () => {
    await mayRedirect();
    const tried = await redirect(`${NEW_BRIDGE.address} 2-3,7 --dry-run`);
    expect([tried.code, tried.out]).toEqual([0, expect.stringContaining(`redirect([2, 3, 7], ${NEW_BRIDGE.address})`)]);
    expect(tried.out).toContain('Passed over, for they are not open: 7.');
    expect(await payeeOf(2n)).toBe(BRIDGE.address);

    const done = await redirect(`${NEW_BRIDGE.address} 2-3 --yes --json`);
    expect([done.code, done.err]).toEqual([0, '']);
    const change = { before: BRIDGE.address, after: NEW_BRIDGE.address, now: NEW_BRIDGE.address };
    expect(done.last()).toMatchObject({
      outcome: 'done',
      changes: [
        { what: 'who is paid by escrow 2', ...change },
        { what: 'who is paid by escrow 3', ...change },
      ],
    });
    expect(await Promise.all([1n, 2n, 3n].map(payeeOf))).toEqual([
      BRIDGE.address,
      NEW_BRIDGE.address,
      NEW_BRIDGE.address,
    ]);
    const [intent] = (await world.audited()).slice(-2);
    expect(intent).toMatchObject({ command: 'contract redirect', reason: 'for a test' });
    expect(intent?.detail).toMatchObject({ phase: 'intent', call: `redirect([2, 3], ${NEW_BRIDGE.address})` });
    const again = await redirect(`${NEW_BRIDGE.address} 2-3 --yes`);
    expect([again.code, again.err]).toEqual([1, expect.stringMatching(/^It would change nothing/)]);
  });

  test('verify lists the open escrows that others are paid by, though nothing is scheduled any more', async () => {
    await redirected();
    const { mismatches, ...found } = await verify();
    expect(mismatches).toEqual([
      expect.stringMatching(`^2 open escrows pay ${NEW_BRIDGE.address}, and not ESCROW_BRIDGE_WALLET .*: 2-3\\. `),
    ]);
    expect(found).toMatchObject({
      openEscrows: 3,
      approvers: [{ address: APPROVER.address, since: expect.any(Number), afterId: '1' }],
    });
    expect(found.out).toMatch(/approver role +0x90F7\S+ \(since 20.* UTC; can redirect escrows after 1, from 20/);
  });

  test('no new money is let in while verify complains, unless each mismatch is known', async () => {
    // The token of the fork is not MXNB, which is refused before all this.
    if (world.chainId !== 31_337) return;
    await redirected();
    const accept = (more: string[] = []) =>
      kustodia(['chain', 'accept-contract', '--by', 'Ana', '--reason', 'for a test', ...more], {
        ...{ ...environment, ...REACTOR, ESCROW_ADMIN_PRIVATE_KEY: '' },
      });
    const refused = await accept();
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/^Nothing was accepted: kustodia contract/)]);
    expect(refused.out).toContain('✗ 2 open escrows pay');
    expect((await world.audited()).at(-1)?.command).not.toBe('chain accept-contract');
    expect((await accept(['--mismatches-known'])).err).toBe('');
    const [row] = (await world.audited()).slice(-1);
    expect(row).toMatchObject({
      command: 'chain accept-contract',
      detail: { known: expect.stringContaining('2 open escrows pay') },
    });
  });

  test('verify names each approver and pauser whom the settings do not name, and whom they name in vain', async () => {
    await redirected();
    await sees(contract(`grant approver ${STRANGER.address} --yes`));
    expect((await contract(`grant pauser ${STRANGER.address} --yes`)).code).toBe(0);
    const open = expect.stringMatching(/^2 open escrows pay/);
    expect((await verify()).mismatches).toEqual([
      expect.stringMatching(`^${STRANGER.address} has the approver role, and the settings do not name it`),
      expect.stringMatching(`^${STRANGER.address} has the pauser role, and is neither the admin nor named`),
      open,
    ]);
    const both = `${APPROVER.address}, ${STRANGER.address.toLowerCase()}`;
    expect((await verify({ ESCROW_APPROVERS: both, ESCROW_PAUSERS: STRANGER.address })).mismatches).toEqual([open]);
    const vain = await verify({ ESCROW_APPROVERS: `${both},${PAUSER.address}`, ESCROW_PAUSERS: PAUSER.address });
    expect(vain.mismatches).toEqual([
      expect.stringMatching(`^The settings name ${PAUSER.address} as an approver`),
      expect.stringMatching(`^${STRANGER.address} has the pauser role`),
      expect.stringMatching(`^The settings name ${PAUSER.address} as a pauser`),
      open,
    ]);
    const own = { ESCROW_APPROVERS: '', ESCROW_APPROVER: APPROVER.address };
    expect((await verify(own)).mismatches.filter((one) => one.includes('approver role'))).toHaveLength(1);
    const other = await kustodia(['contract', 'verify'], { ...environment, ESCROW_APPROVER: STRANGER.address });
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('ESCROW_APPROVERS does not name ESCROW_APPR')]);
  });

  test('the approver whom nobody can stand in for keeps the role while escrows are open, unless it is asked for', async () => {
    await redirected();
    await sees(contract(`grant approver ${STRANGER.address} --yes`));
    expect((await contract(`revoke approver ${STRANGER.address} --dry-run`)).code).toBe(0);
    const refused = await contract(`revoke approver ${APPROVER.address} --yes`);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(`^${APPROVER.address} alone can redirect 2 open escrows \\(2-3\\): the other approvers`),
    ]);
    const block = await world.anvil.client.getBlockNumber();
    const late = await contract(`revoke approver ${APPROVER.address} --yes`, { ESCROW_START_BLOCK: String(block) });
    expect([late.code, late.err]).toEqual([1, expect.stringMatching(/^It cannot be told which open escrows/)]);
    expect((await contract(`revoke approver ${APPROVER.address} --yes --give-up-redirect`)).code).toBe(0);
    expect((await verify()).mismatches).toContainEqual(
      expect.stringMatching(`^The settings name ${APPROVER.address} as an approver`),
    );
  });
});
