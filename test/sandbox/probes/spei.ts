import { randomUUID } from 'node:crypto';
import type { SPEI_POINTS } from '../../../src/sandbox/switch-points/spei.ts';
import type { Here, Probe } from '../support/here.ts';

const CLABES = '/spei/v1/clabes';
const ACCOUNTS = '/mint_platform/v1/accounts/banks';
const HOUR_MS = 3_600_000;
const account = { tag: 't', recipient_legal_name: 'n', clabe: '646180157042875763', ownership: 'THIRD_PARTY' };

const createClabe = (s: Here, idempotencyKey?: string) =>
  s.call('POST', '/mint_platform/v1/clabes', {}, idempotencyKey === undefined ? {} : { idempotencyKey });
const createAccount = (s: Here, idempotencyKey?: string) =>
  s.call('POST', ACCOUNTS, account, idempotencyKey === undefined ? {} : { idempotencyKey });

/** The one deposit of a sandbox, as its list shows it when its pesos have been issued for. */
async function depositItem(s: Here) {
  await s.fund('100');
  return (await s.get('/spei/v1/deposits')).response[0];
}

export const SPEI_PROBES: Record<keyof typeof SPEI_POINTS, Probe> = {
  accountHasFirstClabe: async (s) => (await s.get(CLABES)).total_items,
  clabeListLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await createClabe(s);
      return (await s.get(CLABES)).response.length;
    },
  },
  clabeCreatedBody: async (s) => Object.keys((await createClabe(s)).body['payload']),
  clabeRequestBody: async (s) => (await s.call('POST', '/mint_platform/v1/clabes')).status,
  clabeIdempotencyKey: async (s) => {
    const key = randomUUID();
    const [first, second] = [await createClabe(s, key), await createClabe(s, key)];
    return first.body['payload'].clabe === second.body['payload'].clabe;
  },
  serverUtcOffset_min: async (s) => {
    const { created_at } = (await createClabe(s)).body['payload'];
    return Math.round((Date.parse(`${created_at}Z`) - Date.now()) / HOUR_MS);
  },
  speiListOrder: async (s) => {
    const clabe = await s.clabe();
    return (await s.get(CLABES)).response[0].clabe === clabe;
  },
  speiCounters: async (s) => (await s.get('/spei/v1/deposits')).total_items,
  oversizePage: async (s) => (await s.call('GET', '/spei/v1/deposits?page_size=101')).status,
  depositTime: async (s) => (await depositItem(s)).created_at.endsWith('Z'),
  depositStatus: async (s) => (await depositItem(s)).status,
  depositAmount: async (s) => (await depositItem(s)).amount,
  depositIds: async (s) => Object.keys(await depositItem(s)).filter((key) => ['fid', 'deposit_id'].includes(key)),
  depositSenderClabe: async (s) => (await depositItem(s)).sender_clabe?.replace(/\d/g, '') ?? 'absent',
  depositTrackingKey: async (s) => 'tracking_key' in (await depositItem(s)),
  depositListLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await s.deposit('100');
      return (await s.get('/spei/v1/deposits')).response.length;
    },
  },
  mockDepositNames: async (s) =>
    (
      await s.call('POST', '/spei/test/deposits', {
        amount: '100',
        receiver_clabe: await s.clabe(),
        receiver_name: 'Kustodia',
        sender_name: 'Somebody',
      })
    ).status,
  bankAccountCreatedStatus: async (s) => (await createAccount(s)).status,
  bankAccountDuplicate: async (s) => {
    const [first, second] = [await createAccount(s), await createAccount(s)];
    return [second.status, first.body['payload'].id === second.body['payload']?.id];
  },
  bankAccountDeletedStatus: async (s) => {
    const { id } = (await createAccount(s)).body['payload'];
    return (await s.call('DELETE', `${ACCOUNTS}/${id}`)).status;
  },
  bankAccountIdempotencyKey: async (s) => {
    const key = randomUUID();
    const [first, second] = [await createAccount(s, key), await createAccount(s, key)];
    return first.body['payload'].id === second.body['payload'].id;
  },
  bankAccountName: async (s) => {
    const given = { ...account, recipient_legal_name: 'María Ñúñez' };
    return (await s.call('POST', ACCOUNTS, given)).body['payload'].recipient_legal_name;
  },
  bankAccountPages: async (s) => {
    await createAccount(s);
    return Array.isArray((await s.call('GET', ACCOUNTS)).body['payload']);
  },
  bankAccountListLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await createAccount(s);
      return (await s.get(ACCOUNTS)).length;
    },
  },
  bankAccountApproval_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      const { id } = (await createAccount(s)).body['payload'];
      return (await s.redeem({ amount: '100', destination_bank_account_id: id })).body['error'].code;
    },
  },
};
