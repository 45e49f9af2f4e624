import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  amountIn,
  difference,
  fewDecimals,
  largerFirst,
  lasting,
  moment,
  pesos,
  shortMoment,
  shortPesos,
  standing,
  sumOf,
  units,
} from '../../src/console/look/format.ts';
import { filtersOf, queryOf, STATION_NAMES, STATIONS } from '../../src/console/pages/payments-filters.ts';
import { en } from '../../src/console/words/en.ts';
import { es } from '../../src/console/words/es.ts';
import { tellLine } from '../../src/console/words/line.ts';
import { retell } from '../../src/console/words/said.ts';
import { ALERT_KINDS } from '../../src/reactor/alerts/kinds.ts';
import { EFFECT_KINDS, EFFECT_STATES } from '../../src/reactor/effects/states.ts';
import { reasonToStop } from '../../src/reactor/guards/breaker.ts';
import { CAP_NAMES } from '../../src/reactor/guards/limit.ts';
import { isCommand } from '../../src/reactor/http/routes/declare.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { PREVIEW_PAYMENT } from '../../src/reactor/http/routes/payments.ts';
import { explain } from '../../src/reactor/payment/explain.ts';
import { previewOf } from '../../src/reactor/payment/preview.ts';
import { LEG_KINDS, LEG_STATES, PAYMENT_KINDS, RAILS, RELEASE_POLICIES } from '../../src/reactor/payment/states.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { ACTS } from '../../src/reactor/people/acts.ts';
import { ROLES } from '../../src/reactor/people/roles.ts';
import { REASON } from '../../src/reactor/people/words.ts';
import { BREAK_KINDS, KINDS } from '../../src/reactor/reconcile/kinds.ts';
import { AT_REST, ON_ITS_WAY } from '../../src/reactor/replace/refund.ts';
import { SENTENCES } from '../../src/reactor/suspense/show.ts';
import { SPANISH } from '../support/spanish.ts';

const named = (of: string, codes: readonly string[]) => codes.map((code) => `${of}.${code}`);

test('whatever a machine names has words in each language', () => {
  const keys = [
    ...named('state', [...LEG_STATES, 'needs_attention', 'on_hold']),
    ...named('kind', [...LEG_KINDS, ...PAYMENT_KINDS]),
    ...named('rail', RAILS),
    ...named('release', RELEASE_POLICIES),
    ...named('effect', EFFECT_KINDS),
    ...named('effectState', EFFECT_STATES),
    ...named('break', BREAK_KINDS),
    ...named('cap', CAP_NAMES),
    ...named('role', ROLES),
    ...named('role.about', ROLES),
    ...named('alert', Object.keys(ALERT_KINDS)),
  ];
  expect(keys.filter((key) => !(key in en))).toEqual([]);
});

/** The names of all fields in what a route answers. */
function fieldsIn(schema: unknown, into: Set<string>): Set<string> {
  if (typeof schema !== 'object' || schema === null) return into;
  for (const [name, part] of Object.entries(schema)) {
    if (name === 'properties') for (const field of Object.keys(part as object)) into.add(field);
    fieldsIn(part, into);
  }
  return into;
}

/** How the sources name what the audit log has. */
const AUDITED = [
  /\bcommand: '([a-z -]+)'/g,
  /\bNOTE = '([a-z -]+)'/g,
  /\bidentity, '([a-z -]+)'/g,
  /: FourEyesCommand<[^>]*> = \{\s+name: '([^']+)'/g,
];

test('whatever the audit log says was done has words in each language', () => {
  const sources = join(import.meta.dirname, '../../src/reactor');
  const text = globSync('**/*.ts', { cwd: sources }).map((file) => readFileSync(join(sources, file), 'utf8'));
  const commands = AUDITED.flatMap((how) => [...text.join('\n').matchAll(how)].map(([, name = '']) => name));
  expect([...new Set(commands)].sort()).toEqual(ACTS);
  expect(named('command', [...new Set(commands)]).filter((key) => !(key in en && key in es))).toEqual([]);
});

test('whatever a preview or an answer shows has a name in each language', () => {
  const shown = ROUTES.filter((route) => isCommand(route) || route.id === PREVIEW_PAYMENT.id);
  const fields = new Set<string>();
  for (const route of shown)
    for (const schema of [route.answer, ...(isCommand(route) && route.plan ? [route.plan] : [])])
      fieldsIn(z.toJSONSchema(schema, { unrepresentable: 'any' }), fields);
  expect(fields.size).toBeGreaterThan(100);
  expect([...fields].filter((field) => !(`plan.${field}` in en))).toEqual([]);
});

