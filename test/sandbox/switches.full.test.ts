import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SWITCH_NAMES, SWITCHES, switchesSchema } from '../../src/sandbox/switches.ts';
import { ACCESS_PROBES } from './probes/access.ts';
import { BITSO_PROBES } from './probes/bitso.ts';
import { MINT_PROBES } from './probes/mint.ts';
import { SPEI_PROBES } from './probes/spei.ts';
import { WEBHOOK_PROBES } from './probes/webhooks.ts';
import { openChain, type TestChain } from './support/chain.ts';
import { openHere, type Probe } from './support/here.ts';
import { startSandbox } from './support/sandbox.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 150_000 });

const PROBES: Record<keyof typeof SWITCHES, Probe> = {
  ...ACCESS_PROBES,
  ...SPEI_PROBES,
  ...MINT_PROBES,
  ...BITSO_PROBES,
  ...WEBHOOK_PROBES,
};

let chain: TestChain;
beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());

describe('each answer of a switch can be seen', () => {
  test.each(SWITCH_NAMES)('%s', async (name) => {
    const probe = PROBES[name];
    const {
      look,
      answers = SWITCHES[name].answers,
      environment = {},
    } = typeof probe === 'function' ? { look: probe } : probe;
    const seen: string[] = [];
    for (const answer of answers) {
      const sandbox = await openHere(chain, { ...environment, SANDBOX_SWITCHES: JSON.stringify({ [name]: answer }) });
      try {
        seen.push(JSON.stringify(await look(sandbox)));
      } finally {
        await sandbox.stop();
      }
    }
    expect(new Set(seen).size, `what was seen: ${seen.join(' and ')}`).toBe(answers.length);
  });
});

describe('what is set at the start', () => {
  test('is shown to the administrator with its page, its question and its answers', async () => {
    const sandbox = await startSandbox(chain, { SANDBOX_SWITCHES: '{"transactionsPageBase":1}' });
    const { switches } = (await sandbox.admin('GET', '/switches')).body;
    await sandbox.stop();
    expect(switches.map(({ name }: { name: string }) => name)).toEqual(SWITCH_NAMES);
    expect(switches).toContainEqual({
      name: 'transactionsPageBase',
      page: 'J/list-transactions-made',
      open: 'the number of the first page',
      answers: [0, 1],
      chosen: 1,
    });
    for (const { answers, chosen, name } of switches)
      if (name !== 'transactionsPageBase') expect([name, chosen]).toEqual([name, answers[0]]);
  });

  test.each([
    ['an unknown name', '{"nonsense":1}'],
    ['an unknown answer', '{"rateWindow":"never"}'],
    ['a number out of its range', '{"webhookAttempts":0}'],
    ['no JSON', 'rateWindow=fixed'],
  ])('is refused with %s', async (_name, SANDBOX_SWITCHES) => {
    await expect(startSandbox(chain, { SANDBOX_SWITCHES })).rejects.toThrow('ended with 1');
  });

  test('is refused with the list of what would be good', () => {
    const messages = (set: object) =>
      switchesSchema
        .safeParse(set)
        .error?.issues.map(({ message }) => message)
        .join();
    for (const name of SWITCH_NAMES) expect(messages({ nonsense: 1 })).toContain(name);
    for (const answer of SWITCHES.webhookShape.answers) expect(messages({ webhookShape: 'x' })).toContain(answer);
  });
});
