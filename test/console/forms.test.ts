/** The forms of the console take all that the interface does: what it knows of a payment, of standing terms, of evidence. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fitting } from '../../src/console/pages/queues/fitting.ts';
import { paymentFields, paymentOf, shareOf, termFields, termsOf } from '../../src/console/parts/account-fields.ts';
import { type ActField, boundTo, missingOf, sentOf, type Values } from '../../src/console/parts/act-field.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { STANDING_TERMS } from '../../src/reactor/people/terms.ts';

const USER = '00000000-0000-4000-8000-000000000001';
const CLABE = '646180157000000004';
const tell = { t: (key: string) => key, name: (_: string, code: string) => code };
/** As somebody fills a field in. */
const WRITTEN: Values = {
  ...{ payerId: USER, recipientId: USER, beneficiaryId: USER, amount: '1500.00', minimum: '500.00', maximum: '900.00' },
  ...{
    clabe: CLABE,
    refundClabe: CLABE,
    legalName: 'Luis Mora',
    refundName: 'Ana Ruiz',
    concept: 'Renta',
    rate: '2.5',
  },
  ...{ custodyPercent: '80', custodyDays: '7', expiresInDays: '2' },
};
/** The window adds it to every command. */
const BY_ITSELF = ['reason'];

/** All filled in: of a choice the last, which is the one that is least likely to be left as it was. */
function fillIn(fields: readonly ActField[], written: Values): Values {
  const filled = fields.map(({ name, options, rows }): [string, string | undefined] => {
    if (!rows) return [name, options?.at(-1)?.[0] ?? written[name]];
    const row = fillIn(rows.fields, written);
    return [name, JSON.stringify([row, { ...row, rate: '$150.00' }])];
  });
  expect(filled.filter(([, value]) => value === undefined)).toEqual([]);
  return Object.fromEntries(filled as [string, string][]);
}

type Schema = Readonly<{ properties?: Record<string, Schema>; items?: Schema; anyOf?: readonly Schema[] }>;
const pathsIn = ({ properties = {}, items }: Schema, at = ''): string[] => [
  ...Object.entries(properties).flatMap(([name, schema]) => {
    const below = pathsIn(schema, `${at}${name}.`);
    return below.length > 0 ? below : [`${at}${name}`];
  }),
  ...(items ? pathsIn(items, at) : []),
];
const takenBy = (schema: z.ZodType): string[] => {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return pathsIn(described).filter((path) => !BY_ITSELF.includes(path));
};
const saidIn = (body: unknown, at = ''): string[] => {
  if (Array.isArray(body)) return body.flatMap((one) => saidIn(one, at));
  if (typeof body !== 'object' || body === null) return [at.slice(0, -1)];
  return Object.entries(body).flatMap(([name, value]) => saidIn(value, `${at}${name}.`));
};
const unique = (paths: readonly string[]) => [...new Set(paths)].sort();

test('a payment has a field for each thing that it can be asked for with, and what they say is taken', () => {
  const body = paymentOf(fillIn(paymentFields(tell as never), WRITTEN));
  expect(unique(saidIn(body))).toEqual(unique(takenBy(PAYMENT_TERMS)));
  expect(takenBy(PAYMENT_TERMS)).toContain('fees.payout.rail');
  const { success, data } = PAYMENT_TERMS.safeParse({ ...body, reason: 'it is tried' });
  expect([success, data?.expiresInSeconds, data?.fees.length]).toEqual([true, 2 * 86_400, 2]);
});

test('and so have standing terms', () => {
  const fields: readonly ActField[] = [
    ...['minimum', 'maximum'].map((name) => ({ name, label: name })),
    ...termFields(tell as never),
  ];
  const { minimum, maximum, ...values } = fillIn(fields, WRITTEN);
  const body = { ...termsOf(values), minimum, maximum };
  expect(unique(saidIn(body))).toEqual(unique(takenBy(STANDING_TERMS)));
});

test.each(['', ' ', '%'])('a share that is written as “%s” is missing, and never 0', (custodyPercent) => {
  const body = JSON.parse(
    JSON.stringify(paymentOf({ ...fillIn(paymentFields(tell as never), WRITTEN), custodyPercent })),
  );
  const { error } = PAYMENT_TERMS.safeParse({ ...body, reason: 'it is tried' });
  expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['custodyBasisPoints']);
  expect(JSON.stringify(shareOf(custodyPercent) ?? {})).not.toContain('0');
});

const FIELDS = paymentFields(tell as never);

test('money is taken as people write it', () => {
  const sent = (amount: string) => sentOf(FIELDS, { ...WRITTEN, amount })['amount'];
  expect(['12,500.00', '$ 12,500', '12500 MXN', '1,25'].map(sent)).toEqual(['12500.00', '12500', '12500', '1,25']);
  expect([shareOf('$1,500.50'), shareOf('2.5 %')]).toEqual([{ amount: '1500.50' }, { basisPoints: 250 }]);
});

test('what is refused of a payment is told at the field that it was filled in at, and what has none apart', () => {
  const paths = {
    ...{ amount: 'amount', 'payout.clabe': 'clabe', 'refund.clabe': 'refundClabe', custodySeconds: 'custodyDays' },
    ...{ 'fees.1.payout.clabe': 'fees.1.clabe', 'fees.0.basisPoints': 'fees.0.rate', 'fees.0': 'fees.0.rate' },
    ...{ custodyBasisPoints: 'custodyPercent', expiresInSeconds: 'expiresInDays', concept: 'concept' },
  };
  for (const [field, name] of Object.entries(paths))
    expect([...boundTo(FIELDS, [{ field, message: 'x', isQuoted: false }]).wrongs.keys()], field).toEqual([name]);
  const { wrongs, rest } = boundTo(FIELDS, [{ field: 'nowhere', message: 'x', isQuoted: false }]);
  expect([wrongs.size, rest.length]).toEqual([0, 1]);
});

test('whatever is empty and may not be is named, in each row as well', () => {
  const fees = JSON.stringify([
    { kind: 'broker', bearer: 'payer', rate: '1', beneficiaryId: USER, clabe: CLABE, legalName: ' ' },
  ]);
  expect(missingOf(FIELDS, { ...WRITTEN, release: 'date', concept: '', fees })).toEqual([
    'concept',
    'fees.0.legalName',
  ]);
});

test('a deposit is offered to the payments that it can be given to, by their numbers, and to no others', () => {
  const [exact, less, more] = [
    { id: 'a', number: 7, concept: 'Renta', amount: '1500.00' },
    { id: 'b', number: 8, concept: 'Flete', amount: '640.50' },
    { id: 'c', number: 9, concept: 'Motor', amount: '1500.01' },
  ];
  const item = { amount: '1500.00', openPayments: [exact, less, more] };
  expect(fitting(item, 'whole')).toEqual([['a', '#7 · $1,500.00 · Renta']]);
  expect(fitting(item, 'part').map(([id]) => id)).toEqual(['a', 'b']);
  expect(fitting({ ...item, amount: '123.45' }, 'whole')).toEqual([]);
});
