/** Calls that no payment on its way makes: for people's decisions, for webhooks, for the command line. Struck without a whole world. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { encodeBankAccount } from '../../src/juno/createBankAccount.ts';
import { createMockDeposit } from '../../src/juno/createMockDeposit.ts';
import { deleteBankAccount } from '../../src/juno/deleteBankAccount.ts';
import { deleteWebhook } from '../../src/juno/deleteWebhook.ts';
import { JunoError } from '../../src/juno/errors.ts';
import { getClabe } from '../../src/juno/getClabe.ts';
import { listBitsoBanks } from '../../src/juno/listBitsoBanks.ts';
import { listBitsoWithdrawalMethods } from '../../src/juno/listBitsoWithdrawalMethods.ts';
import { listWebhookKeys } from '../../src/juno/listWebhookKeys.ts';
import { listWebhooks } from '../../src/juno/listWebhooks.ts';
import { registerWebhook } from '../../src/juno/registerWebhook.ts';
import { updateBankAccount } from '../../src/juno/updateBankAccount.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos, formatDecimal } from '../../src/money/money.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import { createLogger } from '../../src/reactor/log.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { subscribe } from '../../src/reactor/subscribe.ts';
import { canStrike, FAULT_NAMES, type FaultName } from '../../src/sandbox/faults.ts';
import { givenEffect, HOUR_MS, openRail, PAST_MS, type Rail } from '../effects/rail.ts';
import { ALL_WELL } from '../http/world.ts';
import { until } from '../sandbox/support/sandbox.ts';

const LASTS_MS: Partial<Record<FaultName, number>> = { delay_ms: 200, throttle: 200, outage: 200 };
const ACCOUNT = parseClabe('646180157042875763');
const NAME = 'Kustodia';
const guard = () => undefined;

export const BELOW_BEYOND = `Each is struck alone, in the same run (test/journey/fault-desk.ts), and asked again when the fault is over. Of the balances and of a
withdrawal at Bitso the word is what two people's decision about a lost answer came to: a look that fails refuses it, and the same
decision is taken when Juno answers again. Of the webhooks' list and registration: how often the webhook stands there in the end; no
payment needs one. Of the others, which the reactor never makes, it is what the caller is told (src/juno/errors.ts): \`unknown\` of a send
may have been done, \`unavailable\` of a look says nothing.
`;

export const DESK_ENDPOINTS = [
  'GET /mint_platform/v1/balances',
  'GET /v3/balance',
  'GET /v3/withdrawals/:wid',
  'GET /v4/webhooks',
  'POST /v4/webhooks',
  'DELETE /v4/webhooks/:id',
  'GET /v4/webhooks/public-keys',
  'GET /spei/v1/clabes/:clabe',
  'PUT /mint_platform/v1/accounts/banks/:id',
  'DELETE /mint_platform/v1/accounts/banks/:id',
  'POST /spei/test/deposits',
  'GET /v3/withdrawal_methods/:currency',
  'GET /api/v3/banks/mx',
] as const;

/** Makes what it needs, arms the fault, acts, and answers the word. */
type Desk = (arm: () => Promise<void>) => Promise<string>;

