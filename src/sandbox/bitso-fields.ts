import { parseUnits } from './amounts.ts';
import { isClabe, isNvio } from './clabe-digits.ts';
import { ApiError } from './errors.ts';
import { parseBody } from './json.ts';
import type { Switches } from './switches.ts';

const LONGEST_TEXT = 200;
/** “Alphanumeric, max 40 characters”. */
const CONCEPTS = { with_spaces: /^[\p{L}\p{N} ]{0,40}$/u, without_spaces: /^[\p{L}\p{N}]{0,40}$/u } as const;

/** A withdrawal that was asked for, as far as its body is good. */
export type BitsoOrder = Readonly<{
  protocol: 'clabe' | 'debitcard' | 'phonenum' | 'nvio-clabe';
  units: bigint;
  /** The CLABE, the card or the telephone number. */
  clabe: string;
  beneficiary: string | undefined;
  notes: string | undefined;
  numericReference: string | undefined;
  rfc: string | undefined;
  originId: string | undefined;
}>;

/**
 * Reads the body of POST /v3/withdrawals (P/mxn-account-data, P/nvio-clabe-bitso-transfer). Throws an ApiError with the code
 * of P/mxn-field-validations for the first thing that is wrong.
 */
export function readBitsoOrder(body: Buffer, switches: Switches): BitsoOrder {
  const parsed = parseBody(body);
  const fields = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};

  /** The text of a field; undefined where it is absent or blank. */
  function text(name: string, code = '0304'): string | undefined {
    const value = fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string' || value.length > LONGEST_TEXT) throw refused(code, name);
    return value.trim() === '' ? undefined : value;
  }
  const matching = (name: string, code: string, form: RegExp): string | undefined => {
    const value = text(name, code);
    if (value !== undefined && !form.test(value)) throw refused(code, name);
    return value;
  };

  if (text('currency') !== 'mxn') throw refused('0304', 'currency');
  const protocol = text('protocol');
  if (!isProtocol(protocol)) throw refused('0304', 'protocol');
  const units = parseUnits(text('amount') ?? '', 2);
  if (units === undefined || units === 0n) throw refused('0304', 'amount');
  if (fields['contact_id'] !== undefined) throw refused('0304', 'contact_id');
  const beneficiary = text('beneficiary', '0303');
  const clabe = text('clabe', '0317');
  const isTransfer = protocol === 'nvio-clabe';
  if (beneficiary === undefined && !isTransfer) throw refused('0303', 'beneficiary');
  if (clabe === undefined) throw refused('0303', 'clabe');
  if (isTransfer && (text('method') !== 'bt' || text('network') !== 'bt')) throw refused('0304', 'method');
  checkAccount(clabe);

  return {
    protocol,
    units,
    clabe,
    beneficiary,
    notes: matching(isTransfer ? 'notes' : 'notes_ref', '0319', CONCEPTS[switches.bitsoConcept]),
    numericReference: matching('numeric_ref', '0318', new RegExp(`^\\d{1,${switches.bitsoNumericReference_digits}}$`)),
    rfc: text('rfc'),
    originId: text('origin_id'),
  };

  function checkAccount(account: string): void {
    if (protocol === 'clabe' || protocol === 'nvio-clabe') {
      const isGood = switches.bitsoClabeCheck === 'control_digit' ? isClabe(account) : /^\d{18}$/.test(account);
      if (!isGood || (protocol === 'nvio-clabe' && !isNvio(account))) throw refused('0317', 'clabe');
      if (protocol === 'clabe' && isNvio(account))
        throw new ApiError(400, '0714', 'A CLABE of Nvio is not served by SPEI; use protocol nvio-clabe');
      return;
    }
    if (!(protocol === 'debitcard' ? /^\d{16}$/ : /^\d{10}$/).test(account)) throw refused('0317', 'clabe');
    if (matching('institution_code', '0304', /^\d{3,5}$/) === undefined) throw refused('0304', 'institution_code');
  }
}

const PROTOCOLS = ['clabe', 'debitcard', 'phonenum', 'nvio-clabe'] as const;
const isProtocol = (text: string | undefined): text is BitsoOrder['protocol'] =>
  PROTOCOLS.some((protocol) => protocol === text);

const REASONS: Readonly<Record<string, string>> = {
  '0303': 'is missing',
  '0304': 'is invalid',
  '0317': 'is no valid SPEI number',
  '0318': 'is no valid numeric reference',
  '0319': 'is no valid concept',
};
const refused = (code: string, field: string) => new ApiError(400, code, `The field ${field} ${REASONS[code]}`);
