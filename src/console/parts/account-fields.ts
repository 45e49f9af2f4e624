import { plainPesos } from '../../money/written.ts';
import { FEE_BEARERS, FEE_KINDS } from '../../reactor/payment/split.ts';
import { RAILS, RELEASE_POLICIES } from '../../reactor/payment/states.ts';
import type { Key } from '../words/language.ts';
import { type ActField, rowsOf, type Values } from './act-field.ts';

type Tell = Readonly<{ t: (key: Key) => string; name: (of: string, code: string) => string }>;
const MOST_FEES = 11;

/** An account that money goes to. */
export const accountFields = (t: Tell['t']): readonly ActField[] => [
  { name: 'clabe', label: t('field.clabe') },
  { name: 'legalName', label: t('field.legalName') },
];

/** Filled in one a line. */
export const linesOf = (text = ''): readonly string[] => text.split('\n').flatMap((line) => line.trim() || []);

/** What was left empty is left out. */
export const given = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

/** What is written; nothing is no number, and not 0. */
export const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
const basisPointsOf = (text: string): number => Math.round(numberOf(text.replace('%', '')) * 100);

/** Per cent such as 35, or pesos such as $1500.00. */
export const shareOf = (text: string | undefined) =>
  text === undefined || text === ''
    ? undefined
    : /\$|MXN|pesos/i.test(text)
      ? { amount: plainPesos(text) ?? text }
      : { basisPoints: basisPointsOf(text) };

const railField = ({ t, name }: Tell, of: string, label: string, at = of): ActField => ({
  ...{ name: of, label, at: [at], isOptional: true },
  options: [['', t('field.rail.auto')], ...RAILS.map((one) => [one, name('rail', one)] as const)],
});

const feeFields = (tell: Tell): readonly ActField[] => {
  const { t, name } = tell;
  const oneOf = (of: string, codes: readonly string[]) => codes.map((one) => [one, name(of, one)] as const);
  return [
    { name: 'kind', label: t('field.feeKind'), options: oneOf('fee', FEE_KINDS) },
    { name: 'bearer', label: t('field.feeBearer'), options: oneOf('party', FEE_BEARERS) },
    { name: 'rate', label: t('field.feeRate'), hint: t('field.feeRate.hint'), at: ['basisPoints', 'amount', ''] },
    { name: 'beneficiaryId', label: t('field.beneficiary'), isPerson: true },
    ...accountFields(t),
    railField(tell, 'rail', t('field.rail')),
  ];
};

/** What payments and standing terms share, of what people fill in. */
export const termFields = (tell: Tell): readonly ActField[] => {
  const { t, name } = tell;
  return [
    { name: 'recipientId', label: t('field.recipient'), isPerson: true },
    ...accountFields(t),
    railField(tell, 'rail', t('field.rail')),
    {
      ...{ name: 'custodyPercent', label: t('field.custodyPercent'), initial: '100', at: ['custodyBasisPoints'] },
      hint: t('field.custodyPercent.hint'),
    },
    {
      ...{ name: 'custodyDays', label: t('field.custodyDays'), initial: '7', isOptional: true },
      at: ['custodySeconds'],
    },
    { name: 'release', label: t('field.release'), options: RELEASE_POLICIES.map((one) => [one, name('release', one)]) },
    { name: 'concept', label: t('field.concept'), hint: t('field.concept.hint') },
    {
      ...{ name: 'fees', label: t('field.fee'), isOptional: true },
      rows: { add: t('field.fee.add'), most: MOST_FEES, fields: feeFields(tell) },
    },
    {
      ...{ name: 'refundClabe', label: t('field.refundClabe'), hint: t('field.refundClabe.hint'), isOptional: true },
      at: ['refund.clabe'],
    },
    { name: 'refundName', label: t('field.refundName'), isOptional: true, at: ['refund.legalName'] },
    railField(tell, 'refundRail', t('field.refundRail'), 'refund.rail'),
  ];
};

const DAY_S = 86_400;
const seconds = (days: string | undefined) => (days === undefined ? undefined : Math.round(numberOf(days) * DAY_S));

/** The same as the interface takes it. What is no number it refuses in its own words. */
export function termsOf(values: Values) {
  const { recipientId, clabe, legalName, rail, custodyPercent = '', custodyDays, release, concept, fees } = values;
  const { refundClabe, refundName, refundRail } = values;
  const share = basisPointsOf(custodyPercent);
  return given({
    ...{ recipientId, payout: given({ clabe, legalName, rail }), custodyBasisPoints: share, release, concept },
    custodySeconds: share === 0 ? undefined : seconds(custodyDays),
    fees: fees === undefined ? undefined : linesOfFees(values).map(feeOf),
    refund:
      refundClabe === undefined ? undefined : given({ clabe: refundClabe, legalName: refundName, rail: refundRail }),
  });
}

/** The fees that were filled in, each by its fields. */
export const linesOfFees = ({ fees }: Values): readonly Values[] => rowsOf(fees);

const feeOf = ({ kind, bearer, rate, beneficiaryId, clabe, legalName, rail }: Values) => ({
  ...{ kind, bearer, ...shareOf(rate), beneficiaryId, payout: given({ clabe, legalName, rail }) },
});

/** A payment, as people ask for it. */
export const paymentFields = (tell: Tell, payerId = ''): readonly ActField[] => [
  { name: 'payerId', label: tell.t('field.payer'), initial: payerId, isPerson: true },
  { name: 'amount', label: tell.t('field.amount'), hint: tell.t('field.amount.hint'), isMoney: true },
  ...termFields(tell),
  {
    ...{ name: 'expiresInDays', label: tell.t('field.expiresInDays'), initial: '3', isOptional: true },
    at: ['expiresInSeconds'],
  },
];

/** The same as the interface takes it. */
export const paymentOf = (values: Values) =>
  given({
    ...termsOf(values),
    ...{ payerId: values['payerId'], amount: values['amount'], expiresInSeconds: seconds(values['expiresInDays']) },
  });
