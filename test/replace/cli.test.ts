/** `kustodia payment repay | refund | settle-outside`, as people type them. */
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { destination, leg, proposal } from '../../src/reactor/db/schema.ts';
import { clabeOf } from '../http/world.ts';
import { useIntakeWorld } from '../intake/use-world.ts';
import { PAYOUT } from '../intake/world.ts';

const OTHER = clabeOf('01218001504077777');
const REASON = ['--reason', 'the recipient names another account'];
const PATIENCE_S = 700;

const here = useIntakeWorld();
let server: ServerType;
let url: string;
beforeEach(async () => {
  server = serve({ fetch: here.world.app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function kustodia(args: string[], key: string = here.world.keys.operator) {
  const out: string[] = [];
  const environment = { KUSTODIA_URL: url, KUSTODIA_API_KEY: key };
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => out.push(line) });
  return { code, out: out.join('\n') };
}

/** A payment whose payout came back, as MXNB again. */
async function returned(): Promise<{ id: string; legId: string }> {
  const { payer, id } = await here.world.paid('r1');
  here.desk.deposit(payer.depositClabe, '1500.00', { isRefund: true, sender_clabe: PAYOUT.clabe });
  here.desk.issue(payer.depositClabe, '1500.00');
  await here.world.look();
  await here.world.age(PATIENCE_S);
  await here.world.look();
  const { id: legId, state } = await here.world.legOf(id);
  expect(state).toBe('payout_returned');
  return { id, legId };
}
const repay = (id: string, legId: string, ...more: string[]) =>
  kustodia(['payment', 'repay', id, '--leg', legId, '--clabe', OTHER, '--name', 'Juan López', ...REASON, ...more]);

test('shows what it would do, is done when a second person approves, and not before Juno shows the account', async () => {
  const { id, legId } = await returned();
  const preview = await repay(id, legId, '--dry-run');
  expect(preview.out).toMatch(/paid from +Juno’s pool/);
  expect(preview.out).toMatch(/paid to .*, Juan López, by bank_redemption/);
  expect(preview.out).toContain('Nothing was proposed (--dry-run).');
  expect(preview.out).not.toContain(OTHER);
  expect(await here.world.db.$count(proposal)).toBe(0);

  expect((await repay(id, legId)).out).toMatch(/Proposed as .*kustodia effect approve/);
  const [made] = await here.world.db.select().from(proposal);
  const approve = (key?: string) => kustodia(['effect', 'approve', made?.id ?? '', ...REASON], key);
  expect((await approve()).code).not.toBe(0);
  expect((await approve(here.world.keys.approver)).out).toContain('The account is not verified');
  const account = { junoAccountId: 'juno-1', verifiedAt: new Date() };
  await here.world.db.update(destination).set(account).where(eq(destination.clabe, OTHER));
  expect((await approve(here.world.keys.approver)).out).toBe('Approved and done.');
  const legs = await here.world.db.select().from(leg).where(eq(leg.paymentId, id)).orderBy(leg.createdAt);
  expect(legs.map(({ state, replaces }) => [state, replaces])).toEqual([
    ['replaced', null],
    ['reserved', legId],
  ]);
});

test('what a person paid by hand is told with its tracking key and its receipt, and nothing else is taken for one', async () => {
  const { id, legId } = await returned();
  const settle = (key: string, cep: string) =>
    kustodia(['payment', 'settle-outside', id, '--leg', legId, '--tracking-key', key, '--cep', cep, ...REASON]);
  const cep = 'https://www.banxico.org.mx/cep/go?i=90710';
  expect((await settle('HAND1', 'https://example.com/cep/')).out).toContain('is not a link to Banxico’s CEP');
  expect((await settle('not a key', cep)).out).toContain('is not a clave de rastreo');
  expect((await settle('HAND1', cep)).out).toMatch(/its money becomes Kustodia’s own/);
});

test('a refund is shown leg by leg, and only to an account of the payer’s', async () => {
  const { id } = await returned();
  const refund = (name: string) =>
    kustodia(['payment', 'refund', id, '--clabe', OTHER, '--name', name, '--dry-run', ...REASON]);
  expect((await refund('Juan López')).out).toContain('This is not the payer’s own account');
  expect((await refund('Ana Torres')).out).toMatch(/custody +payout_returned +1500.00 +goes back to .* at once/);
});
