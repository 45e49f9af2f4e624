import type { Key } from '../words/language.ts';
import type { ActField } from './act-window.tsx';

type Tell = (key: Key) => string;

/** An account that money goes to. */
export const accountFields = (t: Tell): readonly ActField[] => [
  { name: 'clabe', label: t('field.clabe') },
  { name: 'legalName', label: t('field.legalName') },
];

/** Filled in one a line. */
export const linesOf = (text = ''): readonly string[] => text.split('\n').flatMap((line) => line.trim() || []);

/** What was left empty is left out. */
export const given = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));

/** What payments and standing terms share, of what people fill in. */
export const termFields = (t: Tell, policies: readonly (readonly [string, string])[]): readonly ActField[] => [
  { name: 'recipientId', label: t('field.recipient') },
  ...accountFields(t),
  {
    ...{ name: 'custodyPercent', label: t('field.custodyPercent'), initial: '100' },
    hint: t('field.custodyPercent.hint'),
  },
  { name: 'custodyDays', label: t('field.custodyDays'), initial: '7', isOptional: true },
  { name: 'release', label: t('field.release'), options: policies },
  { name: 'concept', label: t('field.concept'), hint: t('field.concept.hint') },
  { name: 'refundClabe', label: t('field.refundClabe'), hint: t('field.refundClabe.hint'), isOptional: true },
  { name: 'refundName', label: t('field.refundName'), isOptional: true },
];

const DAY_S = 86_400;
type Values = Readonly<Record<string, string>>;

/** The same as the interface takes it. What is no number it refuses in its own words. */
export function termsOf(values: Values) {
  const { recipientId, clabe, legalName, custodyPercent = '', custodyDays, release, concept } = values;
  const { refundClabe, refundName } = values;
  const share = Math.round(Number(custodyPercent) * 100);
  return given({
    ...{ recipientId, payout: { clabe, legalName }, custodyBasisPoints: share, release, concept },
    custodySeconds: share === 0 || custodyDays === undefined ? undefined : Math.round(Number(custodyDays) * DAY_S),
    refund: refundClabe === undefined ? undefined : { clabe: refundClabe, legalName: refundName },
  });
}
