/** What goes wrong at Juno and on the chain of a live world, made to go wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Abi, concat, type Hex, keccak256, pad, parseGwei, walletActions } from 'viem';
import { foundry } from 'viem/chains';
import { expect, vi } from 'vitest';
import { readArtifact } from '../../contracts/scripts/build.ts';
import { KUSTODIA_ESCROW_ABI } from '../../src/chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../../src/chain/abi/mxnb.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { readTransfer } from '../../src/chain/logs.ts';
import { run } from '../../src/cli/run.ts';
import { ADMIN, account, BRIDGE, privateKeyOf } from '../../src/local/anvil.ts';
import type { World } from '../../src/local/world.ts';

/** The bridge wallet that comes after today's. */
export const NEXT = account(7);
const STRANGER = account(8);
const PATIENCE = { timeout: 90_000, interval: 100 };
/** More than FINALITY_POLICY asks for at any amount here. */
const DEEP = 70;
/** In which the reactor looks at its contracts once more. */
const LOOK_MS = 3_000;

export function mishapsOf(world: World) {
  const client = world.anvil.client.extend(walletActions);
  const { escrow, token } = world.contracts;
  const chain = foundry;
  const ask = (method: string, ...params: unknown[]) => client.request({ method, params } as never);
  const send = async (from: typeof ADMIN, call: { address: Hex; abi: Abi; functionName: string; args: unknown[] }) => {
    const hash = await client.writeContract({ ...call, account: from, chain } as never);
    const { status } = await client.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new Error(`${call.functionName} was reverted`);
    return hash;
  };
  const act = (from: typeof ADMIN, functionName: string, ...args: unknown[]): Promise<Hex> =>
    send(from, { address: escrow, abi: KUSTODIA_ESCROW_ABI, functionName, args });
  const legOf = async (paymentId: string) => {
    const { legs } = (await world.api.call(`/payments/${paymentId}`)) as {
      legs: { id: string; state: string; escrow: { id: string | null } }[];
    };
    const [leg] = legs;
    if (!leg) throw new Error('it has no leg');
    return leg;
  };

  return {
    legOf,
    /** A block a second, as ever. */
    bury: () => ask('anvil_mine', `0x${DEEP.toString(16)}`, '0x1'),
    until: (paymentId: string, ...states: string[]) =>
      vi.waitFor(async () => {
        const { state } = await legOf(paymentId);
        if (!states.includes(state)) throw new Error(`payment ${paymentId} is ${state}`);
      }, PATIENCE),
    /** Lets the next transaction of a wallet lose its nonce to another of the same key, which is answered. */
    robNonce: async (wallet: typeof NEXT, go: () => Promise<unknown>): Promise<Hex> => {
      await ask('evm_setIntervalMining', 0);
      const nonce = await client.getTransactionCount({ address: wallet.address });
      await go();
      const found = await vi.waitFor(async () => {
        const pool = (await ask('txpool_content')) as { pending: Record<string, Record<string, { hash: Hex }>> };
        const sent = Object.entries(pool.pending).find(([from]) => from.toLowerCase() === wallet.address.toLowerCase());
        const one = sent?.[1][nonce];
        if (!one) throw new Error('nothing was signed');
        return one;
      }, PATIENCE);
      await ask('anvil_dropTransaction', found.hash);
      const hash = await client.sendTransaction({
        ...{ account: wallet, chain, to: STRANGER.address, value: 1n, nonce, gas: 21_000n },
        ...{ maxFeePerGas: parseGwei('90'), maxPriorityFeePerGas: parseGwei('9') },
      });
      await ask('anvil_mine', `0x${DEEP.toString(16)}`);
      await ask('evm_setIntervalMining', 1);
      return hash;
    },
    /** As a reorganisation that took the approval out would leave it. The allowances are the second variable of OpenZeppelin's ERC20. */
    forgetAllowance: (): Promise<unknown> => {
      const slotIn = (key: Hex, slot: Hex) => keccak256(concat([pad(key), slot]));
      const slot = slotIn(escrow, slotIn(BRIDGE.address, pad('0x1')));
      return ask('anvil_setStorageAt', token, slot, pad('0x0'));
    },
    /** From now on MXNB writes a note before each Transfer of a `transfer`, as after an upgrade of it. */
    makeTalkative: async (): Promise<void> => {
      const args = [ADMIN.address, ADMIN.address, ADMIN.address];
      const hash = await client.deployContract({ ...readArtifact('TalkativeMXNB'), account: ADMIN, chain, args });
      const { contractAddress } = await client.waitForTransactionReceipt({ hash });
      await ask('anvil_setCode', token, await client.getCode({ address: contractAddress ?? '0x' }));
    },
    /** Another key with the bridge's role ends them in one transaction; which logs moved MXNB out of the contract, in this order. */
    endTogether: async (ids: readonly bigint[]): Promise<Readonly<{ hash: Hex; logs: readonly number[] }>> => {
      const hash = await act(NEXT, 'releaseBatch', ids);
      const { logs } = await client.getTransactionReceipt({ hash });
      const outs = logs.filter((log) => readTransfer(token, log)?.from.toLowerCase() === escrow.toLowerCase());
      if (outs.length !== ids.length) throw new Error(`${outs.length} of ${ids.length} escrows ended in ${hash}`);
      return { hash, logs: outs.map(({ logIndex }) => logIndex) };
    },
    /** The next wallet gets the bridge's role beside today's. */
    admit: () => act(ADMIN, 'grantRole', ROLE_IDS.bridge, NEXT.address),
    /** The money of today's wallet goes to the next one, which takes its place; the transaction that moved it. */
    moveOn: async (settings: Record<string, string>, indexerSettings: Record<string, string>): Promise<Hex> => {
      await act(ADMIN, 'scheduleSettlement', NEXT.address);
      await ask('anvil_mine', '0x5');
      await act(ADMIN, 'applySettlement');
      const [reactor] = world.reactors();
      await reactor?.stop();
      const mxnb = { address: token, abi: MXNB_ABI as Abi };
      const value = await client.readContract({ ...mxnb, functionName: 'balanceOf', args: [BRIDGE.address] } as never);
      const hash = await send(BRIDGE, { ...mxnb, functionName: 'transfer', args: [NEXT.address, value] });
      const wallets = { ESCROW_BRIDGE_WALLET: NEXT.address, ESCROW_BRIDGE_WALLETS_BEFORE: BRIDGE.address };
      Object.assign(settings, wallets, { ESCROW_PRIVATE_KEY: privateKeyOf(NEXT) });
      Object.assign(indexerSettings, wallets);
      await world.restartIndexer();
      await act(ADMIN, 'revokeRole', ROLE_IDS.bridge, BRIDGE.address);
      return hash;
    },
    /** As its admin does after a change that is known, once the reactor has seen it and stopped; again if it was just then looking. */
    accept: async (environment: NodeJS.ProcessEnv): Promise<void> => {
      const isStopped = async () => {
        const path = `/guards/switches/contract:${escrow.toLowerCase()}`;
        return ((await world.api.call(path)) as { isStopped: boolean }).isStopped;
      };
      await vi.waitFor(async () => expect(await isStopped()).toBe(true), PATIENCE);
      await vi.waitFor(async () => {
        const said: string[] = [];
        const out = (line: string) => void said.push(line);
        const args = ['--by', 'Ada Administradora', '--reason', 'it is tried', '--mismatches-known'];
        const code = await run(['chain', 'accept-contract', ...args], environment, { out, err: out });
        if (code !== 0) throw new Error(said.join('\n'));
        await delay(LOOK_MS);
        expect(await isStopped()).toBe(false);
      }, PATIENCE);
    },
  };
}
