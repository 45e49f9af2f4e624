/** The approver's own decision, question by question: one thing is wrong each time. */
import { describe, expect, test } from 'vitest';
import type { Booked } from '../../src/approver/books.ts';
import type { OnChain } from '../../src/approver/chain.ts';
import { assertMay, assertOurs } from '../../src/approver/judge.ts';
import { RefusedError } from '../../src/approver/refused.ts';
import { type Asked, readCall } from '../../src/approver/request.ts';
import { earlyApprovalData, earlyApprovalText } from '../../src/chain/early-approval.ts';
import { call } from './call.ts';

const NOW_S = 1_800_000_000;
const DEADLINE_S = NOW_S + 30 * 86_400;
const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const [CONTRACT, BRIDGE, APPROVER] = [address('a'), address('b'), address('c')];
const REFERENCE = `0x${'d'.repeat(64)}` as const;

const ASKED: Asked = {
  ...{ act: 'release', chainId: 31_337, contract: CONTRACT, escrowId: 7n, reference: REFERENCE, disputes: 0 },
  ...{ expiry: NOW_S + 86_400, approver: APPROVER },
};
const approval = (party: 'payer' | 'recipient') => ({ party, givenAt: new Date((NOW_S - 60) * 1000), valid_s: 3_600 });
const LEG: Booked = {
  ...{ legId: 'l', paymentId: 'p', kind: 'custody', state: 'in_custody', centavos: 150_000n, escrowContract: CONTRACT },
  ...{ escrowId: 7n, deadline: DEADLINE_S, policy: 'approvals', now: new Date(NOW_S * 1000), ordered: null },
  ...{ approvals: [approval('payer'), approval('recipient')], isBackDecided: false, isDisputeOver: false },
  ...{ isLetOut: false, held: null, closed: null },
};
const ESCROW = {
  ...{ reference: REFERENCE, disputes: 0, units: 1_500_000_000n, deadline: DEADLINE_S, payee: BRIDGE },
} as const;
const CHAIN: OnChain = { chainId: 31_337, head_s: NOW_S, isApprover: true, escrow: ESCROW };
const OWN = {
  ...{ approver: { address: APPROVER, signer: { key: '0x' } }, bridge: BRIDGE, chainId: 31_337, contracts: [CONTRACT] },
  ...{ mxnPerUdi: null, releaseFourEyes: null },
} as const satisfies Parameters<typeof assertOurs>[1];
const pesos = (hundredths: bigint) => ({ hundredths, unit: 'MXN' }) as const;

type Wrong = Readonly<{
  asked?: Partial<Asked>;
  leg?: Partial<Booked> | null;
  chain?: Partial<Omit<OnChain, 'escrow'>> & { escrow?: Partial<typeof ESCROW> | object | null };
  own?: object;
}>;
function codeOf({ asked = {}, leg = {}, chain = {}, own = {} }: Wrong): string {
  const escrow = chain.escrow === null ? null : { ...ESCROW, ...chain.escrow };
  const facts = { leg: leg && { ...LEG, ...leg }, chain: { ...CHAIN, ...chain, escrow } };
  try {
    assertOurs({ ...ASKED, ...asked }, { ...OWN, ...own });
    assertMay({ ...ASKED, ...asked }, { ...OWN, ...own }, facts);
    return 'signed';
  } catch (error) {
    if (error instanceof RefusedError) return error.code;
    throw error;
  }
}
const BACK: Partial<Booked> = { ordered: 150_000n, isBackDecided: true, approvals: [], policy: 'date' };

describe('it signs', () => {
  test.each<[string, Wrong]>([
    ['what both have approved', {}],
    ['where the date or both decide', { leg: { policy: 'date_or_approvals' } }],
    ['a cancellation that two people decided', { asked: { act: 'cancel' }, leg: BACK }],
    ['up to the amount of four eyes', { own: { releaseFourEyes: pesos(150_000n) } }],
    ['above it, once two people let it out', { own: { releaseFourEyes: pesos(1n) }, leg: { isLetOut: true } }],
    ['where its node is a little behind the reactor’s', { asked: { expiry: NOW_S + 86_400 + 500 } }],
  ])('%s', (_, wrong) => expect(codeOf(wrong)).toBe('signed'));
});

