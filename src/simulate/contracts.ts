/** The token and the escrow contract as the simulated chain runs them: what contracts/src says, in a few lines, with a way back. */
import { decodeFunctionData, encodeAbiParameters, encodeEventTopics, encodeFunctionResult, type Hex } from 'viem';
import { KUSTODIA_ESCROW_ABI } from '../chain/abi/kustodiaEscrow.ts';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import { createSignatures } from './signatures.ts';

export type Escrow = {
  id: bigint;
  reference: string;
  amount: bigint;
  deadline: number;
  status: 1 | 2 | 3 | 4;
  /** How many were opened on it. */
  disputes: number;
};
export type Log =
  | Readonly<{ is: 'transfer'; from: string; to: string; value: bigint }>
  | Readonly<{
      is: 'created' | 'referenced' | 'funded' | 'disputed' | 'dispute_resolved' | 'early' | 'released' | 'cancelled';
      escrow: Escrow;
    }>;
export type Call = Readonly<{ from: string; to: string; data: Hex }>;

export class Reverted extends Error {
  override readonly name = 'Reverted';
}

export type Addresses = Readonly<{ token: string; escrow: string; bridge: string; approver: string; juno: string }>;

const APPROVER_ROLE: Hex = `0x${'a9'.repeat(32)}`;

/** A log as the RPC shows it. */
export function encodeLog(
  log: Log,
  { token, escrow, bridge, approver }: Addresses,
): { address: string; topics: Hex[]; data: Hex } {
  if (log.is === 'transfer') {
    const args = { from: log.from as Hex, to: log.to as Hex };
    const topics = encodeEventTopics({ abi: MXNB_ABI, eventName: 'Transfer', args }) as Hex[];
    return { address: token, topics, data: encodeAbiParameters([{ type: 'uint256' }], [log.value]) };
  }
  const { id: escrowId, amount, deadline } = log.escrow;
  const ref = log.escrow.reference as Hex;
  const [payer, payee] = [bridge as Hex, bridge as Hex];
  const topics = (
    eventName:
      | `Escrow${'Created' | 'Referenced' | 'Funded' | 'Disputed' | 'DisputeResolved' | 'Released' | 'Cancelled'}`
      | 'EarlyEndApproved',
    args: object,
  ) =>
    encodeEventTopics({ abi: KUSTODIA_ESCROW_ABI, eventName, args } as Parameters<
      typeof encodeEventTopics
    >[0]) as Hex[];
  const shown = (of: Hex[], data: Hex = '0x') => ({ address: escrow, topics: of, data });
  switch (log.is) {
    case 'created': {
      const texts = [{ type: 'uint256' }, { type: 'string' }, { type: 'string' }] as const;
      return shown(topics('EscrowCreated', { escrowId, payer, payee }), encodeAbiParameters(texts, [amount, '', ref]));
    }
    case 'referenced':
      return shown(
        topics('EscrowReferenced', { escrowId, ref, token: token as Hex }),
        encodeAbiParameters([{ type: 'uint64' }], [BigInt(deadline)]),
      );
    case 'funded':
      return shown(topics('EscrowFunded', { escrowId }), encodeAbiParameters([{ type: 'uint256' }], [amount]));
    case 'disputed': {
      const says = [{ type: 'address' }, { type: 'string' }] as const;
      return shown(topics('EscrowDisputed', { escrowId }), encodeAbiParameters(says, [payer, 'drill']));
    }
    case 'dispute_resolved':
      return shown(topics('EscrowDisputeResolved', { escrowId }), encodeAbiParameters([{ type: 'bool' }], [true]));
    case 'early':
      return shown(topics('EarlyEndApproved', { escrowId, approver: approver as Hex }));
    case 'released':
      return shown(topics('EscrowReleased', { escrowId }));
    case 'cancelled':
      return shown(topics('EscrowCancelled', { escrowId }));
  }
}

