import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBitsoTransfer, encodeBitsoTransfer } from '../../src/juno/createBitsoTransfer.ts';
import { createBitsoWithdrawal, encodeBitsoWithdrawal } from '../../src/juno/createBitsoWithdrawal.ts';
import {
  JunoMalformedError,
  JunoNotSentError,
  JunoRejectedError,
  JunoUnavailableError,
  JunoUnknownError,
} from '../../src/juno/errors.ts';
import { getBitsoWithdrawal } from '../../src/juno/getBitsoWithdrawal.ts';
import { listBitsoBanks } from '../../src/juno/listBitsoBanks.ts';
import { listBitsoWithdrawalMethods } from '../../src/juno/listBitsoWithdrawalMethods.ts';
import { listBitsoWithdrawals } from '../../src/juno/listBitsoWithdrawals.ts';
import { parseClabe } from '../../src/money/clabe.ts';
import { centavos } from '../../src/money/money.ts';
import { clientOf, failure, json, type Peer, refusal, startPeer } from './peer.ts';

const STP = parseClabe('646180110400000007');
const NVIO = parseClabe('710969000000401454');
const ORIGIN = '6b1f0f4e-7c1d-11ef-9d2a-0242ac120002';
const guard = () => undefined;

/** The page's own example (P/mxn-withdrawal-status). */
const WITHDRAWAL = {
  wid: '7c28ccfc714940e5274d9fa9a219d479',
  status: 'complete',
  created_at: '2024-02-14T15:53:39+00:00',
  currency: 'mxn',
  method: 'praxis',
  method_name: 'SPEI Transfer',
  amount: '200.50',
  asset: 'mxn',
  network: 'spei',
  protocol: 'clabe',
  integration: 'praxis',
  details: {
    origin_id: 'bitso_812527',
    fecha_operacion: '0',
    beneficiary_bank_code: '90661',
    clave_de_rastreo: '202402149071040080000323032815',
    huella_digital: 'eacb',
    concepto: 'Retiro de saldo',
    beneficiary_name: 'Harry Potter',
    beneficiary_clabe: STP,
    numeric_ref: '1234',
    cep_link: 'https://www.banxico.org.mx/cep/go?i=90710&s=20220921&d=x',
  },
};
const { details } = WITHDRAWAL;

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer();
});
afterEach(() => peer.close());
const client = () => clientOf(peer.url).client;

const payout = { amount: centavos(20_050n), clabe: STP, beneficiary: 'Harry Potter', originId: ORIGIN };

describe('a payout by SPEI', () => {
  test('has the fields of the page, and no idempotency key', async () => {
    peer.answers.push(json({ ...WITHDRAWAL, status: 'pending' }));
    const body = encodeBitsoWithdrawal({
      ...payout,
      concept: 'Renta 12',
      numericReference: '1234',
      rfc: 'XAXX010101000',
    });
    expect(await createBitsoWithdrawal(client(), { body, guard })).toMatchObject({
      wid: WITHDRAWAL.wid,
      status: 'pending',
    });
    const [request] = peer.received;
    expect([request?.method, request?.url]).toEqual(['POST', '/v3/withdrawals']);
    expect(request?.headers).not.toHaveProperty('x-idempotency-key');
    expect(JSON.parse(String(request?.body))).toEqual({
      currency: 'mxn',
      protocol: 'clabe',
      amount: '200.50',
      beneficiary: 'Harry Potter',
      clabe: STP,
      notes_ref: 'Renta 12',
      numeric_ref: '1234',
      rfc: 'XAXX010101000',
      origin_id: ORIGIN,
    });
  });

  test.each<[string, object]>([
    ['a CLABE of the house itself', { clabe: NVIO }],
    ['a concept of 41 characters', { concept: 'x'.repeat(41) }],
    ['a concept with signs', { concept: 'Renta & luz' }],
    ['a numeric reference of 8 digits', { numericReference: '12345678' }],
    ['a numeric reference of letters', { numericReference: 'A1' }],
    ['an RFC of no form', { rfc: 'XAXX01010100' }],
    ['an origin id that reads as two', { originId: 'a,b' }],
    ['no origin id', { originId: '' }],
    ['no beneficiary', { beneficiary: ' ' }],
    ['no amount', { amount: centavos(0n) }],
  ])('is not made with %s', (_, change) => {
    expect(() => encodeBitsoWithdrawal({ ...payout, ...change })).toThrow(RangeError);
  });

  const send = () => createBitsoWithdrawal(client(), { body: encodeBitsoWithdrawal(payout), guard });

  test.each(['0303', '0317', '0318', '0319', '0379', '602', '0714'])('refused with %s did not happen', async (code) => {
    peer.answers.push(failure(400, code));
    expect(await refusal(send())).toBeInstanceOf(JunoRejectedError);
  });

  test.each([
    ['5xx', failure(500, '0101')],
    ['a code on no list', failure(400, '0330')],
    ['an origin id that was used before, which is an invalid field', failure(400, '0304')],
    ['a success without wid', json({ status: 'pending' })],
  ])('is unknown after %s, and says that it is never repeated', async (_, answer) => {
    peer.answers.push(answer);
    const error = await refusal(send());
    expect(error).toMatchObject({ isRepeatable: false, whatNext: expect.stringContaining('never repeat it') });
    expect(error).toBeInstanceOf(JunoUnknownError);
  });

  test('is not written when its guard says no', async () => {
    const late = () => {
      throw new Error('too late');
    };
    const error = await refusal(createBitsoWithdrawal(client(), { body: '{}', guard: late }));
    expect(error).toBeInstanceOf(JunoNotSentError);
    expect(peer.received).toHaveLength(0);
  });
});