describe('it does not sign', () => {
  test.each<[string, Wrong, string]>([
    ['with another key', { asked: { approver: BRIDGE } }, 'other_key'],
    ['for another chain', { asked: { chainId: 1 } }, 'other_chain'],
    ['for another contract', { asked: { contract: BRIDGE } }, 'other_contract'],
    ['where no leg has the reference', { leg: null }, 'unknown_reference'],
    ['for a leg that has ended', { leg: { state: 'closed' } }, 'leg_over'],
    ['for a leg that is no custody', { leg: { kind: 'immediate' } }, 'leg_over'],
    ['where the books have another contract', { leg: { escrowContract: BRIDGE } }, 'other_escrow'],
    ['where the books have another id', { leg: { escrowId: 8n } }, 'other_escrow'],
    ['where its RPC serves another chain', { chain: { chainId: 1 } }, 'rpc_of_other_chain'],
    ['where it has not the role', { chain: { isApprover: false } }, 'no_role'],
    ['where the contract holds no such escrow undisputed', { chain: { escrow: null } }, 'not_held'],
    ['where the escrow carries another reference', { chain: { escrow: { reference: '0x1' } } }, 'other_on_chain'],
    ['where the escrow had another number of disputes', { chain: { escrow: { disputes: 1 } } }, 'other_on_chain'],
    ['where the escrow holds another amount', { chain: { escrow: { units: 1n } } }, 'other_amount'],
    ['where the escrow would pay another', { chain: { escrow: { payee: CONTRACT } } }, 'other_payee'],
    ['for no time', { asked: { expiry: NOW_S } }, 'expiry'],
    ['for longer than a day', { asked: { expiry: NOW_S + 86_400 + 601 } }, 'expiry'],
    ['under a hold', { leg: { held: 'hold' } }, 'held'],
    ['under a dispute', { leg: { held: 'dispute' } }, 'held'],
    ['under a switch', { leg: { closed: 'all' } }, 'switch'],
    ['with one approval', { leg: { approvals: [approval('payer')] } }, 'not_approved'],
    ['where the date alone decides', { leg: { policy: 'date' } }, 'not_approved'],
    ['where the date is asked for as well', { leg: { policy: 'date_and_approvals' } }, 'not_approved'],
    ['a release of what is ordered back', { leg: BACK }, 'other_act'],
    ['a cancellation that nobody ordered', { asked: { act: 'cancel' } }, 'other_act'],
    ['a cancellation of a part', { asked: { act: 'cancel' }, leg: { ...BACK, ordered: 1n } }, 'other_act'],
    [
      'a cancellation without two people',
      { asked: { act: 'cancel' }, leg: { ...BACK, isBackDecided: false } },
      'not_decided',
    ],
    ['what a dispute gave the recipient', { leg: { isDisputeOver: true } }, 'not_approved'],
    ['above the amount of four eyes', { own: { releaseFourEyes: pesos(149_999n) } }, 'not_approved'],
    [
      'any amount of four eyes in UDIs without a rate',
      { own: { releaseFourEyes: { hundredths: 9n ** 15n, unit: 'UDI' } } },
      'not_approved',
    ],
    [
      'with approvals that have expired by both clocks',
      { leg: { deadline: 1, now: new Date((NOW_S + 7_200) * 1000) }, chain: { head_s: NOW_S + 7_200 } },
      'not_approved',
    ],
  ])('%s', (_, wrong, code) => expect(codeOf(wrong)).toBe(code));
});

describe('what it reads of a call', () => {
  const { approver, ...data } = ASKED;
  const body = call(approver, earlyApprovalText(earlyApprovalData(data)));

  test('is what was asked, in any case of letters', () => {
    expect(readCall(body)).toEqual({ id: 7, asked: ASKED });
    expect(readCall(body.replaceAll(CONTRACT, `0x${'A'.repeat(40)}`)).asked).toEqual(ASKED);
  });

  test.each([
    ['another method', body.replace('eth_signTypedData', 'eth_sign')],
    ['another type', body.replaceAll('ReleaseEarly', 'Permit')],
    ['another domain', body.replaceAll('KustodiaEscrow', 'Other')],
    ['another version', body.replace(String.raw`\"version\":\"3\"`, String.raw`\"version\":\"2\"`)],
    ['other types of fields', body.replace('uint24', 'uint16')],
    ['another field', body.replace(String.raw`\"disputes\":0`, String.raw`\"disputes\":0,\"more\":1`)],
    ['a number below zero', body.replace(String.raw`\"disputes\":0`, String.raw`\"disputes\":-1`)],
    ['nothing', ''],
  ])('is refused with %s', (_, wrong) => {
    expect(wrong).not.toBe(body);
    expect(() => readCall(wrong)).toThrow('signs ReleaseEarly and CancelEarly');
  });
});