test('both languages name the same things', () => {
  const names = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([one]) => one).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[])
    expect([key, names(es[key])]).toEqual([key, names(en[key])]);
});

test('pesos, moments and lengths are as Mexico writes them, to the centavo', () => {
  expect([pesos('1234567.89'), pesos('-0.05'), pesos('90071992547409931.01')]).toEqual([
    ...['$1,234,567.89', '-$0.05', '$90,071,992,547,409,931.01'],
  ]);
  expect(shortPesos('27680.60')).toMatch(/^\$27\.7\sk$/);
  // Six hours behind UTC.
  expect(moment('2026-11-27T05:36:09.123Z', 'es-MX')).toBe('26 nov 2026, 23:36:09');
  expect(moment('2026-11-27T05:36:09.123Z', 'en-GB')).toBe('26 Nov 2026, 23:36:09');
  // The year is told where it is another one, in Mexico: there it began six hours later.
  expect(
    ['2027-01-01T06:30:00Z', '2027-01-01T05:30:00Z'].map((at) => shortMoment(at, 'es-MX', '2027-03-01T00:00:00Z')),
  ).toEqual(['1 ene, 00:30', '31 dic 2026, 23:30']);
  expect([amountIn('0.051234567890123456 ETH'), amountIn('27680.600001 MXNB'), amountIn('without a bound')]).toEqual([
    ...['0.0512 ETH', '27,680.600001 MXNB', 'without a bound'],
  ]);
  expect([sumOf(['0.10', '0.200001', '-1.00']), ['5.00', '70.00', '7.000001'].toSorted(largerFirst)]).toEqual([
    ...['-0.699999', ['70.00', '7.000001', '5.00']],
  ]);
  expect([lasting(2.64, 'es-MX'), lasting(5_400, 'es-MX'), lasting(90_061, 'en-GB')]).toEqual([
    ...['2.6 s', '1 h 30 min', '1 day 1 hr'],
  ]);
  expect([units('27680.600001'), fewDecimals('9999.999102204993715435')]).toEqual(['27,680.600001', '9,999.9991']);
  expect([difference('4.00', '0.00'), difference('0.000001', '1'), difference('-1.50', '-1.5')]).toEqual([
    ...['4.00', '-0.999999', '0.00'],
  ]);
});

test('what lies somewhere is the same as the books, explained by what is under way, or a difference', () => {
  const of = (balance: string, posted: string, booked: string) => {
    const { as, amount } = standing({ balance, posted, booked });
    return `${as} ${amount}`;
  };
  expect([
    of('4718.22', '4718.22', '3496.22'),
    of('3496.22', '4718.22', '3496.22'),
    of('4000', '4718.22', '3496.22'),
  ]).toEqual(['same 0.00', 'under way 1222.00', 'under way 718.22']);
  expect([of('4718.220001', '4718.22', '3496.22'), of('3496.00', '4718.22', '3496.22'), of('5', '1', '3')]).toEqual([
    ...['over 0.000001', 'short 0.22', 'over 2.00'],
  ]);
});

