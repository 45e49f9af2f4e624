/** Escrows, tokens and balances: the chain and Juno against the ledger. Pure. */
import { centavos, formatMoney, mxnbUnits, toMxnb } from '../money/money.ts';
import { numbersOf } from './compare-payouts.ts';
import type { Books, ChainFacts, JunoFacts, Orphan, Transfer } from './facts.ts';
import { type Finding, finding } from './findings.ts';

/** States in which the chain may have the escrow funded, and those in which it must. */
const MAY_BE_FUNDED = new Set(['funding', 'in_custody', 'releasing']);

const mxnb = (units: bigint) => formatMoney(mxnbUnits(units));

/** Every escrow belongs to a leg, says the same as it, and every leg in custody has one. */
export function compareEscrows(chain: ChainFacts, books: Books): Finding[] {
  const number = numbersOf(books);
  const legs = new Map(books.legs.map((leg) => [leg.reference, leg]));
  const filled = chain.escrows.filter(({ status }) => status !== 'created');
  const seen = new Set(filled.map(({ reference }) => reference));
  const ofChain = filled.flatMap((escrow): Finding[] => {
    const { reference, units, status, txHash, contract, escrowId } = escrow;
    const leg = reference === null ? undefined : legs.get(reference);
    const amount = mxnbUnits(units);
    if (!leg)
      return [
        finding('escrow_without_payment', {
          amount,
          evidence: [txHash, `escrow ${escrowId}`],
          what: `Escrow ${escrowId} of ${mxnb(units)} is ${status} on the chain, and no leg has its reference.`,
        }),
      ];
    const common = { payment: number(leg.paymentId), amount, evidence: [txHash, leg.id] };
    const owed = toMxnb(centavos(leg.centavos)).units;
    const isAnother = leg.escrowId !== null && (leg.escrowId !== escrowId || leg.escrowContract !== contract);
    if (owed !== units || isAnother)
      return [
        finding('escrow_differs', {
          ...common,
          what: `Escrow ${escrowId} holds ${mxnb(units)}; its leg is of ${mxnb(owed)} and names escrow ${leg.escrowId ?? 'none'}.`,
        }),
      ];
    const isHeld = status === 'funded' || status === 'disputed';
    if (isHeld ? MAY_BE_FUNDED.has(leg.state) : leg.state !== 'in_custody') return [];
    return [
      finding('escrow_state_differs', {
        ...common,
        what: `Escrow ${escrowId} is ${status} on the chain, and its leg is ${leg.state}.`,
      }),
    ];
  });
  const missing = books.legs.filter(
    (leg) => (leg.state === 'in_custody' || leg.state === 'releasing') && !seen.has(leg.reference),
  );
  return [
    ...ofChain,
    ...missing.map((leg) =>
      finding('escrow_missing', {
        payment: number(leg.paymentId),
        amount: centavos(leg.centavos),
        evidence: [leg.id],
        what: `The leg is ${leg.state}, and the chain has no escrow of its reference.`,
      }),
    ),
  ];
}

/** Escrows that were made and never funded. They hold nothing and nothing will be put into them, so they are only told of. */
export const orphansIn = (chain: ChainFacts): Orphan[] =>
  chain.escrows
    .filter(({ status }) => status === 'created')
    .map(({ contract, escrowId, reference, units, txHash }) => ({
      escrow: `${contract}:${escrowId}`,
      amount: mxnb(units),
      reference,
      evidence: txHash,
    }));

