import { expect, test } from 'vitest';
import {
  JunoNotSentError,
  JunoRejectedError,
  JunoThrottledError,
  JunoUnauthorisedError,
  JunoUnavailableError,
  JunoUnknownError,
} from '../../src/juno/errors.ts';
import { attempt } from '../../src/reactor/effects/drivers/attempt.ts';
import { RateLimitedError } from '../../src/reactor/rate/errors.ts';

const at = { endpoint: 'POST /mint_platform/v1/redemptions' };

test.each<[string, unknown, object]>([
  ['a time-out may have been processed', new JunoUnknownError('no answer', at), { is: 'unknown' }],
  ['an answer of no known kind may have been processed', new JunoUnavailableError('no answer', at), { is: 'unknown' }],
  ['a fault of our own after the bytes may have been processed', new TypeError('undefined'), { is: 'unknown' }],
  ['what is no error at all may have been processed', 'boom', { is: 'unknown' }],
  [
    'a listed refusal was refused',
    new JunoRejectedError('no', { ...at, code: '0304' }),
    { is: 'rejected', code: '0304' },
  ],
  ['over the limit nothing was processed', new JunoThrottledError('429', at), { is: 'not_sent' }],
  ['not let in nothing was processed', new JunoUnauthorisedError('401', at), { is: 'not_sent' }],
  [
    'without a connection nothing was written',
    new JunoNotSentError('refused', at),
    { is: 'not_sent', code: 'not_sent' },
  ],
  [
    'without room it is only not its turn',
    new JunoNotSentError('later', { ...at, cause: new RateLimitedError('full', 700) }),
    { is: 'not_sent', code: 'no_room', retryAfter_ms: 700 },
  ],
])('%s', async (_, error, outcome) => {
  expect(await attempt(() => Promise.reject(error))).toMatchObject(outcome);
});
