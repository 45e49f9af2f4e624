/** What the books say of themselves, and the evidence that they quote. Pure. */
import { type Currency, money } from '../money/money.ts';
import { hashOf, placeOf, transactionOf, undoneBy, versionsOf } from './compare-chain.ts';
import { numbersOf } from './compare-payouts.ts';
import type { Balance, Books, ChainFacts, JunoFacts } from './facts.ts';
import { type Finding, finding } from './findings.ts';

const nameOf = ({ account, owner, currency }: Balance) => `${account} of ${owner} in ${currency}`;

/** The ledger is zero in each currency, entry by entry, and its balances are the sums of its postings. */
export function compareLedger(books: Books): Finding[] {
  const kept = new Map(books.balances.map((balance) => [nameOf(balance), balance]));
  const summed = new Map(books.postings.map((balance) => [nameOf(balance), balance]));
  const differing = [...new Set([...kept.keys(), ...summed.keys()])].filter((name) => {
    const [a, b] = [kept.get(name), summed.get(name)];
    return (a?.posted ?? 0n) !== (b?.posted ?? 0n) || (a?.pending ?? 0n) !== (b?.pending ?? 0n);
  });
  return [
    ...books.unbalanced.map(({ entry, currency, units }) =>
      finding('ledger_not_zero', {
        amount: money(currency as Currency, units),
        evidence: [entry],
        what: `The postings of entry ${entry} do not sum to zero.`,
      }),
    ),
    ...differing.map((name) =>
      finding('ledger_balance_differs', {
        amount: null,
        evidence: [name],
        what: `The balance of ${name} is not the sum of its postings.`,
      }),
    ),
  ];
}

/** Everything that the books quote is out there, and in the block that they quote unless the chain has put it into another. */
export function compareEvidence(chain: ChainFacts, juno: JunoFacts, books: Books): Finding[] {
  const number = numbersOf(books);
  const payments = new Map([
    ...books.legs.map(({ id, paymentId }) => [id, paymentId] as const),
    ...books.payments.map(({ id }) => [id, id] as const),
  ]);
  const known: Readonly<Record<string, ReadonlySet<string>>> = {
    juno_deposit: new Set(juno.deposits.map(({ id }) => id)),
    juno_transaction: new Set(juno.transactions.map(({ id }) => id)),
    bitso_withdrawal: new Set(juno.withdrawals.map(({ id }) => id)),
  };
  const hashes = new Set([...chain.logs.keys()].map(transactionOf));
  const blocks = new Set(chain.logs.values());
  /** A reorganisation takes a block out and puts its transactions into others, where their logs have other numbers; claims are never edited. */
  const versions = versionsOf(books);
  const wasMoved = (logId: string, blockHash: string) =>
    !blocks.has(blockHash) && versions(hashOf(logId)).some((hash) => hashes.has(hash));
  const missing = (id: string, subjectId: string | null, what: string) =>
    finding('evidence_missing', {
      payment: subjectId === null ? null : number(payments.get(subjectId) ?? ''),
      evidence: [id, subjectId],
      what,
    });
  const undone = undoneBy(books);
  const quoted = books.evidence.flatMap(({ source, externalId, subjectId, blockHash }): Finding[] => {
    if (source === 'chain') {
      const at = chain.logs.get(placeOf(externalId));
      if (undone.has(hashOf(externalId)))
        return at === undefined
          ? []
          : [missing(hashOf(externalId), subjectId, 'The books say that this log was undone, and the chain has it.')];
      if (blockHash !== null && blockHash !== at && wasMoved(externalId, blockHash)) return [];
      if (at === undefined) return [missing(hashOf(externalId), subjectId, 'The chain has no such log.')];
      if (blockHash === null || blockHash === at) return [];
      return [missing(blockHash, subjectId, `The log is not in the block that the books quote, but in ${at}.`)];
    }
    if (known[source]?.has(externalId) ?? true) return [];
    return [missing(externalId, subjectId, `The far end has no ${source} of this id.`)];
  });
  const sent = books.effects.flatMap(({ kind, externalId, legId }): Finding[] => {
    if (externalId === null) return [];
    const source = kind === 'bitso_payout' ? 'bitso_withdrawal' : 'juno_transaction';
    const isMoney = kind === 'juno_withdrawal' || kind === 'juno_redemption' || kind === 'bitso_payout';
    if (!isMoney || known[source]?.has(externalId)) return [];
    return [missing(externalId, legId, `The far end has no ${source} of this id, which an effect (${kind}) names.`)];
  });
  return [...quoted, ...sent];
}
