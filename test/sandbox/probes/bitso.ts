import type { BITSO_POINTS } from '../../../src/sandbox/switch-points/bitso.ts';
import type { Here, Probe } from '../support/here.ts';
import { until } from '../support/sandbox.ts';

const PATH = '/v3/withdrawals';

const funded =
  (look: (s: Here) => Promise<unknown>): Probe =>
  async (s) => {
    await s.fundBitso('500');
    return look(s);
  };

/** One withdrawal that was paid and came back. */
async function returned(s: Here): Promise<string> {
  await s.fundBitso('500');
  const { wid } = await s.payOutBitso();
  await s.giveBack(wid);
  return wid;
}

/** The first page of one, of two deposits. */
async function firstOfTwo(s: Here) {
  for (const amount of ['100.00', '200.00']) await s.deposit(amount);
  return s.get('/spei/v2/deposits?page_size=1');
}

export const BITSO_PROBES: Record<keyof typeof BITSO_POINTS, Probe> = {
  bitsoOriginId: funded(async (s) => {
    await s.withdrawBitso();
    const { status } = await s.withdrawBitso();
    return [status, (await s.get(PATH)).length];
  }),
  bitsoOriginIdStatus: funded(async (s) => {
    await s.withdrawBitso();
    return (await s.withdrawBitso()).status;
  }),
  bitsoCreatedStatus: funded(async (s) => (await s.withdrawBitso()).status),
  bitsoOnePayload: funded(async (s) => {
    const { wid } = (await s.withdrawBitso()).body['payload'];
    return Array.isArray(await s.get(`${PATH}/${wid}`));
  }),
  bitsoUnknownWids: async (s) => (await s.call('GET', `${PATH}?wids=unknown`)).status,
  bitsoStatusCase: funded(async (s) => (await s.withdrawBitso()).body['payload'].status),
  bitsoOrder: funded(async (s) => {
    const { wid } = (await s.withdrawBitso()).body['payload'];
    await s.withdrawBitso({ origin_id: 'order-2' });
    return (await s.get(PATH))[0].wid === wid;
  }),
  bitsoListLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await s.fundBitso('500');
      await s.withdrawBitso();
      return (await s.get(`${PATH}?origin_ids=order-1`)).length;
    },
  },
  bitsoClabeCheck: funded(async (s) => (await s.withdrawBitso({ clabe: '646180157042875764' })).status),
  bitsoConcept: async (s) => (await s.withdrawBitso({ notes_ref: 'a b' })).body['error'].code,
  bitsoNumericReference_digits: async (s) => (await s.withdrawBitso({ numeric_ref: '12345678' })).body['error'].code,
  bitsoTrackingKeyFrom: {
    environment: { SANDBOX_BITSO_DELAY_MS: '1000' },
    look: async (s) => {
      await s.fundBitso('500');
      const { wid } = (await s.withdrawBitso()).body['payload'];
      const view = await until('the processing', async () => {
        const found = await s.get(`${PATH}/${wid}`);
        return found.status === 'processing' ? found : undefined;
      });
      return 'clave_de_rastreo' in view.details;
    },
  },
  bitsoCepLinkFrom: funded(async (s) => (await s.payOutBitso()).details.cep_link === ''),
  bitsoFailReason: funded(async (s) => {
    await s.arm('fail_payout', `POST ${PATH}`);
    return 'fail_reason' in (await s.payOutBitso()).details;
  }),
  bitsoReturnStatus: async (s) => (await s.get(`${PATH}/${await returned(s)}`)).status,
  bitsoReturnOriginId: async (s) => {
    await returned(s);
    const { response } = await s.get('/spei/v2/deposits?only_refunds=true');
    return 'origin_id' in response[0].refunded_withdrawal;
  },
  bitsoReturnInV1: async (s) => {
    await returned(s);
    return (await s.get('/spei/v1/deposits?only_refunds=true')).response.length;
  },
  bitsoDepositsEnvelope: async (s) => Object.keys(await s.get('/spei/v2/deposits')),
  bitsoDepositsToken: async (s) => Object.keys(await firstOfTwo(s)),
  bitsoDepositsLastToken: async (s) => Object.keys(await s.get('/spei/v2/deposits')),
  bitsoDepositsTokenParameter: async (s) => {
    const { next_page_token } = await firstOfTwo(s);
    return (await s.get(`/spei/v2/deposits?page_token=${next_page_token}`)).response[0].amount;
  },
  bitsoDepositsOnPage: {
    answers: [1_000, 1],
    look: async (s) => {
      await firstOfTwo(s);
      return (await s.get('/spei/v2/deposits')).response.length;
    },
  },
  bitsoDepositsLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await s.deposit('100.00');
      return (await s.get('/spei/v2/deposits')).response.length;
    },
  },
  bitsoOnlyRefunds: async (s) => {
    await firstOfTwo(s);
    return (await s.get('/spei/v2/deposits?only_refunds=true')).response.length;
  },
  bitsoBalanceLayout: async (s) => Array.isArray((await s.call('GET', '/v3/balance')).body['payload']),
  bitsoCataloguesLayout: async (s) => [
    Array.isArray(await s.get('/api/v3/banks/mx')),
    Array.isArray(await s.get('/v3/withdrawal_methods/mxn')),
  ],
  bitsoBankCodes: async (s) => (await s.get('/api/v3/banks/mx'))[0].code,
};