/** Tokens that left and no effect of ours sent, and balances that are not what the books and the unbooked say. */
export function compareBalances(chain: ChainFacts, juno: JunoFacts, books: Books): Finding[] {
  const { contracts, junoAddress, transfers } = chain;
  const isContract = (address: string) => contracts.includes(address);
  const bridges = [chain.bridge, ...chain.bridgesBefore];
  const isBridge = (address: string) => bridges.includes(address);
  // The proof of the deposit address is paid from Kustodia's own tokens, which no payment's account holds.
  const undone = undoneBy(books);
  const claims = books.evidence.filter(
    ({ source, subjectKind, externalId }) =>
      source === 'chain' && subjectKind === 'leg' && !undone.has(hashOf(externalId)),
  );
  const claimedLogs = new Set(claims.map(({ externalId }) => placeOf(externalId)));
  const versions = versionsOf(books);
  const claimedHashes = new Set(claims.flatMap(({ externalId }) => versions(hashOf(externalId))));
  // A reorganisation gives the logs of a transaction other numbers, or puts another version in its place: then it is told by its hash.
  const renumbered = new Set(
    [...claimedLogs].filter((place) => !chain.logs.has(place)).flatMap((place) => versions(transactionOf(place))),
  );
  const signed = new Set(books.signed);
  const isBooked = (t: Transfer) =>
    claimedLogs.has(`${t.txHash}:${t.logIndex}`) ||
    renumbered.has(t.txHash) ||
    ((isContract(t.from) || isContract(t.to)) && (isBridge(t.from) || isBridge(t.to)) && claimedHashes.has(t.txHash));
  const isOurs = (t: Transfer) => isBooked(t) || signed.has(t.txHash) || claimedHashes.has(t.txHash);

  // What an escrow paid to a stranger is told until its leg is closed by a payment by hand; from then on the loss is in the books.
  const byHand = new Map(books.legs.filter(({ isSettledOutside }) => isSettledOutside).map((leg) => [leg.id, leg]));
  const borne = new Map(
    claims.flatMap(({ externalId, subjectId }) => {
      const leg = byHand.get(subjectId);
      return leg ? [[placeOf(externalId), toMxnb(centavos(leg.centavos)).units] as const] : [];
    }),
  );
  const isBorne = (t: Transfer) => borne.get(`${t.txHash}:${t.logIndex}`) === t.units;

  // From one bridge wallet to the next people carry what is left when the key is changed: it stays where the books have it.
  // A Transfer of nothing anybody can make.
  const strange = transfers.filter(
    (t) =>
      t.units > 0n &&
      ((isBridge(t.from) && !isBridge(t.to) && ((!isContract(t.to) && t.to !== junoAddress) || !isOurs(t))) ||
        (isContract(t.from) && !isBridge(t.to) && !isBorne(t))),
  );
  const found: Finding[] = strange.map((t) =>
    finding('transfer_unexplained', {
      amount: mxnbUnits(t.units),
      evidence: [t.txHash],
      what: `${mxnb(t.units)} left the ${isBridge(t.from) ? 'bridge wallet' : 'escrow contract'} for ${t.to}, and no effect of ours that is not dead sent them.`,
    }),
  );

  const holders = [
    { account: 'bridge', addresses: bridges, real: chain.bridgeUnits },
    { account: 'escrow', addresses: contracts, real: chain.escrowUnits },
  ];
  for (const { account, addresses, real } of holders) {
    const net = (all: readonly Transfer[]) =>
      all.reduce(
        (sum, t) => sum + (addresses.includes(t.to) ? t.units : 0n) - (addresses.includes(t.from) ? t.units : 0n),
        0n,
      );
    if (net(transfers) !== real)
      found.push(
        finding('chain_logs_incomplete', {
          amount: mxnbUnits(real - net(transfers)),
          evidence: [...addresses, `block ${chain.head.number}`],
          what: `The ${account} holds ${mxnb(real)}, and the transfers that were read add up to ${mxnb(net(transfers))}.`,
        }),
      );
    const expected = postedOf(books, account) + net(transfers.filter((t) => !isBooked(t)));
    if (expected !== real) found.push(differs(account, real, expected, addresses));
  }
  return [...found, ...comparePool(juno, books)];
}

/** Juno's pool: what is booked, and what Juno has done that the books do not say yet. */
function comparePool(juno: JunoFacts, books: Books): Finding[] {
  const claimed = new Set(books.evidence.flatMap((e) => (e.source === 'juno_transaction' ? [e.externalId] : [])));
  const posted = new Set(books.effects.flatMap((e) => (e.entry === 'posted' && e.externalId ? [e.externalId] : [])));
  const pending = new Set(books.effects.flatMap((e) => (e.entry === 'pending' && e.externalId ? [e.externalId] : [])));
  const units = (amount: bigint | null) => toMxnb(centavos(amount ?? 0n)).units;
  let unbooked = 0n;
  let disputed = 0n;
  for (const { id, type, fate, centavos: amount } of juno.transactions) {
    const isIn = type === 'ISSUANCE' || type === 'CRYPTO_DEPOSIT';
    const isOut = type === 'REDEMPTION' || type === 'CRYPTO_WITHDRAWAL';
    if (isIn && fate === 'complete' && !claimed.has(id)) unbooked += units(amount);
    if (isOut && fate === 'complete' && !posted.has(id)) unbooked -= units(amount);
    // Failed, and nobody knows yet whether its tokens are back: a person has been told, so it explains up to its amount.
    if (isOut && fate === 'failed' && pending.has(id)) disputed += units(amount);
  }
  const expected = postedOf(books, 'juno_pool') + unbooked;
  const short = expected - juno.poolUnits;
  return short >= 0n && short <= disputed ? [] : [differs('juno_pool', juno.poolUnits, expected, [])];
}

const differs = (account: string, real: bigint, expected: bigint, evidence: readonly string[]) =>
  finding('balance_differs', {
    amount: mxnbUnits(real - expected),
    evidence: [account, ...evidence],
    what: `The account ${account} holds ${mxnb(real)}; the books and what they do not have yet say ${mxnb(expected)}.`,
  });

const postedOf = ({ postings }: Books, account: string) =>
  postings.reduce((sum, b) => sum + (b.account === account && b.currency === 'MXNB' ? b.posted : 0n), 0n);

/** The books call a log `chainId:txHash:logIndex`. */
export const placeOf = (logId: string): string => logId.slice(logId.indexOf(':') + 1);
export const hashOf = (logId: string): string => transactionOf(placeOf(logId));
/** The transaction of a place. */
export const transactionOf = (place: string): string => place.split(':')[0] ?? '';
/** A transaction with the other versions of its nonce: of all of them one can be in a block. */
export function versionsOf(books: Books): (hash: string) => readonly string[] {
  const others = Map.groupBy(books.versions, ({ hash }) => hash);
  return (hash) => [hash, ...(others.get(hash) ?? []).map(({ other }) => other)];
}

/** Hashes of transactions that the books say were undone: the chain has none of their logs, and nothing rests on them any more. */
export const undoneBy = (books: Books): ReadonlySet<string | null> =>
  new Set(books.effects.flatMap(({ isUndone, externalId }) => (isUndone ? [externalId] : [])));
