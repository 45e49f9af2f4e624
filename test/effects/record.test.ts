import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LegRows, requestOf } from '../../src/reactor/advance/request.ts';
import type { Context } from '../../src/reactor/context.ts';
import { bodyOf } from '../../src/reactor/effects/drivers/attempt.ts';
import { deriveKey } from '../../src/reactor/effects/key.ts';
import type { EffectKind } from '../../src/reactor/effects/states.ts';
import { KEY_SECRET } from '../support/fixtures.ts';
import { legView } from '../support/views.ts';
import { givenEffect, openRail, type Rail } from './rail.ts';

let rail: Rail;
beforeAll(async () => {
  rail = await openRail();
});
afterAll(() => rail?.close());

const keyOf = (subjectId: string, kind: EffectKind, attempt: number) =>
  deriveKey(KEY_SECRET, { subjectKind: 'leg', subjectId, kind, attempt });

test('an intent is recorded under its derived key, so that a database set back makes the same one', async () => {
  for (const kind of ['juno_withdrawal', 'juno_redemption', 'bitso_payout'] as const) {
    const given = await givenEffect(rail, kind);
    expect(given.key).toBe(keyOf(given.legId, kind, 1));
  }
});

test.each(['bitso_spei', 'bitso_transfer'] as const)(
  'a payout over %s goes out under its effect’s key: it is all by which a lost one can be found',
  (rail) => {
    const ctx = { settings: { keySecret: KEY_SECRET, juno: { amountAs: 'text' } } } as unknown as Context;
    const leg = legView({ state: 'returned', rail });
    const clabe = rail === 'bitso_transfer' ? '710180000000000016' : '646180157042875763';
    const rows = {
      leg: {},
      payment: { number: 7, concept: 'Renta' },
      destination: { clabe, legalName: 'Ana Ruiz' },
    } as unknown as LegRows;
    for (const attempt of [1, 2]) {
      const { request } = requestOf(
        ctx,
        { do: 'record', leg, effect: 'bitso_payout', attempt, to: 'paying_out', cause: '' },
        rows,
      );
      const body = JSON.parse(bodyOf({ request } as Parameters<typeof bodyOf>[0])) as { origin_id: string };
      expect(body.origin_id).toBe(keyOf(leg.id, 'bitso_payout', attempt));
    }
  },
);
