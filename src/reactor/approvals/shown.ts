/** What of a proposal is read by those who neither may read of people nor are to approve it. */

/**
 * What names nobody: what was chosen from a list, ids of ours, amounts, what the chain says, and accounts that were masked as they were
 * written down. What people type (a link to a receipt has the account and the name in it; the id of a CLABE at Juno is the CLABE) is not here,
 * nor is what nobody thought of.
 */
const PLAIN: ReadonlySet<string> = new Set([
  ...['what', 'as', 'outcome', 'rail', 'moneyAt', 'anotherHolder', 'because', 'parts', 'stolen', 'transfers'],
  ...['paymentId', 'legId', 'destinationId', 'to', 'amount', 'payerAmount', 'payerBasisPoints', 'limit', 'units'],
  ...['txHash', 'takenBy', 'logId', 'logIndex', 'place', 'blockNumber', 'blockHash', 'from'],
]);

/** The parameters of a proposal without what may name people. */
export function withoutPeople(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    return typeof value === 'object' && value !== null ? withoutPeople(value as Record<string, unknown>) : value;
  };
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (PLAIN.has(name) ? [[name, walk(value)]] : [])),
  );
}