test('what a payment waits for is told in Spanish, or in English that says that it is', () => {
  const { name } = SPANISH;
  const [spanish, english] = [SPANISH, { language: 'en', locale: 'en-GB', name } as const];
  const wait = (who: string, what: string) =>
    `${who} waits for ${what}. It looks again when told, and at 2026-11-28T05:38:00.732Z at the latest.`;
  const custody = (left_s: number) =>
    `the custody to end at 2026-12-28T05:36:31.000Z (${left_s} s by the chain’s clock)`;
  const ends = 'el fin de la custodia el 27 dic 2026, 23:36:31 (faltan 29 días 23 h)';
  const again = 'Se revisa al recibir aviso, y a más tardar el 27 nov 2026, 23:38:00.';
  expect(retell(wait('It', custody(2_591_911)), spanish).text).toBe(`Espera ${ends}. ${again}`);
  expect(retell(wait('Its custody leg of 19,480.60 MXN (in_custody)', custody(2_591_911)), spanish).text).toBe(
    `Su parte «${name('kind', 'custody')}» de $19,480.60 («${name('state', 'in_custody')}») espera ${ends}. ${again}`,
  );
  expect(retell(wait('It', `${custody(120)} or the approval of the payer`), spanish).text).toBe(
    `Espera el fin de la custodia el 27 dic 2026, 23:36:31 (faltan 2 min) o la aprobación del pagador. ${again}`,
  );
  expect(retell(wait('It', `${custody(120)} or a full moon`), spanish)).toEqual({
    language: 'en',
    text: 'It waits for the custody to end at 27 Dec 2026, 23:36:31 (2 mins by the chain’s clock) or a full moon. It looks again when told, and at 27 Nov 2026, 23:38:00 at the latest.',
  });
  expect(
    retell(
      'It needs a person (operations): Juno refuses it. It is tried again by itself. 2 more legs need a person as well.',
      spanish,
    ).text,
  ).toBe(
    'Requiere a una persona (Operaciones): Juno la rechaza. Se intenta de nuevo por sí solo. 2 partes más también requieren a una persona.',
  );
  expect(retell(explain({ do: 'done' }), spanish)).toMatchObject({ language: 'es' });
  expect(retell(explain({ do: 'done' }), english)).toMatchObject({ language: 'en' });
});

test('what stands in the place of people’s words is told in Spanish', () => {
  const stopped = 'the switch “all” to be opened again: (only for those on duty)';
  const why = `It waits for ${stopped}. It looks again when told, and at 2026-11-28T05:38:00.732Z at the latest.`;
  expect(retell(why, SPANISH).text).toContain('«all»: (solo para quienes están de guardia)');
  expect(retell('(only for those on duty)', SPANISH).text).toBe('(solo para quienes están de guardia)');
  const alert = 'Contract 0x1: no new money goes into it: people stopped it, and kustodia guard list says why.';
  expect(retell(alert, SPANISH).text).toBe(
    'Contrato 0x1: no entra dinero nuevo; alguien lo detuvo, y kustodia guard list dice por qué.',
  );
});

test('why the reactor stopped something itself is told in Spanish, and what the audit log says of its own', () => {
  const told = (sentence: string) => retell(sentence, SPANISH).text;
  const escrow = '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512';
  expect(told(`reconciliation: escrow ${escrow} is short, break account_short:escrow ${escrow}`)).toBe(
    `Conciliación: falta dinero en «MXNB en el contrato de garantía» (${escrow}); la diferencia es «Falta en la cuenta».`,
  );
  expect(told('reconciliation: juno_pool is short, break juno_act_without_effect:9')).toContain(
    'falta dinero en «MXNB en Juno»; la diferencia es «Acto en Juno sin orden»',
  );
  const pin = { identity: 'a', block: 1n };
  const act = { name: 'RoleGranted', txHash: '0x12', blockNumber: 7n } as const;
  const found = { is: 'found', isPaused: true, identity: 'a' } as const;
  const stopped = [
    reasonToStop(pin, [act], { is: 'silent' }),
    reasonToStop(pin, [], found),
    reasonToStop(pin, [], { ...found, identity: 'b' }),
  ].map((reason) => reason ?? '');
  const all = [
    ...[...stopped, `Contract ${escrow}: ${stopped[1]}`, REASON.parse(undefined)],
    ...['signed in to the console', 'nobody appealed in time', 'approved by the link that was sent to them'],
  ];
  expect(all.filter((one) => /escrow contract|in time|sent to|asked|signed/.test(told(one)))).toEqual([]);
});

test('what is to be done about each break and each deposit in suspense is told in Spanish', () => {
  const english = [...Object.values(KINDS).map(({ nextStep }) => nextStep), ...Object.values(SENTENCES)];
  expect(english.filter((one) => retell(one, SPANISH).language === 'en')).toEqual([]);
});

test('when each part of a refund goes back is told in Spanish', () => {
  const english = [...Object.values(ON_ITS_WAY), ...Object.values(AT_REST)];
  expect(english.filter((one) => retell(one, SPANISH).language === 'en')).toEqual([]);
  expect(retell('at once', SPANISH).text).toBe('de inmediato');
});

test('an address with anything in it has filters, or none', () => {
  expect(filtersOf({ status: 'completed', kind: 'x', from: '2026-11-27', to: '<script>' })).toEqual({
    ...{ status: 'completed', from: '2026-11-27' },
  });
});

