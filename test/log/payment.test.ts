import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/reactor/log.ts';
import { noteWork, type Work, workHere, workOf, workOn } from '../../src/reactor/work.ts';
import { findNameless } from '../runner/nameless.ts';

const [P, Q, LEG, EFFECT] = [1, 2, 3, 4].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
  string,
];

function logged() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('reactor', 'debug', { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { lines, log };
}
const whose = ({ payment, leg, effect, kind }: Record<string, unknown>) => ({ payment, leg, effect, kind });

test('a line says for which payment, leg, effect and kind it was written, however deep in the work, and beside other work', async () => {
  const { lines, log } = logged();
  const deep = async () => {
    await turn();
    log.warn({ event: 'rpc_unreachable' }, 'no answer');
  };
  const one = (payment: string) =>
    workOn({}, 'advance', { payment }, async () => {
      await deep();
      await workOn({}, 'send', { leg: LEG, effect: EFFECT, kind: 'chain_fund' }, deep);
    });
  await Promise.all([one(P), one(Q)]);
  log.info({ event: 'other' });
  const part = { leg: LEG, effect: EFFECT, kind: 'chain_fund' };
  const whole = { leg: undefined, effect: undefined, kind: undefined };
  expect(lines.map(whose)).toEqual([
    ...[P, Q].map((payment) => ({ payment, ...whole })),
    ...[P, Q].map((payment) => ({ payment, ...part })),
    { payment: undefined, ...whole },
  ]);
});

test('what a line says itself stays, and work for another payment keeps nothing of the one before', async () => {
  const { lines, log } = logged();
  await workOn({}, 'advance', { payment: P, leg: LEG, kind: 'chain_fund' }, async () => {
    log.info({ event: 'leg_moved', payment: P, leg: 'another' });
    expect(workHere()).toEqual({ payment: P, leg: LEG, kind: 'chain_fund' });
    await workOn({}, 'webhook', { payment: Q }, async () => log.info({ event: 'webhook_undelivered' }));
  });
  expect(lines.map(whose)).toMatchObject([{ leg: 'another' }, { payment: Q }]);
  expect(lines[1]).not.toHaveProperty('leg');
});

test('whom a request is for is found out in it, once, and nowhere else', async () => {
  const seen: Work[] = [];
  await workOn({}, 'request', {}, async () => {
    noteWork({ payment: P });
    await turn();
    noteWork({ payment: Q, leg: LEG });
    seen.push(workHere());
  });
  noteWork({ payment: Q });
  seen.push(workHere());
  expect(seen).toEqual([{ payment: P, leg: LEG }, {}]);
});

test('an effect is its payment’s, and one of a user nobody’s', () => {
  const effect = { id: EFFECT, kind: 'chain_fund', paymentId: P, subjectKind: 'leg', subjectId: LEG };
  expect(workOf(effect)).toEqual({ payment: P, leg: LEG, effect: EFFECT, kind: 'chain_fund' });
  const clabe = { id: EFFECT, kind: 'juno_clabe', paymentId: null, subjectKind: 'user', subjectId: 'u' };
  expect(workOf(clabe)).toEqual({ effect: EFFECT, kind: 'juno_clabe' });
});

test.each([
  ['a leg', { leg: LEG }],
  ['an effect', { effect: EFFECT, kind: 'chain_fund' }],
  ['a job', { lane: 'payment', id: P }],
  ['another payment than the job’s', { lane: 'payment', id: P, payment: Q }],
  ['a subject', { subject: `leg:${LEG}` }],
  ['a sentence', { msg: `payment ${P} took 12 turns` }],
  ['nothing in the place of a payment', { payment: null }],
  ['a name of before', { legId: LEG, payment: P }],
])('the search of the logs finds a line that names %s and not its payment', (_what, line) => {
  expect(findNameless(JSON.stringify({ part: 'reactor', ...line }))).toHaveLength(1);
});

test.each([
  ['that names it', { payment: P, leg: LEG, lane: 'payment', id: P }],
  ['of a user’s effect', { effect: EFFECT, kind: 'juno_clabe' }],
  ['of a break that is nobody’s', { subject: 'account:bridge', kind: 'books_differ' }],
  ['of nobody', { event: 'listening' }],
])('and leaves alone one %s', (_what, line) => {
  expect(findNameless(JSON.stringify({ part: 'reactor', ...line }))).toEqual([]);
  expect(findNameless('no JSON')).toEqual([]);
});
