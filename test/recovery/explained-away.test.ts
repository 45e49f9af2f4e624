/** An answer that is out explains whatever act has its type and amount, wherever that act went. */
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { encodeRedemption } from '../../src/juno/createRedemption.ts';
import { formatDecimal } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import type { Context } from '../../src/reactor/context.ts';
import { effect, foreignAct } from '../../src/reactor/db/schema.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { recordEffect } from '../../src/reactor/effects/record.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { openBankAccounts } from '../../src/reactor/intake/bank-accounts.ts';
import { unknownClabes } from '../../src/reactor/recovery/clabes.ts';
import { checkForLostActs } from '../../src/reactor/recovery/gate.ts';
import { clientAt } from '../sandbox/support/client.ts';
import { startSandbox, until } from '../sandbox/support/sandbox.ts';
import { takeBackup } from '../support/backup.ts';
import { givePayment } from '../support/fixtures.ts';
import { givenRefund, useRestored } from './use-restored.ts';

const here = useRestored();
/** Of another bank, and of another person, than the payout that is lost. */
const ELSEWHERE = '002010077777777771';

test('a payout that was made since the backup is a lost act, though the answer to one of its amount for another account is out', async () => {
  const { rail } = here;
  // Juno remembers a key for an hour; here for a moment, so that nobody has to wait.
  const sandbox = await startSandbox(rail.chain, { SANDBOX_SWITCHES: JSON.stringify({ idempotencyRetention_ms: 1 }) });
  onTestFinished(async () => void (await sandbox.stop()));
  await sandbox.deposit('5000.00');
  const juno = clientAt(sandbox.url);
  const ctx: Context = {
    ...here.ctx,
    juno,
    bankAccounts: openBankAccounts({ juno, monotonic: () => performance.now() }),
  };
  // The CLABEs of this sandbox are nobody's here, as those of before a database are.
  const clabes = (await unknownClabes(ctx)).map(({ clabe }) => ({ source: 'clabe', externalId: clabe, reason: 'old' }));
  await rail.db.insert(foreignAct).values(clabes as never);
  const lost = await givenRefund({ ...rail, sandbox } as never);
  const { amount } = lost;

  // Another payment's payout of the same amount never reached Juno, and nobody knows it.
  const other = await givePayment(rail.db, { amount: amount.units, payoutClabe: ELSEWHERE });
  const bankAccountId = await sandbox.registerBankAccount(ELSEWHERE);
  const name = `payment:${other.paymentId}`;
  const id = await withLane(ctx, name, (lane) =>
    rail.db.transaction((tx) =>
      recordEffect(tx, ctx, lane, {
        ...{ subjectKind: 'leg', subjectId: other.legId, kind: 'juno_redemption', attempt: 1, amount, outgoing: null },
        ...{
          paymentId: other.paymentId,
          request: { body: encodeRedemption({ amount, bankAccountId, amountAs: 'text' }) },
        },
        ...{ switches: ['all', 'rail:juno'], postings: null },
      }),
    ),
  );
  const fault = { name: 'connection_reset_before', endpoint: 'POST /mint_platform/v1/redemptions' };
  expect((await sandbox.admin('POST', '/faults', fault)).status).toBeLessThan(300);
  await withLane(ctx, name, (lane) =>
    sendEffect(ctx, lane, driverOf('juno_redemption'), id as string, { switches: ['all'] }),
  );
  const [out] = await rail.db
    .select()
    .from(effect)
    .where(eq(effect.id, id as string));
  expect(out?.state).toBe('unknown');

  const backup = await takeBackup(rail.databaseUrl);
  const go = () => advance(ctx, { wallet: () => undefined }, lost.paymentId);
  const paid = async () => (await sandbox.outbox()).filter(({ clabe }) => clabe === '646180157042875763').length;
  await go();
  await until('the payout', async () => (await paid()) === 1);
  await backup.restore();

  const needed = await checkForLostActs(ctx);
  await go();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect({
    gate: needed?.includes('redemptions at Juno') ? 'shut' : `not for it: ${needed}`,
    paid: await paid(),
    amount: formatDecimal(amount),
  }).toEqual({
    ...{ gate: 'shut', paid: 1 },
    amount: formatDecimal(amount),
  });
});
