/** One transaction of somebody else, such as a Safe's batch, may do the same for the escrows of several legs. */
import { eq } from 'drizzle-orm';
import { test } from 'vitest';
import { effect } from '../../src/reactor/db/schema.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { givePayment } from '../support/fixtures.ts';
import { refused } from '../support/refused.ts';
import { usePayment } from './use-payment.ts';

const here = usePayment();

async function confirmTwo(kind: EffectKind): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const { legId: subjectId, paymentId } = await givePayment(here.db);
    const row = here.anEffect({ kind, subjectId, paymentId });
    await here.db.insert(effect).values(row);
    for (const change of [{ state: 'sending' }, { state: 'confirmed', externalId: `0x${kind}` }] as const)
      await here.db.update(effect).set(change).where(eq(effect.id, row.id));
  }
}

test.each(['chain_release', 'chain_dispute', 'chain_resolve'] as const)(
  'it is what confirms a %s of each',
  async (kind) => {
    await confirmTwo(kind);
  },
);

test.each(['chain_create', 'chain_fund', 'chain_return'] as const)(
  'it is never what confirms two of %s',
  async (kind) => {
    await refused(confirmTwo(kind), /effect_external/);
  },
);
