import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leg } from '../../src/reactor/db/schema.ts';
import { openDesk } from '../intake/desk.ts';
import { type IntakeWorld, openIntakeWorld, SENDER } from '../intake/world.ts';
import { startPostgres } from '../support/postgres.ts';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let desk: Awaited<ReturnType<typeof openDesk>>;
let world: IntakeWorld;
let people: Awaited<ReturnType<IntakeWorld['people']>>;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  desk = await openDesk();
  world = await openIntakeWorld(await postgres.createDatabase(), desk.juno);
  people = await world.people();
});
afterEach(async () => {
  await world?.close();
  await desk?.close();
});

type Body = {
  code: string;
  detail: string;
  errors?: { field: string }[];
  status: string;
  parts: { paymentId: string; kind: string; amount: string }[];
  items: { id: string; depositClabe: string; sender: { clabe: string | null } }[];
  nextCursor: string | null;
};
const reason = 'the payer called';
const command = async (
  id: string,
  verb: string,
  body: object,
  options: Parameters<IntakeWorld['post']>[2] & { query?: string } = {},
) => {
  const response = await world.post(
    `/api/v1/suspense/${id}/${verb}${options.query ?? ''}`,
    { reason, ...body },
    options,
  );
  return { status: response.status, body: (await response.json()) as Body };
};
const read = async (path: string, key?: string) =>
  (await (await world.get(`/api/v1/suspense${path}`, key)).json()) as Body;
/** A deposit in suspense that is MXNB already. */
const held = async (amount: string, given: object = SENDER, clabe = people.payer.depositClabe) => {
  const id = desk.deposit(clabe, amount, given);
  desk.issue(clabe, amount);
  await world.look();
  return id;
};
describe('who may', () => {
  test('read whole CLABEs: those who may give commands', async () => {
    const id = await held('1500.00');
    for (const [key, clabe] of [
      [world.keys.operator, SENDER.sender_clabe],
      [world.keys.viewer, expect.stringMatching(/^012…\d{4}$/)],
    ] as const) {
      const page = await read('', key);
      expect(page.items).toMatchObject([{ id, sender: { clabe } }]);
      expect(await read(`/${id}`, key)).toMatchObject({ id, sender: { clabe } });
    }
  });

  test('give commands: operators and admins, with a reason of at least three characters', async () => {
    const id = await held('1500.00');
    for (const [role, status] of [
      ['viewer', 403],
      ['approver', 403],
      ['admin', 201],
    ] as const)
      expect((await command(id, 'refund', {}, { key: world.keys[role] })).status).toBe(status);
    for (const given of ['', 'ab', undefined]) {
      const { status, body } = await command(id, 'refund', { reason: given });
      expect([status, body.errors?.map(({ field }) => field)]).toEqual([422, ['reason']]);
    }
  });

  test('what there is not is said to be nowhere', async () => {
    expect(await read('/nothing')).toMatchObject({ code: 'suspense_not_found' });
    expect((await command('nothing', 'refund', {})).body.code).toBe('suspense_not_found');
  });
});

describe('the list', () => {
  test('walks all, newest first, each once; shows the open ones unless asked for others', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await held(`15${n}0.00`));
    await command(ids[2] ?? '', 'refund', {});
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Body = await read(`?limit=2&status=all${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([...ids].reverse());
    expect((await read('')).items.map(({ id }) => id)).toEqual(ids.filter((_, n) => n !== 2).reverse());
    expect((await read('?status=given')).items.map(({ id }) => id)).toEqual([ids[2]]);
    expect((await read(`?userId=${people.recipient.id}`)).items).toEqual([]);
    expect((await read('?reason=late')).items).toEqual([]);
    expect((await read('?cursor=x')).code).toBe('invalid_request');
  });
});

test('no line of the log shows a CLABE or a name', async () => {
  const id = await held('1500.00');
  await command(id, 'refund', {});
  await world.db.update(leg).set({ dueAt: new Date() });
  const lines = world.logged.join('\n');
  for (const secret of [SENDER.sender_clabe, SENDER.sender_name, people.payer.depositClabe])
    expect(lines).not.toContain(secret);
});