test('each state of a leg is at one station at most, whose link asks for them all', () => {
  const all = Object.values(STATIONS).flat();
  expect(new Set(all).size).toBe(all.length);
  const asked = STATION_NAMES.map((station) => queryOf(filtersOf({ station, kind: 'escrow' })));
  expect(asked).toEqual(STATION_NAMES.map((one) => ({ kind: 'escrow', legState: STATIONS[one].join(',') })));
  expect([filtersOf({ station: 'moon' }), queryOf({ status: 'completed' })]).toEqual([{}, { status: 'completed' }]);
});

test('a line of the timeline is told by the names of things, and one that is not known as it is', () => {
  const t = (key: keyof typeof en, names: Readonly<Record<string, string | number>> = {}) =>
    en[key].replaceAll(/\{(\w+)\}/g, (_, one: string) => String(names[one]));
  const known = (of: string, code: string) => (en as Readonly<Record<string, string>>)[`${of}.${code}`] ?? null;
  const name = (of: string, code: string) => known(of, code) ?? code;
  const say = (sentence: string) => retell(sentence, { language: 'en', locale: 'en-GB', name }).text;
  const told = (source: string, what: string) => tellLine({ source, what }, { t, name, known, say });
  expect([
    told('leg', 'funding → in_custody: EscrowFunded'),
    told('leg', 'requested: created'),
    told('effect', 'chain_fund confirmed (attempt 1)'),
    told('effect', 'juno_redemption rejected (attempt 2)'),
    told('evidence', 'juno_deposit 0a63973d claimed'),
    told('ledger', 'deposit posted'),
    told('transaction', 'chain_fund signed at nonce 3'),
    told('person', 'Olga: hold open'),
    told('person', 'Olga: propose payment repay'),
    told('transaction', 'gives up chain_fund signed at nonce 3'),
    told('approval', 'the payer approves the release'),
    told('approval', 'the approval of the recipient is withdrawn'),
    told('dispute', 'disputed by payer: not_received'),
    told('dispute', 'evidence of the operations'),
    told('dispute', 'dispute decided for: split'),
    told('dispute', 'appeal of the recipient'),
    told('dispute', 'the decision of the dispute is final'),
    told('dispute', 'something that a newer server says'),
  ]).toEqual([
    'funding the escrow → in custody · EscrowFunded',
    'waits for the deposit · created',
    'Fund the escrow: confirmed',
    'Redemption and SPEI: rejected · attempt 2',
    'deposit at Juno 0a63973d proves it',
    'Deposit: posted',
    'Fund the escrow: signed, nonce 3',
    'Olga · Hold',
    'Olga · Propose: Pay again',
    'Fund the escrow: its nonce 3 is given up',
    'Payer: approves the release',
    'Recipient: takes the approval back',
    'Payer: opens a dispute (not received)',
    'Operations: shows evidence',
    'Dispute decided for: Split',
    'Recipient: appeals',
    'The decision of the dispute is final',
    null,
  ]);
});

test('what a payment would come to is told in Spanish, each of its sentences', () => {
  const account = { clabe: '646180157000000004', legalName: 'Luis Mora' };
  const id = '00000000-0000-4000-8000-000000000001';
  const fee = { kind: 'broker', bearer: 'recipient', amount: '20.00', beneficiaryId: id, payout: account };
  const terms = PAYMENT_TERMS.parse({
    ...{ payerId: id, recipientId: id, amount: '1500.00', payout: account, concept: 'Renta', custodySeconds: 60 },
    ...{ custodyBasisPoints: 5_000, fees: [fee, { ...fee, kind: 'platform', amount: '150.00' }] },
  });
  const { legs, rounding } = previewOf(terms);
  const said = [rounding.sentence, ...legs.map(({ sentence }) => sentence)].map((one) => retell(one, SPANISH));
  expect(said.map(({ language }) => language)).toEqual(Array(5).fill('es'));
  expect(said.at(-2)?.text).toContain('se le debe a su cuenta como acumulado');
  const held = retell('dispute 7, not_received, opened by the payer', SPANISH);
  expect([held.text, retell('dispute 7, frozen, opened in the escrow contract', SPANISH).text]).toEqual([
    'Disputa 7, no recibido, abierta por Pagador',
    'Disputa 7, frozen, abierta por La cadena',
  ]);
});
