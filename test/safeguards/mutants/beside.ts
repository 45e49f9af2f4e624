import type { Mutant } from '../mutant.ts';

const ADVANCE = 'src/reactor/advance/advance.ts';
const EACH_LEG = 'test/advance/each-leg.test.ts';
const ACCOUNT = 'src/reactor/payment/account.ts';
const NAMED = [{ file: 'test/payment/account.test.ts', title: 'is what it waits for, and not the account' }];
const CANCEL = 'test/http/cancel.test.ts';
const ANY_ORDER = [
  { file: 'test/payment/any-order.test.ts', title: 'no leg is paid twice, no more leaves than came in' },
];
const OF_LEGS = 'design 2, states belong to legs';
const TRULY = 'design 3, each wait names what it truly is for';

/** What one leg meets, and the others beside it do not; and what is called off before it has any money. */
export const BESIDE: readonly Mutant[] = [
  {
    id: 'each-leg-refused',
    safeguard: 'what one leg is refused keeps no other of its payment from its try',
    rule: OF_LEGS,
    file: ADVANCE,
    find: '      refused.add(decision.leg.id);\n',
    replace: '      return { until: new Date(view.now.getTime() + pause_ms), from: view.now };\n',
    caughtBy: [{ file: EACH_LEG, title: 'and the others are paid in the same look' }],
  },
  {
    id: 'each-leg-threw',
    safeguard: 'a leg that throws keeps no other of its payment from its try',
    rule: OF_LEGS,
    file: ADVANCE,
    find: 'for (const { id } of together(decision)) refused.add(id);',
    replace: 'throw error;',
    caughtBy: [{ file: EACH_LEG, title: 'is told of after the others had their try' }],
  },
  {
    id: 'each-leg-told',
    safeguard: 'what a leg threw is told once the others had their try',
    rule: OF_LEGS,
    file: ADVANCE,
    find: 'if (failures.length > 0)',
    replace: 'if (failures.length > 9)',
    caughtBy: [{ file: EACH_LEG, title: 'is told of after the others had their try' }],
  },
  {
    id: 'each-leg-soonest',
    safeguard: 'the look comes again for the leg that was refused, whatever the others wait for',
    rule: OF_LEGS,
    file: ADVANCE,
    find: 'return earlier(soonest, rest);',
    replace: 'return rest && { ...rest, until: new Date(rest.until.getTime() + 60_000) };',
    caughtBy: [{ file: EACH_LEG, title: 'the look comes again as soon as the leg that is refused asks for it' }],
  },
  {
    id: 'account-barred',
    safeguard: 'while people keep an account from being registered, it is they that its leg waits for',
    rule: TRULY,
    file: ACCOUNT,
    find: 'return unregistrable(view, leg) ?? overdue(',
    replace: 'return overdue(',
    caughtBy: NAMED,
  },
  {
    id: 'account-owner-held',
    safeguard: 'a hold on whoever an account is stands over the leg that is paid there',
    rule: 'design 4, guards',
    file: 'src/reactor/payment/decide.ts',
    find: ' ?? leg.held)',
    replace: ')',
    caughtBy: [{ file: 'test/payment/account.test.ts', title: 'stands over all that its leg begins' }],
  },
  {
    id: 'account-owner-held-closed',
    safeguard: 'a hold on whoever an account is ends when it is closed',
    rule: 'design 4, guards',
    file: 'src/reactor/guards/scope.ts',
    find: 'WHERE w.closed_at IS NULL AND w.switch_name =',
    replace: 'WHERE w.switch_name =',
    caughtBy: [{ file: 'test/advance/take.test.ts', title: 'is read with the leg that is paid there' }],
  },
  {
    id: 'cancel-before-the-deposit',
    safeguard: 'no payment that has its deposit is cancelled',
    rule: 'design 2, closed',
    file: 'src/reactor/payment/cancel.ts',
    find: 'else throw await refuse(tx, row);',
    replace: '',
    caughtBy: [{ file: CANCEL, title: 'once it is claimed the payment is not cancelled' }],
  },
  {
    id: 'cancel-audited',
    safeguard: 'who cancelled a payment, and why, is in the audit log',
    rule: 'design 4, people',
    file: 'src/reactor/payment/cancel.ts',
    find: "  await audit(tx, { actor, command: 'payment cancel', subject: `payment:${id}`, reason });\n",
    replace: '',
    caughtBy: [{ file: CANCEL, title: 'by one person with a reason, and that is audited' }],
  },
  {
    id: 'cancel-takes-the-row',
    safeguard:
      'of a deposit and a cancellation at the same moment one is first, and the other finds that it came too late',
    rule: 'design 2, closed',
    file: 'src/reactor/payment/cancel.ts',
    find: ".where(eq(payment.id, id)).for('update');",
    replace: '.where(eq(payment.id, id));',
    caughtBy: [{ file: CANCEL, title: 'waits for the deposit that is being claimed' }],
  },
  {
    id: 'cancel-sent-back',
    safeguard: 'a payment whose deposit Juno did not issue is closed on Juno’s own record alone',
    rule: 'design 2, the evidence that ends a step',
    file: 'src/reactor/payment/cancel.ts',
    find: "AND t.status = 'failed'",
    replace: "AND t.status <> 'nothing'",
    caughtBy: [{ file: CANCEL, title: 'only one whose ISSUANCE failed' }],
  },
  {
    id: 'cancelled-is-late',
    safeguard: 'a deposit that comes after a cancellation is nobody’s by itself',
    rule: 'design 4, intake; incident 17',
    file: 'src/reactor/payment/unpaid.ts',
    find: "OR (${leg.state} = 'closed'",
    replace: "OR (false AND ${leg.state} = 'closed'",
    caughtBy: [{ file: CANCEL, title: 'that comes afterwards is late' }],
  },
  {
    id: 'any-order-hold',
    safeguard: 'nothing of a payment is begun or sent past a hold, whatever came before it',
    rule: 'design 2, across all: on_hold',
    file: 'src/reactor/payment/decide.ts',
    find: 'if (hold) return heldBy(view, leg, hold);',
    replace: 'if (hold && leg.deadline) return heldBy(view, leg, hold);',
    caughtBy: ANY_ORDER,
  },
  {
    id: 'any-order-back',
    safeguard: 'what was ordered back to the payer is paid to nobody else, in whatever order it was',
    rule: 'design 2, a refund replaces a leg',
    file: 'src/reactor/payment/payout.ts',
    find: 'returned: (view, leg) => returnInDoubt(view, leg) ?? refunded(leg) ??',
    replace: 'returned: (view, leg) => returnInDoubt(view, leg) ??',
    caughtBy: ANY_ORDER,
  },
  {
    id: 'any-order-returned',
    safeguard: 'a payout that came back does not stay completed: its money reaches somebody in the end',
    rule: 'design 2, a completed one may still bounce',
    file: 'src/reactor/payment/payout.ts',
    find: 'if (returnedBy)\n      return {',
    replace: 'if (returnedBy && leg.deadline)\n      return {',
    caughtBy: ANY_ORDER,
  },
  {
    id: 'any-order-attempt',
    safeguard: 'an answer that was lost is asked for under the same attempt, and never under the next one',
    rule: 'design 3, unknown is resolved by looking',
    file: 'src/reactor/payment/step.ts',
    find: "const unsent: readonly EffectState[] = ['recorded', 'sending', 'unknown'];",
    replace: "const unsent: readonly EffectState[] = ['recorded', 'sending'];",
    caughtBy: ANY_ORDER,
  },
  {
    id: 'any-order-settled',
    safeguard: 'all that is accrued for an account and held by nobody is in its settlement',
    rule: 'design 4, settlement',
    file: 'src/reactor/settlement/settle.ts',
    find: '.limit(MOST_LEGS)',
    replace: '.limit(3)',
    caughtBy: [
      { file: 'test/settlement/any-order.test.ts', title: 'what has accrued is settled as soon as it is enough' },
    ],
  },
];
