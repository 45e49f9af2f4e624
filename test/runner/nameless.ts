/** Which lines of a reactor's log are of a payment, by what they name; each of them has to say of which, as `payment`. */
import { z } from 'zod';

const LINE = z.looseObject({ part: z.string(), msg: z.string().optional() });
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** Effects that are nobody's payment: of a user, a payout account, a wallet, the deposit address. */
const OF_NO_PAYMENT = new Set(['juno_clabe', 'juno_bank_account', 'chain_approve', 'chain_probe']);
const OLD_NAMES = ['paymentId', 'legId', 'effectId'];
const IS_UUID = new RegExp(`^${UUID}$`);

/** What a line lacks, in words; nothing where it is of no payment, or of no reactor. */
export function findNameless(text: string): string[] {
  const line = read(text);
  if (line?.part !== 'reactor') return [];
  const old = OLD_NAMES.filter((name) => name in line).map((name) => `${name}, which is not what lines call it`);
  const isNamed = typeof line['payment'] === 'string' && IS_UUID.test(line['payment']);
  const { leg, effect, kind, lane, id, subject, payment, msg = '' } = line;
  const isOfOne =
    leg !== undefined ||
    payment !== undefined ||
    (effect !== undefined && !OF_NO_PAYMENT.has(String(kind))) ||
    /^(payment|leg):/.test(String(subject)) ||
    lane === 'payment' ||
    new RegExp(`payment ${UUID}`).test(msg);
  if (isOfOne && !isNamed) return [...old, 'no payment, though it is of one'];
  // What names two payments would be found under the wrong one.
  return lane === 'payment' && id !== payment ? [...old, 'another payment than its job’s'] : old;
}

function read(text: string): z.output<typeof LINE> | null {
  try {
    return LINE.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