/** By the endpoint, what is done there. */
async function openDesks(rail: Rail): Promise<Readonly<Record<(typeof DESK_ENDPOINTS)[number], Desk>>> {
  const { sandbox } = rail;
  const { juno } = rail.impatient();
  const context = rail.context({ juno, bitso: juno });
  const log = createLogger('test', 'silent');
  const app = createApp(context, { health: async () => ALL_WELL });
  const { secret } = await createApiKey(rail.db, { name: 'olga', role: 'operator' });
  await sandbox.settled((await sandbox.redeem({ amount: '100000.00' })).body['payload'].id);

  const propose = async (id: string, how: object) => {
    const response = await app.request(`/api/v1/effects/${id}/proposals`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify({ do: 'resolve', how, reason: 'seen with Juno’s support' }),
    });
    const { code, detail } = (await response.json()) as { code?: string; detail?: string };
    if (response.status === 201) return 'taken';
    expect(detail).toMatch(/[.]/);
    return `refused: ${code}`;
  };
  /** Of an effect whose answer was lost, and of which nothing reached Juno. */
  const lost = async (kind: 'juno_withdrawal' | 'bitso_payout') => {
    const effect = await givenEffect(rail, kind);
    const endpoint = kind === 'bitso_payout' ? 'POST /v3/withdrawals' : 'POST /mint_platform/v1/withdrawals';
    await rail.fault('connection_reset_before', endpoint);
    await effect.send(context);
    expect((await effect.row()).state).toBe('unknown');
    await effect.age(kind === 'bitso_payout' ? 24 * HOUR_MS + 1_000 : PAST_MS);
    return effect;
  };
  const decide = async (arm: () => Promise<void>, id: string, how: object): Promise<string> => {
    await arm();
    const word = await propose(id, how);
    if (word !== 'taken') {
      await calm(rail);
      expect(await propose(id, how)).toBe('taken');
    }
    return word;
  };
  /** What the reactor does at its start and now and then, until all are registered. */
  const register = async (arm: () => Promise<void>): Promise<string> => {
    const url = `http://127.0.0.1:1/${randomUUID()}`;
    const once = () => subscribe({ settings: { ...context.settings, junoWebhookUrl: url }, juno, bitso: null, log });
    await arm();
    const isFirst = await once();
    await calm(rail);
    if (!isFirst) expect(await once()).toBe(true);
    const there = (await listWebhooks(juno)).items.filter(({ callbackUrl }) => callbackUrl === url);
    for (const { id } of there) if (id !== null) await deleteWebhook(juno, { id });
    return there.length === 1 ? 'registered once' : `registered ${there.length} times`;
  };
  const told = async (arm: () => Promise<void>, call: () => Promise<unknown>): Promise<string> => {
    await arm();
    const outcome = await call().then(
      () => 'answered',
      (error: unknown) => (error instanceof JunoError ? error.outcome : Promise.reject(error)),
    );
    await calm(rail);
    return outcome;
  };
  /** A look says the same when it is asked again. */
  const looked = (call: () => Promise<{ raw: string }>) => async (arm: () => Promise<void>) => {
    const { raw } = await call();
    const word = await told(arm, call);
    expect((await call()).raw).toBe(raw);
    return word;
  };
  const clabe = parseClabe(await sandbox.createClabe());
  const body = encodeBankAccount({ clabe: ACCOUNT, legalName: NAME, tag: 'seller' });
  const accountId = () => sandbox.registerBankAccount(ACCOUNT);
  return {
    'GET /mint_platform/v1/balances': async (arm) =>
      decide(arm, (await lost('juno_withdrawal')).id, { as: 'not_happened' }),
    'GET /v3/balance': async (arm) => decide(arm, (await lost('bitso_payout')).id, { as: 'not_happened' }),
    'GET /v3/withdrawals/:wid': async (arm) => {
      const effect = await lost('bitso_payout');
      const made = await sandbox.call('POST', '/v3/withdrawals', {
        currency: 'mxn',
        protocol: 'clabe',
        amount: formatDecimal(effect.amount),
        beneficiary: 'Ana Ruiz',
        clabe: ACCOUNT,
        origin_id: effect.key,
      });
      return decide(arm, effect.id, { as: 'happened', externalId: made.body['payload'].wid });
    },
    'GET /v4/webhooks': register,
    'POST /v4/webhooks': register,
    'DELETE /v4/webhooks/:id': async (arm) => {
      const callbackUrl = `http://127.0.0.1:1/${randomUUID()}`;
      await registerWebhook(juno, { callbackUrl, event: 'TRANSACTION' });
      const there = async () => (await listWebhooks(juno)).items.find((item) => item.callbackUrl === callbackUrl);
      const id = (await there())?.id ?? '';
      const word = await told(arm, () => deleteWebhook(juno, { id }));
      if (await there()) await deleteWebhook(juno, { id });
      expect(await there()).toBeUndefined();
      return word;
    },
    'GET /v4/webhooks/public-keys': looked(() => listWebhookKeys(juno, { path: '/v4/webhooks/public-keys' })),
    'GET /spei/v1/clabes/:clabe': looked(() => getClabe(juno, { clabe })),
    'PUT /mint_platform/v1/accounts/banks/:id': async (arm) => {
      const id = await accountId();
      return told(arm, () => updateBankAccount(juno, { id, body, guard }));
    },
    'DELETE /mint_platform/v1/accounts/banks/:id': async (arm) => {
      const id = await accountId();
      return told(arm, () => deleteBankAccount(juno, { id }));
    },
    'POST /spei/test/deposits': async (arm) =>
      told(arm, () =>
        createMockDeposit(juno, {
          amount: centavos(10_000n),
          receiverClabe: clabe,
          senderName: NAME,
          receiverName: NAME,
        }),
      ),
    'GET /v3/withdrawal_methods/:currency': looked(() => listBitsoWithdrawalMethods(juno)),
    'GET /api/v3/banks/mx': looked(() => listBitsoBanks(juno)),
  };
}

/** Waits until no lock-out and no outage is left, and nothing is armed. */
async function calm({ sandbox }: Rail): Promise<void> {
  await until('the sandbox to be well', async () => {
    const { faults, outage_ms } = (await sandbox.admin('GET', '/faults')).body;
    return faults.length === 0 && outage_ms === 0 && (await sandbox.state())['locked_out_ms'] === 0;
  });
}

/** Strikes each of these calls by each fault, and says what came of it. */
export async function strikeDesks(say: (fault: FaultName, endpoint: string, word: string) => void): Promise<void> {
  const rail = await openRail();
  try {
    const desks = await openDesks(rail);
    for (const endpoint of DESK_ENDPOINTS)
      for (const fault of FAULT_NAMES.filter((name) => canStrike(name, endpoint))) {
        const ms = LASTS_MS[fault];
        const word = await desks[endpoint](() => rail.fault(fault, endpoint, ms === undefined ? {} : { ms }));
        const { struck } = (await rail.sandbox.admin('GET', '/faults')).body;
        expect([fault, endpoint, struck[fault]?.[endpoint]]).toEqual([fault, endpoint, 1]);
        say(fault, endpoint, word);
      }
  } finally {
    await rail.close();
  }
}
