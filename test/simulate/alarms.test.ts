import { expect, test } from 'vitest';
import { alarmsOf } from '../../src/simulate/alarms.ts';
import { createTime } from '../../src/simulate/time.ts';

const ofProcess = () => {
  const time = createTime(0);
  const process = { isDead: false, pausedUntil_ms: 0 };
  const after = alarmsOf({
    time,
    name: 'reactor',
    isDead: () => process.isDead,
    pausedUntil_ms: () => process.pausedUntil_ms,
  });
  const rung: number[] = [];
  const until = async (ms: number) => {
    while (await time.step(ms));
  };
  return { time, process, rung, until, set: (ms: number) => after(ms, 'alarm', () => rung.push(time.now_ms())) };
};

test('an alarm rings when a pause is over', async () => {
  const { process, rung, until, set } = ofProcess();
  const alarm = set(10);
  process.pausedUntil_ms = 50;
  await until(20);
  expect(rung).toEqual([]);
  expect(alarm.at_ms()).toBe(50);
  await until(100);
  expect(rung).toEqual([50]);
});

test('an alarm that a pause has moved can be turned off', async () => {
  const { process, rung, until, set } = ofProcess();
  const alarm = set(10);
  process.pausedUntil_ms = 50;
  await until(20);
  alarm.turnOff();
  await until(100);
  expect(rung).toEqual([]);
});

test('an alarm of a process that is dead by then rings no more', async () => {
  const { process, rung, until, set } = ofProcess();
  set(10);
  process.isDead = true;
  await until(100);
  expect(rung).toEqual([]);
});
