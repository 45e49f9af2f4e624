/** What was said to and by the outside, as far as whoever looks may read it. */
import { parseJson } from '../../juno/json.ts';
import { maskClabe } from '../../money/clabe.ts';

/** Shown to nobody, whatever it holds. */
const SECRET = /secret|token|signature|password|passwd|api_?key|authorization|nonce_?key|private/i;
/** What tells one thing from another and is no person's: all else is read by those alone who may read of people. */
const PLAIN = new Set(
  [
    ...[
      'id',
      'transaction_id',
      'wid',
      'fid',
      'origin_id',
      'destination_bank_account_id',
      'numeric_ref',
      'tracking_key',
    ],
    ...[
      'numeric_reference',
      'clave_rastreo',
      'clave_de_rastreo',
      'type',
      'transaction_type',
      'status',
      'summary_status',
    ],
    ...['amount', 'asset', 'currency', 'blockchain', 'network', 'protocol', 'method', 'integration', 'fail_reason'],
    ...['created_at', 'updated_at', 'step', 'receipt', 'transaction_hash', 'tx_hash', 'hash', 'address', 'to', 'data'],
    ...['act', 'chainid', 'contract', 'escrowid', 'reference', 'disputes', 'expiry', 'approver', 'erased', 'kind'],
    ...['transactionids', 'bitsoids', 'max_fee', 'success', 'code'],
  ].map((name) => name.toLowerCase()),
);
const CLABE = /(?<!\d)\d{16,18}(?!\d)/g;
const HIDDEN = '…';
const [DEEPEST, MOST_ITEMS, LONGEST] = [8, 50, 400];
/** Of calldata the function is told; its arguments stand in the books and on the chain. */
const CALLDATA = /^0x[0-9a-f]{64,}$/i;
const SELECTOR = 10;

/**
 * A value that came from the outside or was sent there: who may read of people reads it all but secrets; others only what is named in a
 * list, with CLABEs masked. What nobody thought of is hidden.
 *
 * @example
 * redact({ amount: '1500.00', beneficiary: 'Ana Ruiz' }, false); // { amount: '1500.00', beneficiary: '…' }
 */
export function redact(value: unknown, canReadPeople: boolean): unknown {
  const walk = (one: unknown, name: string, depth: number): unknown => {
    if (one === null || one === undefined) return null;
    if (SECRET.test(name) || depth > DEEPEST) return HIDDEN;
    if (Array.isArray(one)) return one.slice(0, MOST_ITEMS).map((item: unknown) => walk(item, name, depth + 1));
    if (typeof one === 'object')
      return Object.fromEntries(
        Object.entries(one)
          .slice(0, MOST_ITEMS)
          .map(([key, inner]) => [key, walk(inner, key, depth + 1)]),
      );
    if (typeof one === 'boolean') return one;
    if (!canReadPeople && !PLAIN.has(name.toLowerCase())) return HIDDEN;
    const text = String(one);
    if (name === 'data' && CALLDATA.test(text)) return `${text.slice(0, SELECTOR)}${HIDDEN}`;
    const shown = canReadPeople ? text : text.replace(CLABE, maskClabe);
    return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}${HIDDEN}` : shown;
  };
  return walk(value, '', 0);
}

/** The same of text: of what is no JSON its length alone. */
export function redactText(text: string, canReadPeople: boolean): unknown {
  try {
    return redact(parseJson(text), canReadPeople);
  } catch {
    return `${Buffer.byteLength(text)} bytes that are no JSON`;
  }
}
