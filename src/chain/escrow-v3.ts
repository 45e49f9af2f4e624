import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  type PublicClient,
  toHex,
} from 'viem';
import { KUSTODIA_ESCROW_ABI, KUSTODIA_ESCROW_CODE_HASH } from './abi/kustodiaEscrow.ts';
import { EscrowMismatchError, type EscrowRecord, type FundsAtOnce } from './escrow.ts';
import { assertToken } from './escrow-token.ts';

const VERSION = 'KustodiaEscrow/3';
const FUNDED = 1;
/** Statuses of an escrow whose tokens the contract has: funded, disputed. */
const DISPUTED = 3;
const HELD: readonly number[] = [FUNDED, DISPUTED];

/** Drives KustodiaEscrow version 3. Amounts are MXNB base units, custody is seconds of the chain's clock. */
export function kustodiaEscrowV3(
  client: PublicClient,
  { escrow, token }: { escrow: Address; token: Address },
): FundsAtOnce {
  const abi = KUSTODIA_ESCROW_ABI;
  /** The id of the escrow that a reference made; null if it made none. */
  const idOf = async (reference: Hex): Promise<bigint | null> =>
    (await client.readContract({ address: escrow, abi, functionName: 'escrowIdOf', args: [reference] })) || null;
  const recordOf = async (escrowId: bigint) => {
    try {
      return await client.readContract({ address: escrow, abi, functionName: 'getEscrow', args: [escrowId] });
    } catch (error) {
      if (error instanceof BaseError && error.walk((e) => e instanceof ContractFunctionRevertedError)) return null;
      throw error;
    }
  };
  const byId = async (escrowId: bigint): Promise<EscrowRecord | null> => {
    const found = await recordOf(escrowId);
    if (!found) return null;
    const { ref, amount, deadline, status, payee } = found;
    return {
      payee: payee.toLowerCase(),
      ...{ escrowId, reference: ref, units: amount, deadline: Number(deadline) },
      ...{ isHeld: HELD.includes(status), isPending: false, isDisputed: status === DISPUTED },
    };
  };
  return {
    version: 'v3',
    funds: 'at_once',
    address: escrow,

    check: async (bridge) => {
      const code = await client.getCode({ address: escrow });
      if (!code) throw new EscrowMismatchError(`There is no contract at ESCROW_CONTRACT_ADDRESS ${escrow}.`);
      if (keccak256(code) !== KUSTODIA_ESCROW_CODE_HASH)
        throw new EscrowMismatchError(
          `The code at ESCROW_CONTRACT_ADDRESS ${escrow} is not that of this release’s KustodiaEscrow. It could take what the bridge wallet allows it, so nothing was signed.`,
        );
      const contract = { address: escrow, abi } as const;
      const version = await client.readContract({ ...contract, functionName: 'VERSION' });
      if (version !== VERSION)
        throw new EscrowMismatchError(
          `The escrow at ${escrow} is “${version}”; ESCROW_CONTRACT_VERSION says ${VERSION}.`,
        );
      await assertToken(client, token);
      if (!(await client.readContract({ ...contract, functionName: 'isTokenAllowed', args: [token] }))) {
        throw new EscrowMismatchError(`The escrow at ${escrow} does not allow the token ${token}.`);
      }
      const role = await client.readContract({ ...contract, functionName: 'BRIDGE_ROLE' });
      if (!(await client.readContract({ ...contract, functionName: 'hasRole', args: [role, bridge] }))) {
        throw new EscrowMismatchError(`The wallet ${bridge} does not have the bridge role of the escrow at ${escrow}.`);
      }
      const settlement = await client.readContract({ ...contract, functionName: 'settlement' });
      if (settlement !== getAddress(bridge))
        throw new EscrowMismatchError(
          `The escrow at ${escrow} pays ${settlement} and not the wallet ${bridge}, from which the money would have to go on to Juno.`,
        );
      // Its code cannot change. Who holds its roles is told by the events of it.
      const admin = await client.readContract({ ...contract, functionName: 'owner' });
      const isPaused = await client.readContract({ ...contract, functionName: 'paused' });
      return { isPaused, identity: keccak256(toHex(JSON.stringify({ code: keccak256(code), admin }))) };
    },

    byId,

    paysTo: async (escrowId) => {
      const { payee } = await client.readContract({
        address: escrow,
        abi,
        functionName: 'getEscrow',
        args: [escrowId],
      });
      return payee.toLowerCase();
    },

    byReference: async (reference) => {
      const escrowId = await idOf(reference);
      const record = escrowId === null ? null : await byId(escrowId);
      return record?.reference === reference ? record : null;
    },

    idOf,

    fundCall: (reference: Hex, amount: bigint, custodySeconds: bigint) => ({
      to: escrow,
      data: encodeFunctionData({
        abi,
        functionName: 'createAndFund',
        args: [reference, token, amount, custodySeconds],
      }),
    }),

    releaseCall: (escrowId: bigint) => ({
      to: escrow,
      data: encodeFunctionData({ abi, functionName: 'release', args: [escrowId] }),
    }),

    disputeCall: (escrowId: bigint, reason: string) => ({
      to: escrow,
      data: encodeFunctionData({ abi, functionName: 'dispute', args: [escrowId, reason] }),
    }),

    endsDispute: {
      by: 'resolve',
      call: (escrowId: bigint) => ({
        to: escrow,
        data: encodeFunctionData({ abi, functionName: 'resolveDispute', args: [escrowId, true] }),
      }),
    },

    early: {
      read: async (escrowId) => {
        const found = await recordOf(escrowId);
        return found?.status === FUNDED ? { reference: found.ref, disputes: found.disputes } : null;
      },
      isApprover: async (account) => {
        const contract = { address: escrow, abi } as const;
        const role = await client.readContract({ ...contract, functionName: 'APPROVER_ROLE' });
        return client.readContract({ ...contract, functionName: 'hasRole', args: [role, account] });
      },
      call: (escrowId, { act, approver, expiry, signature }) => ({
        to: escrow,
        data: encodeFunctionData({
          abi,
          functionName: act === 'release' ? 'releaseEarly' : 'cancelEarly',
          args: [escrowId, approver, BigInt(expiry), signature],
        }),
      }),
    },
  };
}
