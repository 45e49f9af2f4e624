import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SWITCHES } from '../../../src/sandbox/switches.ts';
import { openChain, type TestChain } from '../../sandbox/support/chain.ts';
import { answerOf, argsFor, check, rowOf, SETTLED, type Settled, type Told, withSandbox } from './support.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 150_000 });

let chain: TestChain;
beforeAll(async () => {
  chain = await openChain();
});
afterAll(() => chain?.close());

const cases = Object.entries(SETTLED).flatMap(([name, settled]) =>
  Object.entries(settled.says).map(([text, says]) => ({
    ...{ name: name as keyof typeof SWITCHES, text, says, settled, row: settled.row },
  })),
);

/** One run serves every row at which nothing is set but what the sandbox does by itself. */
const plain = new Map<string, Promise<Told>>();

async function tell(switches: object, settled: Settled): Promise<Told> {
  return withSandbox(chain, switches, async (sandbox) => {
    await settled.prepare?.(sandbox);
    return check(sandbox, ...(await argsFor(settled, sandbox)));
  });
}

function tellPlain(settled: Settled): Promise<Told> {
  const kind = settled.row === 'withdrawals' ? 'withdrawals' : 'others';
  const told = plain.get(kind) ?? tell({}, settled);
  plain.set(kind, told);
  return told;
}

describe('each answer to a silent point is told by its row', () => {
  test.each(cases)('$name $text: $row', async ({ name, text, says, settled }) => {
    const answer = answerOf(name, text);
    const isPlain = answer === SWITCHES[name].answers[0] && !settled.isRead && !settled.beside;
    const told = rowOf(
      await (isPlain ? tellPlain(settled) : tell({ ...settled.beside, [name]: answer }, settled)),
      settled.row,
    );
    if (typeof says === 'string') expect(told).toContain(says);
    else expect(told).toMatch(says);
  });
});
