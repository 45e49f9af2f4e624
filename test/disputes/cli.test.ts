import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { useDisputeDesk } from './desk.ts';

const desk = useDisputeDesk();
let server: ServerType;
let url: string;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kustodia-dispute-'));
  server = serve({ fetch: desk().app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

async function as(key: string, ...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const environment = { KUSTODIA_URL: url, KUSTODIA_API_KEY: key };
  const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n'), last: () => JSON.parse(out.at(-1) ?? '') };
}
const kustodia = (...args: string[]) => as(desk().keys.operator, 'dispute', ...args);
const REASON = ['--reason', 'the payer writes to us'];
const SAYS = ['--by', 'payer', '--text', 'The goods never came.'];

test('a dispute is opened, shown with what each side says, decided by two, and appealed against', async () => {
  const d = desk();
  const { paymentId, legId } = await d.given();
  expect((await kustodia('open', paymentId, ...SAYS, '--code', 'not_received')).code).toBe(2);
  const tried = await kustodia('open', paymentId, ...SAYS, '--code', 'not_received', ...REASON, '--dry-run');
  expect(tried.out).toMatch(/would be disputed[\s\S]*stays where it is[\s\S]*Nothing was changed/);
  const opened = await kustodia('open', paymentId, ...SAYS, '--code', 'not_received', ...REASON, '--json');
  const { id } = opened.last() as { id: string };
  expect((await kustodia('list')).out).toContain(id);
  expect((await kustodia('list', '--payment', paymentId)).out).toMatch(/payer +not_received +open/);

  const file = join(folder, 'photo.jpg');
  writeFileSync(file, 'hello');
  const given = await kustodia('evidence', id, ...SAYS, '--file', file, ...REASON);
  expect(given.out).toBe('It is part of the dispute.');
  const shown = await kustodia('show', id);
  expect(shown.out).toMatch(/evidence of payer +The goods never came.; photo.jpg/);
  expect(shown.out).toContain(legId);
  expect(((await kustodia('show', id, '--json')).last() as { evidence: object[] }).evidence).toMatchObject([
    { files: [{ name: 'photo.jpg', sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' }] },
  ]);

  d.appealFor(3_600);
  const proposed = await kustodia('resolve', id, '--for', 'recipient', ...REASON);
  expect(proposed.out).toMatch(/to the payer +0.00 MXN\nto the others +1500.00 MXN[\s\S]*Proposed as/);
  const proposal = /Proposed as (\S+)\./.exec(proposed.out)?.[1] ?? '';
  expect((await as(d.keys.approver, 'effect', 'approve', proposal, ...REASON)).out).toBe('Approved and done.');
  expect((await kustodia('show', id)).out).toMatch(/state +resolved, final at .* unless somebody appeals/);
  const { disputes } = (await kustodia('list', '--json')).last() as { disputes: object[] };
  expect(disputes).toMatchObject([
    { id, paymentId, number: expect.any(Number), amount: '1500.00', appealableUntil: expect.any(String) },
  ]);
  expect((await kustodia('appeal', id, ...SAYS, ...REASON)).out).toBe('The dispute is open again.');
  expect((await kustodia('show', id)).out).toMatch(/for: recipient; the payer appealed/);
  const split = ['--for', 'split', '--payer-share', '5000', '--clabe', '646180110400000007', '--name', 'Nobody'];
  expect((await kustodia('resolve', id, ...split, ...REASON)).err).toContain('not the payer’s own account');
});
