/** One payment by hand settles one leg. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { settledOutside } from '../../src/reactor/db/schema.ts';
import { SETTLE_OUTSIDE } from '../../src/reactor/replace/settle-outside.ts';
import { SETTLE_HOW } from '../../src/reactor/replace/terms.ts';
import { refused } from '../support/refused.ts';
import { useDatabase } from '../support/use-database.ts';
import { openReplaceWorld, type ReplaceWorld } from './world.ts';

const database = useDatabase();
let here: ReplaceWorld;
beforeAll(() => {
  here = openReplaceWorld(database());
});
const CEP = 'https://www.banxico.org.mx/cep/go?i=90710&d=of-one-payment';
const settle = async (trackingKey: string, cepLink: string) => {
  const { legId } = await here.given();
  const parameters = SETTLE_HOW.parse({ trackingKey, cepLink });
  return here.db
    .transaction((tx) =>
      SETTLE_OUTSIDE.execute(tx, here.ctx, { subjectId: legId, proposalId: randomUUID(), lane: null, parameters }),
    )
    .then(
      () => 'done',
      ({ problem }: { problem?: { code: string } }) => problem?.code,
    );
};

test('neither its tracking key, however it is written, nor its receipt is taken a second time', async () => {
  expect(await settle('abcDEF1234', CEP)).toBe('done');
  expect(await settle('ABCdef1234', `${CEP}-2`)).toBe('tracking_key_used');
  expect(await settle('ANOTHER1', CEP)).toBe('receipt_used');
  const [row] = await here.db.select().from(settledOutside);
  expect(row).toMatchObject({ trackingKey: 'ABCDEF1234', cepLink: CEP });
  const { legId } = await here.given();
  await refused(
    here.db
      .insert(settledOutside)
      .values({ legId, trackingKey: 'ANOTHER2', cepLink: `${CEP}#`, receipt: row?.receipt ?? '' }),
    /settled_outside_receipt_unique/,
  );
});

test('one receipt is one, however its link is written, and another is another', async () => {
  const LINK = 'https://www.banxico.org.mx/cep/go?i=90710&s=20261126&d=ab%2Bc';
  expect(await settle('FIRST', LINK)).toBe('done');
  for (const link of [
    ...[`${LINK}#`, `${LINK}&`, `${LINK}#page=2`, `${LINK}&from=mail`, `${LINK}%3D`, `${LINK}&d=other`],
    'https://www.banxico.org.mx/cep/go?s=20261126&i=90710&d=ab%2Bc',
    'https://www.banxico.org.mx/cep//./go/?i=90710&s=20261126&d=ab+c',
  ])
    expect([link, await settle('SECOND', link)]).toEqual([link, 'receipt_used']);
  expect(await settle('SECOND', LINK.replace('ab', 'Ab'))).toBe('done');
  const [plain, other] = ['https://www.banxico.org.mx/cep/?b=2&a=1', 'https://www.banxico.org.mx/cep/?a=1&b=3'];
  expect([await settle('THIRD', plain), await settle('FOURTH', other)]).toEqual(['done', 'done']);
  expect(await settle('FIFTH', 'https://www.banxico.org.mx/cep/?a=1&b=2')).toBe('receipt_used');
  for (const odd of ['%67o?d=x', 'go;v=1?d=x'])
    expect(
      SETTLE_HOW.safeParse({ trackingKey: 'SIXTH', cepLink: `https://www.banxico.org.mx/cep/${odd}` }),
    ).toMatchObject({ success: false });
});
