import type { Hex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { expect } from 'vitest';
import { KUSTODIA_ESCROW_ABI as abi } from '../../src/chain/abi/kustodiaEscrow.ts';
import { ROLE_IDS } from '../../src/chain/contract/roles.ts';
import { acceptContract, pinContract } from '../../src/reactor/guards/breaker.ts';
import { checkContracts } from '../../src/reactor/guards/contract.ts';
import { ADMIN, MNEMONIC, STRANGER } from '../indexer/escrows.ts';
import { bring } from './scenario.ts';
import type { FinalityWorld } from './world.ts';

export const APPROVER = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
/** Another key with the bridge’s role: what the bridge’s own signs elsewhere stops its lane. */
export const OTHER = mnemonicToAccount(MNEMONIC, { addressIndex: 5 });

const MOST_TURNS = 40;

/** What others than the reactor do with its contract: the admin, an approver, somebody else with the bridge’s role. */
export async function actsOn(world: FinalityWorld) {
  const { client } = world.anvil;
  await checkContracts(world.db, world.chain, world.settings);

  async function act(
    account: typeof ADMIN,
    functionName: string,
    args: readonly unknown[],
    gas?: bigint,
  ): Promise<Hex> {
    const { escrow: address } = world.contracts;
    const hash = await client.writeContract({ address, abi, account, functionName, args, gas } as never);
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`${functionName} was reverted`);
    return hash;
  }
  await act(ADMIN, 'grantRole', [ROLE_IDS.approver, APPROVER.address]);
  await act(ADMIN, 'grantRole', [ROLE_IDS.bridge, OTHER.address]);

  const escrowOf = async ({ paymentId }: { paymentId: string }) => {
    const { escrowId, reference } = await world.legOf(paymentId);
    if (escrowId === null) throw new Error('it has no escrow');
    return { escrowId, reference };
  };
  /** In custody, and due by the chain's clock. */
  const inCustody = async () => {
    const held = await bring(world, 'funding', true);
    await world.stopMoney(false);
    await client.mine({ blocks: 1, interval: 5 });
    return held;
  };
  return {
    act,
    escrowOf,
    inCustody,
    /** In custody for a minute, over an amount that tells it from others, with its escrow. */
    funded: async (amount: bigint) => {
      const held = { ...(await world.givePayment({ amount, custodySeconds: 60 })), amount };
      await world.until(held.paymentId, 'in_custody');
      return { ...held, ...(await escrowOf(held)) };
    },
    /** Turns until the payment is paid, or waits for a person; no more of them than a journey takes. */
    comesTo: async ({ paymentId }: { paymentId: string }, end: 'completed' | 'escrow_paid_another'): Promise<void> => {
      for (let turn = 0; turn < MOST_TURNS; turn++) {
        await world.turn(paymentId);
        const { state, attentionCode } = await world.legOf(paymentId);
        if (state === end || attentionCode === end) return;
      }
      const { state, attentionCode, attentionText } = await world.legOf(paymentId);
      expect(`${state} ${attentionCode} ${attentionText}`).toBe(end);
    },
    /** Lets the escrow of a payment pay an address. */
    redirect: async (held: { paymentId: string }, address: Hex): Promise<void> => {
      const { escrowId } = await escrowOf(held);
      await act(ADMIN, 'scheduleSettlement', [address]);
      await act(APPROVER, 'redirect', [[escrowId], address]);
    },
    /** Puts another settlement address in force: new escrows pay it. */
    settle: async (address: Hex): Promise<void> => {
      await act(ADMIN, 'scheduleSettlement', [address]);
      await client.mine({ blocks: 1, interval: 5 });
      await act(ADMIN, 'applySettlement', []);
    },
    /** As `kustodia chain accept-contract` does. */
    accept: async (): Promise<void> => {
      const { chain, db, settings } = world;
      const { identity } = await chain.escrow.check(settings.bridge);
      const block = await chain.blockNumber();
      await db.transaction(async (tx) => {
        await pinContract(tx, settings.chainId, settings.escrow, { identity, block });
        await acceptContract(tx, settings.escrow);
      });
    },
    stolen: () => world.chain.tokenBalance(STRANGER.address),
    /** Its release is written down, and nobody has signed it. */
    releasing: async () => {
      const held = await inCustody();
      await world.watchdog.look();
      await world.advance(held.paymentId);
      expect((await world.legOf(held.paymentId)).state).toBe('releasing');
      return held;
    },
  };
}
