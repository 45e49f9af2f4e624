import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { ADMIN, APPROVER, account } from '../../../src/local/anvil.ts';
import { type Cut, killedWhileSending } from './cut.ts';
import { type ContractWorld, deployed, KINDS, kustodia, openContractWorld, PAUSER, sent } from './support.ts';

const grantTo = (address: string) => ['contract', 'grant', 'pauser', address, '--reason', 'for a test', '--yes'];

describe.each(KINDS)('an act without an outcome, on %s', (kind) => {
  let world: ContractWorld;
  let environment: NodeJS.ProcessEnv;
  /** One for each test, so that none has the role already. */
  let next = 20;
  let holder: string;

  beforeAll(async () => {
    world = await openContractWorld(kind);
    environment = await deployed(world);
  });
  afterAll(() => world?.stop());
  beforeEach(() => {
    holder = account(next++).address;
  });

  const nonce = () => world.anvil.client.getTransactionCount({ address: ADMIN.address });
  const isPauser = async () =>
    world.anvil.client.readContract({
      address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`,
      abi: KUSTODIA_ESCROW_ABI,
      functionName: 'hasRole',
      args: [
        await world.anvil.client.readContract({
          address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`,
          abi: KUSTODIA_ESCROW_ABI,
          functionName: 'PAUSER_ROLE',
        }),
        holder as `0x${string}`,
      ],
    });
  /** The last rows of the audit log: what was signed and how it ended. */
  const told = async (count: number) =>
    (await world.audited()).slice(-count).map(({ detail }) => detail['outcome'] ?? detail['phase']);
  /** The node takes transactions and mines none, until `mine`. */
  const holdBack = () => world.anvil.client.setAutomine(false);
  const mine = async () => {
    await world.anvil.client.setAutomine(true);
    await world.anvil.client.mine({ blocks: 1 });
  };

  test.each<Cut>(['before the node hears of it', 'after the node took it'])(
    'a process killed %s: the same command finishes it, with the same nonce',
    async (cut) => {
      const before = await nonce();
      await killedWhileSending(grantTo(holder), environment, cut);
      const [intent] = (await world.audited()).slice(-1);
      expect(intent?.detail).toMatchObject({ phase: 'intent', nonce: before });

      const again = await kustodia([...grantTo(holder), '--json'], environment);
      expect([again.code, again.err]).toEqual([0, '']);
      expect(again.out).toContain(cut === 'after the node took it' ? 'Earlier: done in block' : 'unknown to the node');
      expect(again.last()).toMatchObject({ outcome: 'done', hash: intent?.detail['hash'] });
      expect([await nonce(), await isPauser(), await told(2)]).toEqual([before + 1, true, ['intent', 'done']]);
    },
  );

  test('no block in time is unknown: nothing else is signed until it is known', async () => {
    const before = await nonce();
    await holdBack();
    const first = await kustodia([...grantTo(holder), '--wait', '1', '--json'], environment);
    expect([first.code, first.err]).toEqual([1, expect.stringMatching(/^Unknown: after 1 s no block has 0x/)]);
    const hash = (first.last()['error'] as { hash: string }).hash;
    expect(first.last()).toMatchObject({ error: { outcome: 'unknown', nonce: before } });

    const pause = ['contract', 'pause', '--reason', 'for a test', '--yes', '--wait', '1'];
    const other = await kustodia(pause, environment);
    expect([other.code, other.err]).toEqual([1, expect.stringContaining(`what becomes of contract grant (${hash})`)]);
    expect(await told(1)).toEqual(['intent']);

    await mine();
    const again = await kustodia([...grantTo(holder), '--json'], environment);
    expect([again.code, again.last()]).toMatchObject([0, { outcome: 'done', hash }]);
    expect([await nonce(), await told(2)]).toEqual([before + 1, ['intent', 'done']]);
  });

  test('another command finds what was mined meanwhile, says so, and goes on', async () => {
    await killedWhileSending(grantTo(holder), environment, 'after the node took it');
    const other = await kustodia(['contract', 'pause', '--reason', 'for a test', '--yes'], environment);
    expect([other.code, other.out]).toEqual([0, expect.stringContaining(`Earlier: done in block`)]);
    expect(await told(4)).toEqual(['intent', 'done', 'intent', 'done']);
    expect((await kustodia(['contract', 'unpause', '--reason', 'for a test', '--yes'], environment)).code).toBe(0);
  });

  test('--replace takes its nonce with a higher fee: one of the two happens', async () => {
    const before = await nonce();
    await holdBack();
    await kustodia([...grantTo(holder), '--wait', '1'], environment);
    const pause = ['contract', 'pause', '--reason', 'for a test', '--yes', '--replace', '--wait', '1'];
    expect((await kustodia(pause, environment)).err).toMatch(/^Unknown: after 1 s/);
    expect(await told(2)).toEqual(['intent', 'intent']);
    await mine();
    const again = await kustodia([...pause, '--json'], environment);
    expect([again.code, again.err]).toEqual([0, '']);
    expect([await nonce(), await isPauser()]).toEqual([before + 1, false]);
    expect((await told(4)).toSorted()).toEqual(['done', 'intent', 'intent', 'replaced']);
    expect((await kustodia(['contract', 'unpause', '--reason', 'for a test', '--yes'], environment)).code).toBe(0);
  });

  test('a nonce that something else used: the act never happened, and is signed anew', async () => {
    await killedWhileSending(grantTo(holder), environment, 'before the node hears of it');
    await world.anvil.client.sendTransaction({ account: ADMIN, to: APPROVER.address, value: 1n });
    const again = await kustodia([...grantTo(holder), '--json'], environment);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining('Earlier: never to happen')]);
    expect([await isPauser(), await told(4)]).toEqual([true, ['intent', 'replaced', 'intent', 'done']]);
  });

  test('an act that the contract refuses in its block has changed nothing, and says so', async () => {
    const pause = ['contract', 'pause', '--reason', 'for a test', '--yes'];
    const escrow = { address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`, abi: KUSTODIA_ESCROW_ABI };
    const { client } = world.anvil;
    expect((await kustodia(grantTo(PAUSER.address), environment)).code).toBe(0);
    await holdBack();
    const second = kustodia([...pause, '--json'], environment);
    // Of two in one block the dearer is first: somebody else pauses before the act gets there.
    await waitForPending(client, ADMIN.address);
    const dear = { gas: 100_000n, maxFeePerGas: 2n * 10n ** 11n, maxPriorityFeePerGas: 10n ** 11n };
    await client.writeContract({ ...escrow, ...dear, account: PAUSER, functionName: 'pause' });
    await mine();
    expect(await second).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^The contract refused it in block \d+ /),
    });
    expect(await told(2)).toEqual(['intent', 'reverted']);
    expect((await kustodia(pause, environment)).err).toContain('It would change nothing');
    expect((await kustodia(['contract', 'unpause', ...pause.slice(2)], environment)).code).toBe(0);
    expect(
      (await kustodia(['contract', 'revoke', 'pauser', PAUSER.address, ...pause.slice(2)], environment)).code,
    ).toBe(0);
  });

  test('while a transaction waits that was not made here, nothing is signed', async () => {
    await holdBack();
    await world.anvil.client.sendTransaction({ account: ADMIN, to: APPROVER.address, value: 1n });
    const refused = await kustodia([...grantTo(holder), '--wait', '1'], environment);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('1 transactions of 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 that were not made here'),
    ]);
    await mine();
    expect((await kustodia(grantTo(holder), environment)).code).toBe(0);
  });

  test('two at once: one of them signs, the other sends nothing', async () => {
    const before = await nonce();
    const { length } = sent(await world.audited());
    await holdBack();
    const both = await Promise.all(
      [holder, account(next++).address].map((one) => kustodia([...grantTo(one), '--wait', '1'], environment)),
    );
    expect(both.map(({ code }) => code)).toEqual([1, 1]);
    expect(sent(await world.audited())).toHaveLength(length + 1);
    await mine();
    // Whichever signed is finished by its own command; the other then goes on as ever.
    expect((await kustodia(grantTo(holder), environment)).code).toBe(0);
    expect([await nonce(), await isPauser()]).toEqual([expect.toBeOneOf([before + 1, before + 2]), true]);
  });

  // Last, for the key signs nothing here afterwards.
  test('a chain that was set back: what the audit log has as used is not signed again', async () => {
    const id = await world.anvil.client.snapshot();
    expect((await kustodia(grantTo(holder), environment)).code).toBe(0);
    await world.anvil.client.revert({ id });
    const refused = await kustodia(grantTo(holder), environment);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('another command was quicker, or the chain’s node is behind'),
    ]);
    expect(await isPauser()).toBe(false);
  });
});

/** Until the node holds a transaction of an account that no block has. */
async function waitForPending(client: ContractWorld['anvil']['client'], address: `0x${string}`): Promise<void> {
  await expect
    .poll(async () => {
      const count = (blockTag: 'pending' | 'latest') => client.getTransactionCount({ address, blockTag });
      return (await count('pending')) - (await count('latest'));
    })
    .toBe(1);
}
