import { Hono } from 'hono';
import type { HttpEnv } from './context.ts';
import { ApiError } from './errors.ts';
import type { Switches } from './switches.ts';

type Method = Readonly<{
  method: string;
  method_name: string;
  network: string;
  protocol: string;
  integration: string;
  required_fields: readonly string[];
  optional_fields: readonly string[];
}>;

const SPEI = { method: 'praxis', method_name: 'SPEI Transfer', network: 'spei', integration: 'praxis' } as const;
const OPTIONAL = ['notes_ref', 'numeric_ref', 'rfc', 'origin_id'];

/** The ways in which pesos leave (P/mxn-withdrawals, P/nvio-clabe-bitso-transfer); none costs anything. */
export const METHODS: Readonly<Record<'clabe' | 'debitcard' | 'phonenum' | 'nvio-clabe', Method>> = {
  clabe: { ...SPEI, protocol: 'clabe', required_fields: ['beneficiary', 'clabe'], optional_fields: OPTIONAL },
  debitcard: {
    ...SPEI,
    protocol: 'debitcard',
    required_fields: ['beneficiary', 'clabe', 'institution_code'],
    optional_fields: OPTIONAL,
  },
  phonenum: {
    ...SPEI,
    protocol: 'phonenum',
    required_fields: ['beneficiary', 'clabe', 'institution_code'],
    optional_fields: OPTIONAL,
  },
  'nvio-clabe': {
    method: 'bt',
    method_name: 'Bitso Transfer',
    network: 'bt',
    protocol: 'nvio-clabe',
    integration: 'bt',
    required_fields: ['clabe'],
    optional_fields: ['notes', 'numeric_ref', 'origin_id'],
  },
};

/** SPEI participants: five digits, of which the last three begin a CLABE in these families. */
export const BANKS: readonly (readonly [code: string, name: string])[] = [
  ['40002', 'BANAMEX'],
  ['40012', 'BBVA MEXICO'],
  ['40014', 'SANTANDER'],
  ['40021', 'HSBC'],
  ['40030', 'BAJIO'],
  ['40036', 'INBURSA'],
  ['40044', 'SCOTIABANK'],
  ['40058', 'BANREGIO'],
  ['40062', 'AFIRME'],
  ['40072', 'BANORTE'],
  ['40127', 'AZTECA'],
  ['40137', 'BANCOPPEL'],
  ['90638', 'NU MEXICO'],
  ['90646', 'STP'],
  ['90661', 'KLAR'],
  ['90710', 'NVIO'],
  ['90722', 'MERCADO PAGO W'],
];

/** The participant of a CLABE; an unknown prefix is taken for a bank's. */
export const participantOf = (clabe: string): string =>
  BANKS.find(([code]) => code.endsWith(clabe.slice(0, 3)))?.[0] ?? `40${clabe.slice(0, 3)}`;

/** Bitso's catalogues: withdrawal methods and banks (P/create-an-account). */
export const openBitsoCatalogue = ({ bitsoBankCodes, bitsoCataloguesLayout: layout }: Switches) => ({
  routes: new Hono<HttpEnv>()
    .get('/v3/withdrawal_methods/:currency', (c) => {
      if (c.req.param('currency') !== 'mxn') throw new ApiError(400, '0304', 'The currency is not served');
      const payload = Object.values(METHODS).map((method) => ({
        ...method,
        name: method.method_name,
        asset: 'mxn',
        currency: 'mxn',
        fee: { amount: '0.00', type: 'fixed' },
      }));
      return c.json({ success: true, payload: layout === 'bare' ? payload : { withdrawal_methods: payload } });
    })
    .get('/api/v3/banks/mx', (c) => {
      const payload = BANKS.map(([code, name]) => ({
        code: bitsoBankCodes === 'five' ? code : code.slice(2),
        name,
        country_code: 'MX',
      }));
      return c.json({ success: true, payload: layout === 'bare' ? payload : { banks: payload } });
    }),
});
