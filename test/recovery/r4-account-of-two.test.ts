/** Hostile review r4: Juno answers for a CLABE that it has with the account that it has (`bankAccountDuplicate: return_existing`). */
import { randomUUID } from 'node:crypto';
import { and, desc, eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../src/reactor/context.ts';
import { destination, effect } from '../../src/reactor/db/schema.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { registerDestination } from '../../src/reactor/intake/subjects.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { startSandbox } from '../sandbox/support/sandbox.ts';
import { givePayment } from '../support/fixtures.ts';
import { useRestored } from './use-restored.ts';

const here = useRestored();

test('one account that two users are paid to is registered for both, or the second is refused and said so', async () => {
  const { rail } = here;
  const switches = JSON.stringify({ bankAccountDuplicate: 'return_existing' });
  const sandbox = await startSandbox(rail.chain, { SANDBOX_SWITCHES: switches });
  onTestFinished(async () => void (await sandbox.stop()));
  const juno = clientAt(sandbox.url);
  const ctx: Context = {
    ...here.ctx,
    juno,
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
  };
  // A seller who is a user twice: by himself, and as the beneficiary of a broker.
  const [one, two] = [await givePayment(rail.db), await givePayment(rail.db)];
  const register = async (id: string) => {
    for (let n = 0; n < 3; n++) {
      const error = await registerDestination(ctx, id).then(
        () => null,
        (cause: Error) => cause,
      );
      if (error) return `threw: ${String((error.cause as Error | undefined)?.message ?? error.message)}`;
    }
    return 'done';
  };
  expect(await register(one.destinationId)).toBe('done');
  const second = await register(two.destinationId);
  const [row] = await rail.db.select().from(destination).where(eq(destination.id, two.destinationId));
  const [sent] = await rail.db
    .select({ state: effect.state, error: effect.error })
    .from(effect)
    .where(and(eq(effect.subjectId, two.destinationId), eq(effect.kind, 'juno_bank_account')))
    .orderBy(desc(effect.attempt));
  expect({ second, verified: row?.verifiedAt !== null, sent, id: randomUUID().length }).toMatchObject({
    second: 'done',
    verified: true,
  });
});
