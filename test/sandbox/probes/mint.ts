import { randomUUID } from 'node:crypto';
import type { MINT_POINTS } from '../../../src/sandbox/switch-points/mint.ts';
import { BRIDGE, HOT_WALLET } from '../support/chain.ts';
import type { Here, Probe } from '../support/here.ts';
import { until } from '../support/sandbox.ts';

const LIST = '/mint_platform/v1/transactions';
const MOVEMENTS = '/mint_platform/v1/financial_movements';
const DAY_MS = 86_400_000;
const REDEMPTIONS = 'POST /mint_platform/v1/redemptions';

/** The code of the refusal, of a sandbox without money: 0379 means that the body was good. */
const redeemCode = async (s: Here, fields: object) => (await s.redeem(fields)).body['error'].code;
const withdrawCode = async (s: Here, fields: object, idempotencyKey: string = randomUUID()) =>
  (await s.withdraw({ address: BRIDGE.address, ...fields }, { idempotencyKey })).body['error'].code;
const detail = async (s: Here, id: string) => s.get(`${LIST}/${id}`);

/** One issuance, as the detail shows it. */
const issuance = async (s: Here) => detail(s, await s.fund('100'));
/** A page of the list, of a sandbox with two issuances. */
async function page(s: Here, query: string) {
  await s.fund('100');
  await s.fund('200');
  return s.get(`${LIST}?${query}`);
}
const withdraw = async (s: Here, amount: string) => {
  const { body } = await s.withdraw({ amount, address: BRIDGE.address });
  return body['payload'];
};
/** MXNB that went out and came back to the deposit address, when it was credited or held. */
async function sendBack(s: Here, amount: bigint): Promise<void> {
  await s.fund(String(amount));
  await s.ended((await withdraw(s, String(amount))).id);
  await s.chain.send(HOT_WALLET.address, amount * 1_000_000n);
}
const creditOrHold = (s: Here) =>
  until('a credit, or a transfer that is held', async () => {
    const credit = (await s.transactions()).find(
      ({ type, status }) => type === 'CRYPTO_DEPOSIT' && status === 'COMPLETE',
    );
    return credit ?? ((await s.state())['credits_held'] === 1 ? { id: 'held' } : undefined);
  });
/** A payout that its bank returned, when its money has arrived. */
async function returned(s: Here): Promise<string> {
  await s.fund('100');
  const id = await s.payOut('100');
  await s.giveBack(id);
  await until('the money', async () => {
    const { available_centavos, bitso_balance_centavos } = await s.state();
    return available_centavos === '10000' || bitso_balance_centavos === '10000';
  });
  return id;
}
const refunds = async (s: Here) => (await s.get('/spei/v1/deposits?only_refunds=true')).response;
const movement = async (s: Here) => {
  await s.fund('100');
  return (await s.get(MOVEMENTS)).content[0];
};

