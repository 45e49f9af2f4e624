import {
  type Address,
  type ContractFunctionReturnType,
  encodeFunctionData,
  type Hex,
  keccak256,
  type PublicClient,
  toHex,
} from 'viem';
import { ESCROW_V2_ABI, ESCROW_V2_PAUSABLE_ABI } from './abi/escrowV2.ts';
import { optional } from './contract/optional.ts';
import { EscrowMismatchError, type EscrowRecord, type FundsInTwo } from './escrow.ts';
import { codeTrouble } from './escrow-code.ts';
import { assertToken } from './escrow-token.ts';
import { createdId } from './logs.ts';
import { receiptOf } from './witness.ts';

const VERTICAL = 'custody';
const [PENDING, FUNDED, DISPUTED] = [0, 1, 3];
/** Where ERC-1967 keeps the address of a proxy's code, and who may replace it. */
const SLOT = {
  implementation: '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc',
  admin: '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
} as const;

/**
 * Drives the predecessor's contracts, version 2 and version 2 pausable, as they are deployed. What the two have apart: the place of
 * the token among the arguments, the name of the release, and whether there is a pause. Both pay the bridge wallet on release,
 * because it is made the payee of each escrow. A dispute that is resolved against the seller pays the platform wallet on version 2,
 * so nothing here can make that call.
 */
export function kustodiaEscrowV2(
  client: PublicClient,
  { escrow, token, version }: { escrow: Address; token: Address; version: 'v2' | 'v2-pausable' },
): FundsInTwo {
  // What both have in the same words.
  const shared = { address: escrow, abi: ESCROW_V2_ABI } as const;

  const codeOf = async (address: Address): Promise<Hex | null> => (await client.getCode({ address })) ?? null;
  const addressIn = async (slot: Hex): Promise<Address | null> => {
    const word = await client.getStorageAt({ address: escrow, slot });
    return word && BigInt(word) !== 0n ? `0x${word.slice(-40)}` : null;
  };

  return {
    version,
    funds: 'in_two',
    address: escrow,

    check: async (bridge) => {
      const code = await codeOf(escrow);
      if (!code) throw new EscrowMismatchError(`There is no contract at ${escrow}.`);
      const implementation = await addressIn(SLOT.implementation);
      const implementationCode = implementation && (await codeOf(implementation));
      const trouble = await codeTrouble(client, {
        ...{ escrow, version, implementation, code: implementationCode ?? code },
        chainId: await client.getChainId(),
      });
      if (trouble) throw new EscrowMismatchError(`${trouble} Nothing was signed.`);
      await assertToken(client, token);
      const says = await optional(() =>
        Promise.all([
          client.readContract({ ...shared, functionName: 'owner' }),
          client.readContract({ ...shared, functionName: 'bridgeWallet' }),
          client.readContract({ ...shared, functionName: 'platformWallet' }),
          version === 'v2-pausable' &&
            client.readContract({ address: escrow, abi: ESCROW_V2_PAUSABLE_ABI, functionName: 'paused' }),
        ]),
      );
      if (says === null)
        throw new EscrowMismatchError(
          `The contract at ${escrow} does not say its owner, its wallets and its pause as version ${version} does. Nothing was signed.`,
        );
      const [owner, bridgeWallet, platformWallet, isPaused] = says;
      const admin = await addressIn(SLOT.admin);
      if (bridgeWallet.toLowerCase() !== bridge.toLowerCase())
        throw new EscrowMismatchError(
          `The bridge wallet of the escrow at ${escrow} is ${bridgeWallet}; ESCROW_BRIDGE_WALLET says ${bridge}. Nothing was signed.`,
        );
      const codes = { code: keccak256(code), implementation, of: implementationCode && keccak256(implementationCode) };
      const identity = keccak256(toHex(JSON.stringify({ ...codes, owner, bridgeWallet, platformWallet, admin })));
      return { isPaused, identity };
    },

    byId: async (escrowId) => {
      const record = await client.readContract({ ...shared, functionName: 'escrows', args: [escrowId] });
      return recordOf(escrowId, record, token);
    },

    // Version 2 pays its bridge wallet of that moment; pausable pays the payee, or on a cancellation, which ends a dispute, the payer.
    paysTo: async (escrowId) => {
      if (version === 'v2')
        return (await client.readContract({ ...shared, functionName: 'bridgeWallet' })).toLowerCase();
      const [payer, payee, , , , , status] = await client.readContract({
        ...shared,
        functionName: 'escrows',
        args: [escrowId],
      });
      return (status === DISPUTED ? payer : payee).toLowerCase();
    },

    createdIn: async (hash, { reference, units }) => {
      const receipt = await receiptOf(client, hash);
      if (receipt?.status !== 'success') return null;
      const ids = receipt.logs.map(createdId({ escrow, reference, units }));
      return ids.find((id) => id !== null) ?? null;
    },

    createCall: ({ reference, units, deadline, bridge }) => ({
      to: escrow,
      data:
        version === 'v2'
          ? encodeFunctionData({
              abi: ESCROW_V2_ABI,
              functionName: 'createEscrow',
              args: [bridge, bridge, token, units, deadline, VERTICAL, reference, reference],
            })
          : encodeFunctionData({
              abi: ESCROW_V2_PAUSABLE_ABI,
              functionName: 'createEscrow',
              args: [bridge, bridge, units, deadline, VERTICAL, reference, reference, token],
            }),
    }),

    fundCall: (escrowId) => ({
      to: escrow,
      data: encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'fundEscrow', args: [escrowId] }),
    }),

    early: null,

    releaseCall: (escrowId) => ({
      to: escrow,
      data:
        version === 'v2'
          ? encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'release', args: [escrowId] })
          : encodeFunctionData({ abi: ESCROW_V2_PAUSABLE_ABI, functionName: 'releaseEscrow', args: [escrowId] }),
    }),

    disputeCall: (escrowId, reason) => ({
      to: escrow,
      data:
        version === 'v2'
          ? encodeFunctionData({ abi: ESCROW_V2_ABI, functionName: 'dispute', args: [escrowId, reason] })
          : encodeFunctionData({
              abi: ESCROW_V2_PAUSABLE_ABI,
              functionName: 'disputeEscrow',
              args: [escrowId, reason],
            }),
    }),

    endsDispute:
      version === 'v2'
        ? {
            by: 'resolve',
            call: (escrowId) => ({
              to: escrow,
              data: encodeFunctionData({
                abi: ESCROW_V2_ABI,
                functionName: 'resolveDispute',
                args: [escrowId, true],
              }),
            }),
          }
        : {
            by: 'cancel',
            call: (escrowId) => ({
              to: escrow,
              data: encodeFunctionData({
                abi: ESCROW_V2_PAUSABLE_ABI,
                functionName: 'cancelEscrow',
                args: [escrowId],
              }),
            }),
          },
  };
}

type Fields = ContractFunctionReturnType<typeof ESCROW_V2_ABI, 'view', 'escrows'>;

/** Null where no such escrow was made, or it is of another token. */
function recordOf(escrowId: bigint, fields: Fields, wanted: Address): EscrowRecord | null {
  const [, , units, deadline, , clabe, status, , token] = fields;
  if (units === 0n || token.toLowerCase() !== wanted.toLowerCase()) return null;
  return {
    ...{ escrowId, units, reference: clabe, deadline: Number(deadline) },
    ...{ isHeld: status === FUNDED || status === DISPUTED, isPending: status === PENDING },
    isDisputed: status === DISPUTED,
    // Version 2 pays its bridge wallet; the payee of pausable cannot change.
    payee: null,
  };
}
