/** A small world as the auditor reads it, with nothing wrong in it; a test forges one thing and sees it found. */
import { compare } from '../../src/auditor/audit.ts';
import type { Books, ChainFacts, JunoFacts } from '../../src/auditor/facts.ts';

const BRIDGE = `0x${'b1'.repeat(20)}`;
const ESCROW = `0x${'e5'.repeat(20)}`;
const JUNO = `0x${'10'.repeat(20)}`;
const NOBODY = `0x${'00'.repeat(20)}`;
const BLOCK = `0x${'bb'.repeat(32)}`;
export const STRANGER = `0x${'57'.repeat(20)}`;
export const hash = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;

const UNITS = 10_000n;
const [FIRST, SECOND, THIRD] = [150_000n, 200_001n, 300_002n];
const [SMALL, SMALLER] = [6_000n, 4_001n];
export const CLABE = '646180157042875763';
/** One that only Bitso can pay. */
export const NVIO_CLABE = '710969000000401454';
const FLOAT = 5_000_000n;

type Writable<T> = { -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer A, infer B> ? Map<A, B> : Mutable<T[K]> };
type Mutable<T> = T extends readonly (infer I)[]
  ? Writable<I>[]
  : T extends bigint | string | number | boolean | null
    ? T
    : Writable<T>;
export type SmallWorld = { chain: Writable<ChainFacts>; juno: Writable<JunoFacts>; books: Writable<Books> };

/**
 * Payment 1 is paid, payment 2 is in custody, payment 3's payout came back, and a fourth deposit waits in suspense. Payments 4 and 5
 * were under Juno's minimum, and settlement 6 paid them over Bitso. The bridge holds five MXNB of Kustodia's own.
 */
