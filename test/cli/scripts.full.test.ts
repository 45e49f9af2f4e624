/** Each script of the earlier system by its command, tried on one world whose processes have their own logins. */
import { readFileSync } from 'node:fs';
import { createWalletClient, erc20Abi, http } from 'viem';
import { foundry } from 'viem/chains';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { keyOf, query, SHORT_DELAYS, until } from '../journey/support.ts';
import { SCRIPTS } from './scripts.ts';

const TIMEOUT_MS = 600_000;
const WHY = 'a drill of the scripts';

let world: World;
let environment: Record<string, string>;
beforeAll(async () => {
  world = await startWorld({ sandbox: { ratePerMinute: 6_000, delays: SHORT_DELAYS } });
  const lines = readFileSync(world.environmentFile, 'utf8').matchAll(/^(\w+)='(.*)'$/gm);
  environment = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
}, TIMEOUT_MS);
afterAll(() => world?.stop());

async function kustodia(args: readonly string[], given: Record<string, string> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(
    args,
    { ...environment, ...given },
    { out: (line) => out.push(line), err: (line) => err.push(line) },
  );
  return { code, text: [...out, ...err].join('\n'), last: () => JSON.parse(out.at(-1) ?? 'null') };
}
const done = async (...args: string[]) => {
  const { code, text } = await kustodia(args);
  expect(`${args.join(' ')}: ${code} ${text}`).toMatch(/: 0 /);
  return text;
};

/** A payment whose payout waits, because its rail is stopped: what a person has to complete by hand. */
async function givenStuck(): Promise<{ paymentId: string; legId: string }> {
  const payer = await world.api.createUser({ fullName: 'Ana Ruiz', email: 'ana@example.com' });
  const recipient = await world.api.createUser({ fullName: 'Beto Paz', email: 'beto@example.com' });
  await until(async () => ((await world.api.user(payer.id)).depositClabe ? true : null));
  await done('guard', 'stop', 'rail:bank_redemption', '--reason', WHY);
  const { id: paymentId } = await world.api.createPayment({
    ...{ payerId: payer.id, recipientId: recipient.id, amount: '1500.00', custodyBasisPoints: 0, concept: 'prueba' },
    payout: { clabe: '646180157042875763', legalName: 'Beto Paz' },
  });
  await done('deposit', 'mock', paymentId);
  const [leg] = await until(async () => {
    const rows = await query<{ id: string }>(
      world,
      `SELECT id::text FROM reactor.leg WHERE payment_id = $1 AND state = 'reserved'`,
      [paymentId],
    );
    return rows.length > 0 ? rows : null;
  });
  return { paymentId, legId: leg?.id ?? '' };
}

/** One MXNB that nobody meant to send to the escrow contract. */
async function sendAstray(): Promise<void> {
  const { anvil, contracts } = world;
  const wallet = createWalletClient({ account: anvil.actors.juno, chain: foundry, transport: http(anvil.url) });
  const hash = await wallet.writeContract({
    ...{ address: contracts.token, abi: erc20Abi, functionName: 'transfer', args: [contracts.escrow, 1_000_000n] },
    ...{ chain: null },
  });
  await anvil.client.waitForTransactionReceipt({ hash });
}

test(
  'each of them does what it did, and more than it did',
  async () => {
    await driveAndJudge(world, { payments: 2, timeoutMs: TIMEOUT_MS });
    const { paymentId, legId } = await givenStuck();
    await sendAstray();
    const values: Record<string, string> = {
      ...{ PAYMENT: paymentId, WHY, KEY: 'DRILL0001', ADDRESS: world.anvil.actors.admin.address, TOKENS: '1' },
      URL: 'https://www.banxico.org.mx/cep/go?i=40012&s=20261127&d=abc',
    };
    const more: Record<string, string[]> = {
      'complete one payment by hand': ['--leg', legId],
      'rescue tokens': ['--from', world.anvil.actors.admin.address],
    };
    const shows: Record<string, RegExp> = {
      'complete one payment by hand': /proposed|Proposed/,
      'trigger pending payouts': /1 payment is looked at now/,
      'bridge → Juno transfer': /payments? (is|are) looked at now/,
      'Juno → bridge withdrawal': /payments? (is|are) looked at now/,
      'on-chain withdrawal': /looked at now[\s\S]*reserved: /,
      'a test transfer of MXNB to Juno': /is proved/,
      'list Juno bank accounts': /646180157042875763 +Beto Paz/,
      'release an escrow': /looked at now/,
      'rescue tokens': /1(\.0+)? MXNB/,
      'approve MXNB to the escrow': /may take without a bound/,
      'balances of all wallets': /bridge wallet[\s\S]*escrow contract[\s\S]*Juno/,
      'debug the token (metadata, allowance, transfers)': /6 decimals[\s\S]*without a bound[\s\S]*MXNB +0x/,
      'synchronise Juno references': /Read\.|Another reactor/,
      'check that the automation runs': /database/,
      'recover a stuck payment': /^reserved: .*rail:bank_redemption/,
    };
    expect(Object.keys(shows).sort()).toEqual(SCRIPTS.map(({ script }) => script).sort());
    // The one that settles the payment comes last: the others look at it before.
    for (const { script, words } of [...SCRIPTS.slice(1), ...SCRIPTS.slice(0, 1)]) {
      const args = [...words.map((word) => values[word] ?? word), ...(more[script] ?? [])];
      const { code, text } = await kustodia(args);
      expect(`${script}: ${code}\n${text}`).toMatch(new RegExp(`^${script.replaceAll(/[()]/g, '\\$&')}: 0`));
      expect(text, script).toMatch(shows[script] ?? /$^/);
    }
    const { text } = await kustodia(['effect', 'proposals']);
    const [proposal = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(text) ?? [];
    const second = await keyOf(world, 'approver');
    expect((await kustodia(['effect', 'approve', proposal, '--reason', WHY], { KUSTODIA_API_KEY: second })).code).toBe(
      0,
    );
    expect(await done('payment', 'why', paymentId)).toMatch(/^closed: /);
    // Whoever watches by the earlier system's queries sees the same.
    const rows = await query(
      world,
      'SELECT p.status, e.status AS escrow FROM legacy.payment p LEFT JOIN legacy.escrow e ON e.payment_id = p.id ORDER BY p.id',
    );
    expect(rows).toEqual(['completed', 'completed', null].map((escrow) => ({ status: 'completed', escrow })));
  },
  TIMEOUT_MS,
);

test(
  'a backup of what runs would serve, and no process was refused what it needs',
  async () => {
    expect(await done('drill')).toMatch(/^This backup would have served/);
    const logs = [...world.reactors(), world.indexer()].map((one) => one.output()).join('\n');
    expect(logs.match(/^.*(?:permission denied|must be owner).*$/gm) ?? []).toEqual([]);
  },
  TIMEOUT_MS,
);