/** Executes calls; each answers its logs and how to undo it. Throws a Reverted, having changed nothing. */
export function createContracts({ token, escrow: escrowAddress, bridge, approver: approverAddress }: Addresses) {
  const signatures = createSignatures(escrowAddress);
  const balances = new Map<string, bigint>();
  const allowances = new Map<string, bigint>();
  const escrows: Escrow[] = [];
  const byReference = new Map<string, Escrow>();
  const balanceOf = (holder: string) => balances.get(holder) ?? 0n;
  const must = (condition: boolean, why: string): void => {
    if (!condition) throw new Reverted(`execution reverted: ${why}`);
  };
  const add = (holder: string, value: bigint) => balances.set(holder, balanceOf(holder) + value);
  const move = (from: string, to: string, value: bigint): (() => void) => {
    must(balanceOf(from) >= value, 'ERC20: transfer amount exceeds balance');
    add(from, -value);
    add(to, value);
    return () => {
      add(to, -value);
      add(from, value);
    };
  };
  type Done = { logs: Log[]; undo: () => void };

  function onToken(from: string, data: Hex): Done {
    const { functionName, args } = decodeFunctionData({ abi: MXNB_ABI, data });
    if (functionName === 'transfer') {
      const [to, value] = args;
      const undo = move(from, to.toLowerCase(), value);
      return { undo, logs: [{ is: 'transfer', from, to: to.toLowerCase(), value }] };
    }
    must(functionName === 'approve', 'not simulated');
    const [spender, value] = args as readonly [string, bigint];
    const key = `${from}:${spender.toLowerCase()}`;
    const before = allowances.get(key) ?? 0n;
    allowances.set(key, value);
    return { logs: [], undo: () => void allowances.set(key, before) };
  }

  function onEscrow(from: string, data: Hex, now_s: number): Done {
    const { functionName, args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
    if (functionName === 'createAndFund') {
      const [reference, , amount, custody] = args;
      must(!byReference.has(reference), 'ReferenceUsed');
      must((allowances.get(`${from}:${escrowAddress}`) ?? 0n) >= amount, 'ERC20: insufficient allowance');
      const back = move(from, escrowAddress, amount);
      const escrow: Escrow = {
        id: BigInt(escrows.length + 1),
        reference,
        amount,
        deadline: now_s + Number(custody),
        status: 1,
        disputes: 0,
      };
      escrows.push(escrow);
      byReference.set(reference, escrow);
      const undo = () => {
        escrows.splice(escrows.indexOf(escrow), 1);
        byReference.delete(reference);
        back();
      };
      return {
        undo,
        logs: [
          { is: 'created', escrow },
          { is: 'referenced', escrow },
          { is: 'transfer', from, to: escrowAddress, value: amount },
          { is: 'funded', escrow },
        ],
      };
    }
    const [id] = args as readonly [bigint];
    const escrow = escrows.find((one) => one.id === id);
    if (!escrow) throw new Reverted('execution reverted: UnknownEscrow');
    if (functionName === 'dispute' || functionName === 'resolveDispute') {
      const [before, after] = functionName === 'dispute' ? ([1, 3] as const) : ([3, 1] as const);
      must(escrow.status === before, 'WrongStatus');
      must(functionName === 'dispute' || args?.[1] === true, 'not simulated');
      const { disputes } = escrow;
      escrow.status = after;
      if (functionName === 'dispute') escrow.disputes++;
      const undo = () => {
        escrow.status = before;
        escrow.disputes = disputes;
      };
      return { undo, logs: [{ is: functionName === 'dispute' ? 'disputed' : 'dispute_resolved', escrow }] };
    }
    const isCancel = functionName === 'cancelEarly';
    const isEarly = functionName === 'releaseEarly' || isCancel;
    must(functionName === 'release' || isEarly, 'not simulated');
    must(escrow.status === 1, 'WrongStatus');
    if (isEarly) {
      const [, approver, expiry, signature] = args as readonly [bigint, string, bigint, Hex];
      must(BigInt(now_s) <= expiry, 'ApprovalExpired');
      must(approver.toLowerCase() === approverAddress, 'AccessControlUnauthorizedAccount');
      must(signatures.isOf(functionName, id, escrow, expiry, signature), 'ApprovalInvalid');
    } else must(now_s >= escrow.deadline, 'CustodyNotOver');
    const back = move(escrowAddress, from, escrow.amount);
    escrow.status = isCancel ? 4 : 2;
    const undo = () => {
      escrow.status = 1;
      back();
    };
    return {
      undo,
      logs: [
        ...(isEarly ? [{ is: 'early', escrow } as const] : []),
        { is: isCancel ? 'cancelled' : 'released', escrow },
        { is: 'transfer', from: escrowAddress, to: from, value: escrow.amount },
      ],
    };
  }

  function view({ to, data }: Omit<Call, 'from'>): Hex {
    if (to === token) {
      const { functionName, args } = decodeFunctionData({ abi: MXNB_ABI, data });
      const value = {
        balanceOf: () => balanceOf(String(args?.[0]).toLowerCase()),
        allowance: () => allowances.get(`${String(args?.[0]).toLowerCase()}:${String(args?.[1]).toLowerCase()}`) ?? 0n,
      }[functionName as 'balanceOf' | 'allowance']();
      return encodeFunctionResult({ abi: MXNB_ABI, functionName: 'balanceOf', result: value });
    }
    const { functionName, args } = decodeFunctionData({ abi: KUSTODIA_ESCROW_ABI, data });
    if (functionName === 'escrowIdOf')
      return encodeFunctionResult({
        abi: KUSTODIA_ESCROW_ABI,
        functionName,
        result: byReference.get(args[0])?.id ?? 0n,
      });
    if (functionName === 'APPROVER_ROLE')
      return encodeFunctionResult({ abi: KUSTODIA_ESCROW_ABI, functionName, result: APPROVER_ROLE });
    if (functionName === 'hasRole') {
      const result = args[0] === APPROVER_ROLE && args[1].toLowerCase() === approverAddress;
      return encodeFunctionResult({ abi: KUSTODIA_ESCROW_ABI, functionName, result });
    }
    if (functionName !== 'getEscrow') throw new Reverted(`${functionName} is not simulated`);
    const found = escrows.find((one) => one.id === args[0]);
    if (!found) throw new Reverted('execution reverted: UnknownEscrow');
    return encodeFunctionResult({
      abi: KUSTODIA_ESCROW_ABI,
      functionName,
      result: {
        payee: bridge as Hex,
        token: token as Hex,
        amount: found.amount,
        deadline: BigInt(found.deadline),
        status: found.status,
        disputes: found.disputes,
        ref: found.reference as Hex,
      },
    });
  }

  return {
    balanceOf,
    /** MXNB that comes into being, or ends. */
    mint: add,
    escrows: (): readonly Escrow[] => escrows,
    /** Reads what is signed in a call, before it is executed. */
    prepare: async ({ to, data }: Omit<Call, 'from'>): Promise<void> => {
      if (to === escrowAddress) await signatures.read(data, (id) => escrows.find((one) => one.id === id));
    },
    execute: ({ from, to, data }: Call, now_s: number): Done => {
      if (to === token) return onToken(from, data);
      if (to === escrowAddress) return onEscrow(from, data, now_s);
      throw new Reverted('execution reverted: no contract');
    },
    view,
  };
}

export type Contracts = ReturnType<typeof createContracts>;
