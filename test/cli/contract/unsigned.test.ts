import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { KUSTODIA_ESCROW_ABI } from '../../../src/chain/abi/kustodiaEscrow.ts';
import { privateKeyOf } from '../../../src/local/anvil.ts';
import {
  ADMIN_KEY,
  type ContractWorld,
  DELAY_S,
  deployed,
  deployToken,
  KINDS,
  kustodia,
  openContractWorld,
  STRANGER,
} from './support.ts';

describe.each(KINDS)('without a key here, on %s', (kind) => {
  let world: ContractWorld;
  let environment: NodeJS.ProcessEnv;
  /** An account with code, as a multisig is. */
  let multisig: `0x${string}`;

  beforeAll(async () => {
    world = await openContractWorld(kind);
    environment = { ...(await deployed(world)), ESCROW_ADMIN_PRIVATE_KEY: '', DATABASE_URL: '' };
    multisig = getAddress(await deployToken(world.anvil));
    await world.anvil.client.impersonateAccount({ address: multisig });
    await world.anvil.client.setBalance({ address: multisig, value: 10n ** 18n });
  });
  afterAll(() => world?.stop());

  const contract = (args: string, change: NodeJS.ProcessEnv = {}) =>
    kustodia(['contract', ...args.split(' '), '--reason', 'for a test'], { ...environment, ...change });
  type Unsigned = { to: `0x${string}`; value: string; data: `0x${string}`; safe: { transactions: unknown[] } };

  test('--unsigned hands the contract over to a multisig, which then pauses: each as it was printed', async () => {
    const { client } = world.anvil;
    const begun = await kustodia(['contract', 'admin', 'begin', multisig, '--reason', 'for a test', '--yes'], {
      ...environment,
      ESCROW_ADMIN_PRIVATE_KEY: ADMIN_KEY,
      DATABASE_URL: world.environment['DATABASE_URL'],
    });
    expect([begun.code, begun.out.includes('should be a multisig')]).toEqual([0, false]);
    await world.pass(DELAY_S + 1);
    for (const args of ['admin accept', `grant pauser ${multisig}`, 'pause']) {
      const printed = await contract(`${args} --unsigned --json`);
      expect([printed.code, printed.err]).toEqual([0, '']);
      expect(printed.out).toContain('Nothing was signed or sent (--unsigned).');
      const { to, value, data, safe } = printed.last() as Unsigned;
      expect(safe).toMatchObject({
        version: '1.0',
        chainId: String(world.chainId),
        transactions: [{ to, value, data }],
      });
      await client.sendTransaction({ account: multisig, to, value: BigInt(value), data });
    }
    const escrow = { address: environment['ESCROW_CONTRACT_ADDRESS'] as `0x${string}`, abi: KUSTODIA_ESCROW_ABI };
    expect(await client.readContract({ ...escrow, functionName: 'defaultAdmin' })).toBe(multisig);
    expect(await client.readContract({ ...escrow, functionName: 'paused' })).toBe(true);
  });

  test('whoever may not is refused here already', async () => {
    const refused = await contract(`unpause --unsigned --from ${STRANGER.address}`);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('only the admin may')]);
    expect(refused.out).not.toContain('data ');
  });

  test('to send it takes a key, in one place, and never as an argument', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kustodia-key-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [file, empty] = [join(folder, 'key'), join(folder, 'empty')];
    await Promise.all([writeFile(file, `${privateKeyOf(STRANGER)}\n`, { mode: 0o600 }), writeFile(empty, 'no key')]);

    expect((await contract('pause --yes')).err).toContain('There is no key to sign with');
    expect((await contract(`pause --yes --key-file ${file}`)).err).toContain('DATABASE_URL is not set');
    expect((await contract(`pause --dry-run --key-file ${file}`)).out).toContain(`who calls  ${STRANGER.address}`);
    expect((await contract(`pause --yes --key-file ${empty}`)).err).toContain('holds no 32-byte hex key');
    const both = await contract(`pause --yes --key-file ${file}`, { ESCROW_ADMIN_PRIVATE_KEY: ADMIN_KEY });
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('not both')]);
    const asArgument = await contract(`pause --yes --key-file ${ADMIN_KEY} --json`);
    expect([asArgument.code, asArgument.err]).toEqual([2, expect.stringContaining('never the key')]);
    expect(asArgument.out + asArgument.err).not.toContain(ADMIN_KEY);
    const wrong = await contract('pause --yes --json', { ESCROW_ADMIN_PRIVATE_KEY: ADMIN_KEY.slice(0, -1) });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('ESCROW_ADMIN_PRIVATE_KEY: is not a 32-byte')]);
    expect(wrong.out + wrong.err).not.toContain(ADMIN_KEY.slice(2, -1));
  });

  test('a mistyped address is seen by its checksum; a reason is needed', async () => {
    const address = STRANGER.address.replace(/[a-f]/, (letter) => letter.toUpperCase());
    expect((await contract(`grant pauser ${address} --dry-run`)).err).toContain('a digit is wrong');
    const args = ['contract', 'pause', '--dry-run'];
    expect(await kustodia(args, environment)).toMatchObject({ code: 2, err: expect.stringContaining('--reason') });
  });
});
