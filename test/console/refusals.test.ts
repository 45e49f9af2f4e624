/** What the interface refuses is told in the language of the page; what nobody has put into it is quoted, and says that it is. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TOLD_CODES, tellProblem } from '../../src/console/words/said/problems.ts';
import { APPEAL, GIVE_EVIDENCE, OPEN_DISPUTE, PROPOSE_OUTCOME } from '../../src/reactor/disputes/terms.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { STANDING_TERMS, USER_TERMS } from '../../src/reactor/people/terms.ts';
import { NAME_TRANSFER_HOW, SETTLE_HOW } from '../../src/reactor/replace/terms.ts';
import { SPANISH } from '../support/spanish.ts';

const REACTOR = join(import.meta.dirname, '../../src/reactor');
/** Said to no page of the console: to whoever reads the metrics, and to Juno's webhooks. */
const SAID_TO_OTHERS = /^(no_metrics_token|webhook_\w+)$/;
const problem = { type: 'https://kustodia.mx/problems/x', title: 'Title', status: 409 };

test('each code that the reactor refuses with has Spanish', () => {
  const codes = globSync('**/*.ts', { cwd: REACTOR }).flatMap((file) => {
    const text = readFileSync(join(REACTOR, file), 'utf8');
    const refusals = text.matchAll(/\b(?:Refusal|refuse)\(\{([\s\S]*?)\btitle\b/g);
    const named = [...text.matchAll(/\brefused\('(\w+)'/g)].map(([, code]) => code);
    return [
      ...named,
      ...[...refusals].flatMap(([, said = '']) => [...said.matchAll(/code: '(\w+)'/g)].map(([, code]) => code)),
    ];
  });
  expect(codes.length).toBeGreaterThan(80);
  expect([...new Set(codes)].filter((code) => !TOLD_CODES.has(code ?? '') && !SAID_TO_OTHERS.test(code ?? ''))).toEqual(
    [],
  );
});

test('why it is refused is told with what stands in it; what nobody put into Spanish is quoted', () => {
  const tell = (code: string, detail: string) => tellProblem({ ...problem, code, detail }, SPANISH);
  expect(
    tell('not_decidable', 'It is sending: only what is unknown is resolved by people. Nothing was changed.'),
  ).toEqual({
    ...{ title: 'Esto no lo decide una persona por ahora', quoted: null, errors: [] },
    text: `Está en «${SPANISH.name('effectState', 'sending')}»: las personas solo resuelven lo que se desconoce. No se cambió nada.`,
  });
  const unheard = 'Something that nobody has heard before. Nothing was changed.';
  expect(tell('not_decidable', unheard)).toMatchObject({ text: 'No se cambió nada.', quoted: unheard });
  expect(tell('a_code_of_later', unheard)).toBeNull();
  expect(tellProblem({ ...problem, code: 'signed_out', detail: '' }, { ...SPANISH, language: 'en' })).toBeNull();
});

test('whatever is wrong with a field is told in Spanish', () => {
  const account = { clabe: '123', legalName: '', rail: 'pigeon' };
  const fees = [{ kind: 'x', bearer: 'y', basisPoints: 0, amount: '-1', beneficiaryId: 'z', payout: account }];
  const terms = {
    recipientId: 'x',
    payout: account,
    refund: account,
    custodyBasisPoints: 20_000,
    custodySeconds: 0,
    fees,
  };
  const wrong = { ...terms, release: 'never', concept: 'ñ' };
  const tried = [
    [PAYMENT_TERMS, { ...wrong, payerId: 'x', amount: '1.005', expiresInSeconds: 1e9, reason: '' }],
    [
      PAYMENT_TERMS,
      { ...wrong, payerId: 'x', amount: '1', custodySeconds: 1e12, expiresInSeconds: 0, concept: '1'.repeat(18) },
    ],
    [PAYMENT_TERMS, {}],
    [STANDING_TERMS, { ...wrong, minimum: 'x', maximum: '2', reason: 'x' }],
    [USER_TERMS, { fullName: '<', email: 'x', reason: 'x'.repeat(201) }],
    [OPEN_DISPUTE, { payment: 1, by: 'x', reasonCode: 'Not So', statement: '' }],
    [GIVE_EVIDENCE, { by: 'x', text: 'x'.repeat(4_001), files: [{ name: '', sha256: 'x' }], reason: 1 }],
    [APPEAL, {}],
    [PROPOSE_OUTCOME, { outcome: 'x', payer: {}, payout: { clabe: '0'.repeat(18), legalName: '' } }],
    [NAME_TRANSFER_HOW, { txHash: 'x', logIndex: 0.5 }],
    [SETTLE_HOW, { trackingKey: '-', cepLink: 'https://example.com' }],
  ] as const;
  const errors = tried.flatMap(([schema, body]) =>
    (schema.safeParse(body).error?.issues ?? []).map(({ path, message }) => ({ field: path.join('.'), message })),
  );
  expect(errors.length).toBeGreaterThan(50);
  const told = tellProblem({ ...problem, code: 'invalid_request', detail: '', errors }, SPANISH);
  expect(told?.errors.filter(({ isQuoted }) => isQuoted)).toEqual([]);
});