describe('a payout inside the house', () => {
  test('has the fields of the page', async () => {
    peer.answers.push(json({ ...WITHDRAWAL, method: 'bt' }));
    const body = encodeBitsoTransfer({ amount: centavos(100n), clabe: NVIO, originId: ORIGIN, concept: 'Renta' });
    expect(await createBitsoTransfer(client(), { body, guard })).toMatchObject({ status: 'complete' });
    expect(peer.received[0]?.url).toBe('/v3/withdrawals');
    expect(JSON.parse(String(peer.received[0]?.body))).toEqual({
      asset: 'mxn',
      currency: 'mxn',
      method: 'bt',
      network: 'bt',
      protocol: 'nvio-clabe',
      amount: '1.00',
      clabe: NVIO,
      origin_id: ORIGIN,
      notes: 'Renta',
    });
  });

  test('is not made to another bank', () => {
    const fields = { amount: centavos(100n), clabe: STP, originId: ORIGIN };
    expect(() => encodeBitsoTransfer(fields)).toThrow('710');
    expect(() => encodeBitsoTransfer({ ...fields, clabe: NVIO, originId: 'a b' })).toThrow('origin id');
  });
});

describe('a payout that is looked for', () => {
  const get = () => getBitsoWithdrawal(client(), { wid: WITHDRAWAL.wid });
  const list = (...originIds: string[]) => listBitsoWithdrawals(client(), { originIds });

  test.each([
    ['alone', WITHDRAWAL],
    ['in a list of one', [WITHDRAWAL]],
  ])('by its wid is read %s', async (_, payload) => {
    peer.answers.push(json(payload));
    expect(await get()).toMatchObject({
      wid: WITHDRAWAL.wid,
      status: 'complete',
      amount: centavos(20_050n),
      originId: 'bitso_812527',
      trackingKey: '202402149071040080000323032815',
      cepLink: details.cep_link,
      failReason: null,
      beneficiaryClabe: STP,
      beneficiaryName: 'Harry Potter',
      createdAt: new Date('2024-02-14T15:53:39Z'),
    });
    expect(peer.received[0]?.url).toBe(`/v3/withdrawals/${WITHDRAWAL.wid}`);
  });

  test.each([
    ['another one', { ...WITHDRAWAL, wid: 'w-2' }],
    ['none', []],
    ['two', [WITHDRAWAL, WITHDRAWAL]],
    ['one without a status', { ...WITHDRAWAL, status: undefined }],
  ])('by its wid is malformed as %s', async (_, payload) => {
    peer.answers.push(json(payload));
    expect(await refusal(get())).toBeInstanceOf(JunoMalformedError);
  });

  test.each([
    ['PENDING', 'pending'],
    ['Processing', 'in_progress'],
    ['COMPLETE', 'complete'],
    ['failed', 'failed'],
    ['RETURNED', 'unknown'],
  ])('%s is %s', async (text, status) => {
    peer.answers.push(json({ ...WITHDRAWAL, status: text, details: { fail_reason: 'no account', cep_link: '' } }));
    expect(await get()).toMatchObject({ status, statusText: text, failReason: 'no account', cepLink: null });
  });

  test('by its origin id is found, or is not there', async () => {
    peer.answers.push(json([WITHDRAWAL]), json([]));
    expect((await list('bitso_812527', 'other')).items).toMatchObject([{ wid: WITHDRAWAL.wid }]);
    expect((await list('bitso_812527')).items).toEqual([]);
    expect(peer.received.map(({ url }) => url)).toEqual([
      '/v3/withdrawals?origin_ids=bitso_812527,other',
      '/v3/withdrawals?origin_ids=bitso_812527',
    ]);
  });

  test.each([
    ['somebody else’s', [{ ...WITHDRAWAL, details: { ...details, origin_id: 'b' } }]],
    ['nobody’s', [{ ...WITHDRAWAL, details: null }]],
    ['a full page', Array(25).fill(WITHDRAWAL)],
  ])('by its origin id is never absent because of %s', async (_, payload) => {
    peer.answers.push(json(payload));
    expect(await refusal(list('bitso_812527'))).toBeInstanceOf(JunoMalformedError);
  });

  test('by its origin id is never absent because of a failure', async () => {
    peer.answers.push(failure(404, '1401'));
    expect(await refusal(list('bitso_812527'))).toBeInstanceOf(JunoUnavailableError);
  });

  test('is not looked for under no id, an id with a comma, or more than may be asked', async () => {
    for (const ids of [[], ['a,b'], Array(21).fill('a')])
      expect(await refusal(list(...ids))).toBeInstanceOf(RangeError);
    expect(peer.received).toHaveLength(0);
  });
});

test('the banks and the methods are read', async () => {
  peer.answers.push(
    json([{ code: '90661', name: 'ALTERNATIVOS', countryCode: 'MX' }]),
    json([{ method: 'praxis', name: 'SPEI', protocol: 'clabe', network: 'spei' }, { method: 'bt' }]),
  );
  expect((await listBitsoBanks(client())).items).toEqual([{ code: '90661', name: 'ALTERNATIVOS' }]);
  expect((await listBitsoWithdrawalMethods(client())).items).toEqual([
    { method: 'praxis', name: 'SPEI', protocol: 'clabe', network: 'spei' },
    { method: 'bt', name: null, protocol: null, network: null },
  ]);
  expect(peer.received.map(({ url }) => url)).toEqual(['/api/v3/banks/mx', '/v3/withdrawal_methods/mxn']);
});
