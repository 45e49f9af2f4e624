import { expect, test } from 'vitest';
import { cronTime_s, nextTick_s } from '../../bench/cron/schedule.ts';

const at = (minute: number, second = 0) => minute * 60 + second;

test('a job starts at its own minutes of the hour, never at the one that has begun', () => {
  expect(nextTick_s(at(4, 59), 5)).toBe(at(5));
  expect(nextTick_s(at(5), 5)).toBe(at(10));
  expect(nextTick_s(at(56), 7)).toBe(at(60));
  expect(nextTick_s(at(60), 7)).toBe(at(67));
});

test('a payment goes one step at each job, and waits blindly before it is paid', () => {
  expect(cronTime_s(at(1), 3)).toBe(at(15, 30) - at(1) - 3);
  // Not due when the release job runs at minute 10, so at 20, and then at 30.
  expect(cronTime_s(at(1), 240)).toBe(at(30, 30) - at(1) - 240);
});