export const MINT_PROBES: Record<keyof typeof MINT_POINTS, Probe> = {
  requestAmount: async (s) => [
    await redeemCode(s, { amount: '100' }),
    (await s.call('POST', '/mint_platform/v1/redemptions', { amount: 100, asset: 'MXN' })).body['error'].code,
  ],
  redemptionAsset: (s) => redeemCode(s, { amount: '100', asset: 'mxn' }),
  transactionCreatedStatus: async (s) => {
    await s.fund('100');
    return (await s.redeem({ amount: '100' })).status;
  },
  withdrawalAnswer: async (s) => {
    await s.fund('100');
    return Object.keys(await withdraw(s, '100'));
  },
  withdrawalFirstStatus: async (s) => {
    await s.fund('100');
    return (await withdraw(s, '100')).summary_status;
  },
  redemptionFirstStatus: async (s) => {
    await s.fund('100');
    return (await s.redeem({ amount: '100' })).body['payload'].summary_status;
  },
  withdrawalDecimals: (s) => withdrawCode(s, { amount: '1.000001' }),
  withdrawalMinimum_centavos: (s) => withdrawCode(s, { amount: '1' }),
  withdrawalFee_centavos: async (s) => {
    await s.fund('101');
    await s.ended((await withdraw(s, '100')).id);
    return (await s.state())['available_centavos'];
  },
  travelRule_centavos: (s) => withdrawCode(s, { amount: '19000', compliance: {} }),
  idempotencyKeyFormat: async (s) => [
    await withdrawCode(s, { amount: '1' }, randomUUID()),
    await withdrawCode(s, { amount: '1' }, 'any text'),
  ],
  idempotentAnswer: async (s) => {
    await s.fund('100');
    const again = { idempotencyKey: randomUUID() };
    await s.ended((await s.redeem({ amount: '100' }, again)).body['payload'].id);
    return (await s.redeem({ amount: '100' }, again)).body['payload'].summary_status;
  },
  idempotencyMismatch: async (s) => {
    await s.fund('200');
    const again = { idempotencyKey: randomUUID() };
    await s.redeem({ amount: '100' }, again);
    return (await s.redeem({ amount: '101' }, again)).status;
  },
  refusedKey: async (s) => {
    const again = { idempotencyKey: randomUUID() };
    const redeem = async () => (await s.redeem({ amount: '100' }, again)).status;
    const refused = await redeem();
    await s.fund('100');
    return [refused, await redeem()];
  },
  idempotencyRetention_ms: async (s) => {
    await s.fund('200');
    const again = { idempotencyKey: randomUUID() };
    const first = await s.redeem({ amount: '100' }, again);
    s.setForward(DAY_MS + 1);
    const second = await s.redeem({ amount: '100' }, again);
    return first.body['payload'].id === second.body['payload'].id;
  },

  transactionsPageBase: async (s) => (await page(s, 'size=2&page=1')).content.length,
  transactionsEnvelope: async (s) => Object.keys(await page(s, ''))[0],
  transactionsTotals: async (s) => Object.keys(await page(s, '')),
  transactionsSize: async (s) => (await page(s, 'size=1')).content.length,
  transactionsSort: async (s) => (await page(s, 'sort=createdAt,ASC')).content[0].amount,
  transactionsOrder: async (s) => (await page(s, '')).content[0].amount,
  transactionsNames: async (s) => Object.keys((await page(s, '')).content[0]),
  transactionsListLag_ms: { answers: [0, 60_000], look: async (s) => (await page(s, '')).content.length },
  transactionAmount: async (s) => (await issuance(s)).amount,
  transactionTime: async (s) => (await issuance(s)).created_at.replaceAll(/\d/g, '0'),
  transactionComplete: async (s) => (await issuance(s)).status,
  transactionUnderWay: async (s) => {
    await s.fund('100');
    return (await s.redeem({ amount: '100' })).body['payload'].summary_status;
  },
  currencyCase: async (s) => {
    const { currency } = await issuance(s);
    return [currency, (await withdraw(s, '100')).currency];
  },
  timelineKeys: async (s) => Object.keys((await issuance(s)).timeline[0]),
  timelineSteps: async (s) => (await issuance(s)).timeline[0].step,
  timelineOrder: async (s) => (await issuance(s)).timeline[0].step,
  cryptoDetails: async (s) => {
    await s.fund('100');
    return Object.keys((await detail(s, (await withdraw(s, '100')).id)).details);
  },
  withdrawalHash: async (s) => {
    await s.fund('100');
    const { id } = await withdraw(s, '100');
    await s.ended(id);
    const { details, timeline } = await detail(s, id);
    return ['transaction_hash' in details, 'receipt' in timeline.at(-1)];
  },
  cryptoDepositHash: async (s) => {
    await sendBack(s, 100n);
    return 'transaction_hash' in (await detail(s, (await creditOrHold(s)).id)).details;
  },
  depositConfirmations: {
    answers: [0, 5],
    look: async (s) => {
      await sendBack(s, 100n);
      // Each mints a block and ends with a look at the chain; the second one's comes after a look at the transfer.
      await s.fund('100');
      await s.fund('100');
      return (await s.transactions()).some(({ type }) => type === 'CRYPTO_DEPOSIT');
    },
  },
  largeDepositHeld: async (s) => {
    await sendBack(s, 20_000n);
    return (await creditOrHold(s)).id === 'held';
  },
  contractDeposit: async (s) => {
    const { address } = BRIDGE;
    await s.fund('100');
    await s.ended((await withdraw(s, '100')).id);
    await s.chain.client.setCode({ address, bytecode: '0x00' });
    await s.chain.send(HOT_WALLET.address, 100_000_000n);
    const seen = await creditOrHold(s);
    await s.chain.client.setCode({ address, bytecode: '0x' });
    return seen.id === 'held';
  },
  issuanceDetails: async (s) => Object.keys((await issuance(s)).details),
  redemptionDetails: async (s) => {
    await s.fund('100');
    return Object.keys((await detail(s, await s.payOut('100'))).details);
  },
  redemptionTrackingKey: async (s) => {
    await s.fund('100');
    return Object.keys((await detail(s, await s.payOut('100'))).details);
  },
  belowMinimumIssuance: async (s) => {
    await s.deposit('99');
    await until('the refund', async () => (await s.outbox()).length === 1);
    return (await s.transactions()).length;
  },
  balancesLayout: async (s) => Array.isArray(await s.get('/mint_platform/v1/balances')),
  balanceAmount: async (s) => (await s.get('/mint_platform/v1/balances')).balances[0].total,
  balanceAsset: async (s) => (await s.get('/mint_platform/v1/balances')).balances[0].asset,

  movementsEnvelope: async (s) => Object.keys(await s.get(MOVEMENTS)),
  movementsPageBase: async (s) => {
    await movement(s);
    return (await s.get(`${MOVEMENTS}?page=1`)).content.length;
  },
  movementsListLag_ms: {
    answers: [0, 60_000],
    look: async (s) => {
      await s.fund('100');
      return (await s.get('/mint_platform/v1/financial_movements')).content.length;
    },
  },
  movementComplete: async (s) => (await movement(s)).status,
  movementId: async (s) => {
    const { id, funding } = await movement(s);
    return id === funding.transaction_id;
  },
  movementAmount: async (s) => (await movement(s)).amount,

  movementRefundOf: async (s) => {
    const id = await returned(s);
    return (await s.get(MOVEMENTS)).content[0].funding.transaction_id === id;
  },
  failedRedemptionMoney: async (s) => {
    await s.fund('100');
    await s.arm('fail_payout', REDEMPTIONS);
    await s.payOut('100');
    return (await s.state())['available_centavos'];
  },
  returnShown: async (s) => {
    await returned(s);
    const lines = (await s.get(MOVEMENTS)).content.filter(
      ({ funding }: { funding?: { transaction_type: string } }) => funding?.transaction_type === 'REDEMPTION_REFUND',
    );
    return [(await refunds(s)).length, lines.length];
  },
  returnMoney: async (s) => {
    await returned(s);
    const issuances = (await s.transactions()).filter(({ type }) => type === 'ISSUANCE').length;
    return [issuances, (await s.state())['bitso_balance_centavos']];
  },
  returnStatus: async (s) => (await detail(s, await returned(s))).status,
  returnReference: async (s) => {
    await returned(s);
    const [order] = await s.outbox();
    const [refund] = await refunds(s);
    return [refund.tracking_key === order?.['clave_rastreo'], 'refunded_withdrawal' in refund];
  },
  returnReceiver: async (s) => {
    await returned(s);
    const [{ receiver_clabe }] = await refunds(s);
    return (await s.call('GET', `/spei/v1/clabes/${receiver_clabe}`)).status;
  },
};
