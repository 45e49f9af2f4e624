import { expect, test } from 'vitest';
import { passedOn } from '../../src/local/command.ts';

test('whoever starts a world sets how long the console waits, and no more than that', () => {
  const environment = { CONSOLE_IDLE_MINUTES: '5', JUNO_API_KEY: 'x', RELEASE_FOUR_EYES: '1' };
  expect(passedOn(environment)).toEqual({ CONSOLE_IDLE_MINUTES: '5' });
  expect(passedOn({ CONSOLE_IDLE_MINUTES: '' })).toEqual({});
});
