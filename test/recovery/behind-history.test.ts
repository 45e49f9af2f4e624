/** What was set aside as history fills the bound of what is looked through, and hides what is lost. */
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { formatDecimal } from '../../src/money/money.ts';
import { advance } from '../../src/reactor/advance/advance.ts';
import { unknownJunoActs } from '../../src/reactor/recovery/juno-acts.ts';
import { takeBackup } from '../support/backup.ts';
import { givenRefund, useRestored } from './use-restored.ts';

const here = useRestored();

test('a payout made since the backup is a lost act, however much older history was set aside, and whoever read Juno’s list first', async () => {
  const { rail, ctx } = here;
  // Four thousand redemptions of the predecessor's, which recovery was told are nobody's here.
  await rail.db.execute(sql`
    INSERT INTO reactor.juno_transaction (id, type, status, amount_units, occurred_at)
    SELECT 'old-' || n, 'REDEMPTION', 'complete', 10000 + n, reactor.now() - interval '30 days' FROM generate_series(1, 4000) AS n`);
  await rail.db.execute(sql`
    INSERT INTO reactor.foreign_act (source, external_id, reason) SELECT 'juno_transaction', 'old-' || n, 'older than this database' FROM generate_series(1, 4000) AS n`);
  const { paymentId, amount } = await givenRefund(rail);
  const backup = await takeBackup(rail.databaseUrl);
  await advance(ctx, { wallet: () => undefined }, paymentId);
  await backup.restore();
  expect((await unknownJunoActs(ctx)).length, 'before anybody reads the list').toBe(1);
  // The reactor's own intake, which waits for no gate, reads the list first.
  expect(await rail.at('REDEMPTION', amount), formatDecimal(amount)).toHaveLength(1);
  expect((await unknownJunoActs(ctx)).length).toBe(1);
});
