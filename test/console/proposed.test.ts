/** What waits for a second person, as the console tells it. */
import { describe, expect, test } from 'vitest';
import { isProposed } from '../../src/console/parts/proposed.ts';
import { isCommand } from '../../src/reactor/http/routes/declare.ts';
import { CHANGE_CAP } from '../../src/reactor/http/routes/guards.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';
import { PROPOSE_FOR_PAYMENT } from '../../src/reactor/http/routes/payment-proposals.ts';
import { CANCEL_PAYMENT } from '../../src/reactor/http/routes/payments.ts';

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