export function smallWorld(): SmallWorld {
  const transfer = (n: number, from: string, to: string, units: bigint) => ({
    txHash: hash(n),
    blockHash: BLOCK,
    logIndex: 0,
    from,
    to,
    units,
  });
  /** The transfers of a payment that went round: to the bridge, in, out, back to Juno. */
  const round = (n: number, amount: bigint) => [
    transfer(n + 1, JUNO, BRIDGE, amount * UNITS),
    transfer(n + 2, BRIDGE, ESCROW, amount * UNITS),
    transfer(n + 3, ESCROW, BRIDGE, amount * UNITS),
    transfer(n + 4, BRIDGE, JUNO, amount * UNITS),
  ];
  const transfers = [
    transfer(1, NOBODY, BRIDGE, FLOAT),
    ...round(10, FIRST),
    ...round(20, SECOND).slice(0, 2),
    ...round(30, THIRD),
  ];
  const transaction = (id: string, type: string, centavos: bigint, rest: object = {}) => ({
    id,
    type,
    fate: 'complete' as const,
    centavos,
    clabe: null,
    isToBitso: type === 'REDEMPTION' ? false : null,
    trackingKey: null,
    ...rest,
  });
  const deposit = (id: string, centavos: bigint, rest: object = {}) => ({
    id,
    clabe: '710969000000401454',
    centavos,
    fate: 'complete' as const,
    isReturn: false,
    returnOf: [] as string[],
    senderClabe: null,
    ...rest,
  });
  const leg = (n: number, state: string, centavos: bigint, rest: object = {}) => ({
    id: `leg-${n}`,
    paymentId: `payment-${n}`,
    kind: 'custody',
    state,
    centavos,
    clabe: CLABE,
    reference: hash(100 + n),
    escrowContract: ESCROW,
    escrowId: null,
    settledBy: null,
    isSettledOutside: false,
    ...rest,
  });
  const settled = { clabe: NVIO_CLABE, settledBy: 'leg-6' };
  const effect = (n: number, kind: string, externalId: string, isToBitso = false) => ({
    legId: `leg-${n}`,
    kind,
    state: 'confirmed',
    key: `key-${kind}-${n}`,
    externalId,
    isToBitso,
    isUndone: false,
    entry: 'posted',
  });
  const claim = (source: string, externalId: string, n: number, rest: object = {}) => ({
    source,
    externalId,
    subjectKind: 'leg',
    subjectId: `leg-${n}`,
    blockHash: source === 'chain' ? BLOCK : null,
    isReturn: false,
    ...rest,
  });
  /** A deposit is its payment's, whatever legs that has. */
  const ofPayment = (n: number, source: string, externalId: string) =>
    claim(source, externalId, n, { subjectKind: 'payment', subjectId: `payment-${n}` });
  /** What an escrow does is proved by its own event, the log after the transfer. */
  const chainClaim = (tx: number, n: number) =>
    claim('chain', `31337:${hash(tx)}:${[2, 3].includes(tx % 10) ? 1 : 0}`, n);
  const balance = (account: string, owner: string, currency: string, posted: bigint) => ({
    account,
    owner,
    currency,
    posted,
    pending: 0n,
  });
  const balances = () => [
    balance('escrow', 'payment-2', 'MXNB', SECOND * UNITS),
    balance('liability', 'payment-2', 'MXN', -SECOND),
    balance('juno_pool', 'payment-3', 'MXNB', THIRD * UNITS),
    balance('liability', 'payment-3', 'MXN', -THIRD),
    balance('juno_pool', 'general', 'MXNB', 50_000n * UNITS),
    balance('suspense', 'general', 'MXN', -50_000n),
  ];
  return {
    chain: {
      chainId: 31337,
      bridge: BRIDGE,
      bridgesBefore: [],
      contracts: [ESCROW],
      junoAddress: JUNO,
      head: { number: 99n, hash: hash(99) },
      escrows: [
        {
          contract: ESCROW,
          escrowId: 1n,
          reference: hash(101),
          units: FIRST * UNITS,
          status: 'released',
          txHash: hash(12),
        },
        {
          contract: ESCROW,
          escrowId: 2n,
          reference: hash(102),
          units: SECOND * UNITS,
          status: 'funded',
          txHash: hash(22),
        },
        {
          contract: ESCROW,
          escrowId: 3n,
          reference: hash(103),
          units: THIRD * UNITS,
          status: 'released',
          txHash: hash(32),
        },
      ],
      transfers,
      logs: new Map(transfers.flatMap(({ txHash }) => [0, 1].map((index) => [`${txHash}:${index}`, BLOCK] as const))),
      bridgeUnits: FLOAT,
      escrowUnits: SECOND * UNITS,
    },
    juno: {
      transactions: [
        ...[FIRST, SECOND, THIRD].flatMap((amount, i) => [
          transaction(`issuance-${i + 1}`, 'ISSUANCE', amount),
          transaction(`withdrawal-${i + 1}`, 'CRYPTO_WITHDRAWAL', amount),
        ]),
        transaction('credit-1', 'CRYPTO_DEPOSIT', FIRST),
        transaction('credit-3', 'CRYPTO_DEPOSIT', THIRD),
        transaction('redemption-1', 'REDEMPTION', FIRST, { clabe: CLABE }),
        transaction('redemption-3', 'REDEMPTION', THIRD, { clabe: CLABE }),
        transaction('issuance-4', 'ISSUANCE', 50_000n),
        transaction('issuance-5', 'ISSUANCE', THIRD),
        transaction('issuance-6', 'ISSUANCE', SMALL),
        transaction('issuance-7', 'ISSUANCE', SMALLER),
        // Juno does not say where its pesos went; that it named no bank account does.
        transaction('redemption-6', 'REDEMPTION', SMALL + SMALLER, { isToBitso: null }),
      ],
      deposits: [
        deposit('deposit-1', FIRST),
        deposit('deposit-2', SECOND),
        deposit('deposit-3', THIRD),
        deposit('deposit-4', 50_000n),
        deposit('deposit-5', THIRD, { isReturn: true, returnOf: ['redemption-3'] }),
        deposit('deposit-6', SMALL),
        deposit('deposit-7', SMALLER),
      ],
      withdrawals: [
        {
          id: 'wid-6',
          originId: 'key-bitso_payout-6',
          fate: 'complete',
          centavos: SMALL + SMALLER,
          clabe: NVIO_CLABE,
          trackingKey: null,
        },
      ],
      poolUnits: (THIRD + 50_000n) * UNITS,
    },
    books: {
      payments: [1, 2, 3, 4, 5, 6].map((number) => ({ id: `payment-${number}`, number, kind: 'escrow' })),
      legs: [
        leg(1, 'completed', FIRST, { escrowId: 1n }),
        leg(2, 'in_custody', SECOND, { escrowId: 2n }),
        leg(3, 'payout_returned', THIRD, { escrowId: 3n }),
        leg(4, 'completed', SMALL, { kind: 'refund', ...settled }),
        leg(5, 'completed', SMALLER, { kind: 'refund', ...settled }),
        leg(6, 'completed', SMALL + SMALLER, { kind: 'settlement', clabe: NVIO_CLABE }),
      ],
      effects: [
        ...[1, 2, 3].map((n) => effect(n, 'juno_withdrawal', `withdrawal-${n}`)),
        effect(1, 'juno_redemption', 'redemption-1'),
        effect(3, 'juno_redemption', 'redemption-3'),
        effect(6, 'juno_redemption', 'redemption-6', true),
        effect(6, 'bitso_payout', 'wid-6'),
      ],
      evidence: [
        ...[1, 2, 3].flatMap((n) => [
          ofPayment(n, 'juno_deposit', `deposit-${n}`),
          ofPayment(n, 'juno_transaction', `issuance-${n}`),
          claim('juno_transaction', `withdrawal-${n}`, n),
        ]),
        ...[11, 12, 13, 14].map((tx) => chainClaim(tx, 1)),
        ...[21, 22].map((tx) => chainClaim(tx, 2)),
        ...[31, 32, 33, 34].map((tx) => chainClaim(tx, 3)),
        claim('juno_transaction', 'credit-1', 1),
        claim('juno_transaction', 'credit-3', 3),
        claim('juno_transaction', 'redemption-1', 1),
        claim('juno_transaction', 'redemption-3', 3),
        claim('juno_deposit', 'deposit-4', 0, { subjectKind: 'suspense', subjectId: 'deposit-4' }),
        claim('juno_transaction', 'issuance-4', 0, { subjectKind: 'suspense', subjectId: 'deposit-4' }),
        claim('juno_deposit', 'deposit-5', 3, { isReturn: true }),
        claim('juno_transaction', 'issuance-5', 3),
        ...[4, 5].flatMap((n) => [
          ofPayment(n, 'juno_deposit', `deposit-${n + 2}`),
          ofPayment(n, 'juno_transaction', `issuance-${n + 2}`),
          claim('settlement', `leg-6:leg-${n}`, n),
        ]),
        claim('juno_transaction', 'redemption-6', 6),
        claim('bitso_withdrawal', 'wid-6', 6),
      ],
      signed: [12, 13, 14, 22, 32, 33, 34].map(hash),
      versions: [],
      suspense: [{ depositId: 'deposit-4', centavos: 50_000n, isOpen: true }],
      parts: [],
      balances: balances(),
      postings: balances(),
      unbalanced: [],
    },
  };
}

/** What is found where chain, Juno and books are compared. */
export const compared = ({ chain, juno, books }: SmallWorld) => compare(chain, juno, books);
/** The first that fits; a world without one is no world for the test. */
export const one = <T>(items: readonly T[], fits: (item: T) => boolean): T => {
  const item = items.find(fits);
  if (item === undefined) throw new Error('the small world has no such thing');
  return item;
};
export const without = <T>(items: readonly T[], fits: (item: T) => boolean): T[] => items.filter((item) => !fits(item));
