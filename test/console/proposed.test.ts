/** What waits for a second person, as the console tells it. */
import { describe, expect, test } from 'vitest';
import { isProposed, type Proposal, pendingOn, turnOf } from '../../src/console/parts/proposed.ts';
import { isCommand } from '../../src/reactor/http/routes/declare.ts';
import { CHANGE_CAP } from '../../src/reactor/http/routes/guards.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { PROPOSE_FOR_PAYMENT } from '../../src/reactor/http/routes/payment-proposals.ts';
import { CANCEL_PAYMENT } from '../../src/reactor/http/routes/payments.ts';
import { COMMANDERS } from '../../src/reactor/people/roles.ts';

describe('what was only proposed', () => {
  test('each command that only proposes is declared so, and no other', () => {
    const commands = ROUTES.filter(isCommand);
    const says = commands.filter(({ path, summary }) => path.endsWith('/proposals') || summary.startsWith('Propose '));
    expect(commands.filter(({ proposes }) => proposes).map(({ id }) => id)).toEqual(says.map(({ id }) => id));
    expect(says.length).toBeGreaterThan(5);
  });
  test('it is not told as done', () => {
    expect(isProposed(PROPOSE_FOR_PAYMENT, { id: 'x', legId: 'y' })).toBe(true);
    expect(isProposed(CHANGE_CAP, { proposal: 'x', needs: 'a second person' })).toBe(true);
    expect(isProposed(CHANGE_CAP, { proposal: null, needs: null })).toBe(false);
    expect(isProposed(CANCEL_PAYMENT, { id: 'x', status: 'closed' })).toBe(false);
  });
});

describe('whose turn it is', () => {
  const part = { legId: 'leg', kind: 'custody', state: 'in_custody', amount: '1.00' } as const;
  const account = { clabe: '*', legalName: 'L' };
  const proposal = {
    ...{ id: 'p', command: 'payment release', subject: 'payment:x', proposedBy: 'Olga (operator)' },
    money: { payments: [], parts: [{ ...part, account }], accounts: [] },
  } as unknown as Proposal;
  const pending = pendingOn([proposal], ['leg']);

  test('a proposal is pending on the legs whose money it moves, and no others', () => {
    expect([pending, pendingOn([proposal], ['other'])]).toEqual([proposal, undefined]);
  });
  test.each([
    ['an operator, of what nobody proposed', 'Olga', 'operator', undefined, 'do'],
    ['a viewer', 'Vera', 'viewer', undefined, 'others'],
    ['an approver, of what nobody proposed', 'Aldo', 'approver', undefined, 'others'],
    ['whoever proposed it', 'Olga', 'operator', pending, 'wait'],
    ['another operator', 'Omar', 'operator', pending, 'wait'],
    ['an approver, of what is proposed', 'Aldo', 'approver', pending, 'approve'],
    ['whoever proposed it and may approve', 'Olga', 'admin', pending, 'wait'],
  ] as const)('%s', (_, name, role, of, turn) => {
    expect(turnOf({ name, role }, COMMANDERS, of)).toBe(turn);
  });
});
