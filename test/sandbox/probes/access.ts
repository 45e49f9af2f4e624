import type { ACCESS_POINTS } from '../../../src/sandbox/switch-points/access.ts';
import type { Here, Probe } from '../support/here.ts';

const CLABES = '/spei/v1/clabes';
const MINUTE_MS = 60_000;

const statusOf = async (s: Here, nonce: string) => (await s.call('GET', CLABES, undefined, { nonce })).status;
const refusal = async (s: Here) => (await s.redeem({ amount: '1' })).body;
const throttled = (s: Here) =>
  s.arm('throttle', '*').then(() => s.call('GET', CLABES).then(() => s.call('GET', CLABES)));

export const ACCESS_PROBES: Record<keyof typeof ACCESS_POINTS, Probe> = {
  signedPath: async (s) => (await s.call('GET', `${CLABES}?page=1`, undefined, { signedPath: CLABES })).status,
  trailingSlash: async (s) => (await s.call('GET', `${CLABES}/`)).status,
  noCredentialsCode: async (s) =>
    (await s.call('GET', CLABES, undefined, { authorization: 'Bearer token' })).body['error'].code,
  nonceForm: async (s) => [
    await statusOf(s, `${Date.now()}`),
    await statusOf(s, `${Date.now()}000002`),
    await statusOf(s, `${Date.now() - 1_000}000001`),
  ],
  nonceSkew_ms: (s) => statusOf(s, '1731349200123123456'),
  rateWindow: {
    environment: { SANDBOX_RATE_PER_MINUTE: '3' },
    look: async (s) => {
      // Two requests at the end of a minute of the clock and two at the start of the next.
      s.setForward(MINUTE_MS - (Date.now() % MINUTE_MS) - 3_000);
      const first = [await statusOf(s, '1'), await statusOf(s, '2')];
      s.setForward(6_000);
      return [...first, await statusOf(s, '3'), await statusOf(s, '4')];
    },
  },
  throttleStatus: async (s) => (await throttled(s)).status,
  throttleRetryAfter: async (s) => (await throttled(s)).headers.has('retry-after'),
  throttleBlockAfter: async (s) => {
    for (let i = 0; i < 3; i++) {
      await s.arm('throttle', '*', { ms: 0 });
      await s.call('GET', CLABES);
    }
    return (await s.state())['locked_out_ms'] > MINUTE_MS;
  },
  errorEnvelope: async (s) => Object.keys(await refusal(s)),
  errorCodeType: async (s) => (await refusal(s))['error'].code,
  validationCode: async (s) => (await refusal(s))['error'].code,
  validationStatus: async (s) => (await s.redeem({ amount: '1' })).status,
  errorDetails: async (s) => (await refusal(s))['error'].details ?? 'absent',
  insufficientBalanceCode: async (s) => (await s.redeem({ amount: '100' })).body['error'].code,
  notFoundStatus: async (s) => (await s.call('GET', `${CLABES}/1`)).status,
  error34003Status: async (s) => {
    await s.arm('error_34003_after_success', '*');
    return (await s.call('GET', CLABES)).status;
  },
};
