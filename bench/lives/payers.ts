import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../src/reactor/context.ts';
import { createPayment } from '../../src/reactor/payment/create.ts';
import { PAYMENT_TERMS } from '../../src/reactor/payment/terms.ts';
import { recordScreening } from '../../src/reactor/people/screening.ts';
import { createUser } from '../../src/reactor/people/user.ts';
import type { Juno } from '../../src/simulate/juno.ts';
import { clabeOf, senderClabe } from '../../src/simulate/population.ts';

const PAYERS = 20;
const ACTOR = { id: 'bench', name: 'bench', role: 'operator' } as const;
const REASON = 'bench';
const NAME = 'Bench Persona';

/** Who asks for payments and pays in at once. */
export async function createPayers(ctx: Context, juno: Juno) {
  const { db, settings } = ctx;
  const signUp = async (email: string): Promise<string> => {
    const { id } = await db.transaction((tx) => createUser(tx, ctx, ACTOR, { fullName: NAME, email, reason: REASON }));
    await db.transaction((tx) =>
      recordScreening(tx, { settings }, { ...ACTOR, role: 'screener' }, id, {
        ...{ kyc: 'verified', blacklist: 'clear', reference: REASON, checkedAt: new Date() },
      }),
    );
    await ctx.queue.enqueue({ lane: 'user', id });
    return id;
  };
  const users: string[] = [];
  for (let n = 0; n <= PAYERS; n++) users.push(await signUp(`bench${n}@example.com`));
  const [recipientId = '', ...payers] = users;
  const clabes = new Map<string, string>();
  while (clabes.size < PAYERS) {
    await sleep(50);
    const { rows } = await db.$client.query<{ user_id: string; clabe: string }>(
      'SELECT user_id, clabe FROM reactor.deposit_clabe WHERE user_id = ANY($1)',
      [payers],
    );
    for (const { user_id: id, clabe } of rows) clabes.set(id, clabe);
  }
  return {
    ask: async (n: number): Promise<void> => {
      const payerId = payers[n % PAYERS] ?? '';
      const units = BigInt(20_000 + n);
      const amount = `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;
      const terms = PAYMENT_TERMS.parse({
        ...{ payerId, recipientId, amount, custodySeconds: 1, concept: `Bench ${n}`, reason: REASON },
        payout: { clabe: clabeOf('012', 1_000 + (n % PAYERS)), legalName: NAME, rail: 'bank_redemption' },
      });
      const { id } = await db.transaction((tx) => createPayment(tx, ctx, ACTOR, terms));
      await ctx.queue.enqueue({ lane: 'payment', id });
      juno.deposit(clabes.get(payerId) ?? '', units, { sender: senderClabe(n), name: `${n}` });
    },
  };
}
