import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EQUIVALENT } from '../../contracts/scripts/equivalent.ts';
import { mutantsOf } from '../../contracts/scripts/mutants.ts';
import { KUSTODIA_ESCROW_CODE_HASH } from '../../src/chain/abi/kustodiaEscrow.ts';

const SOURCE = `import {A} from "./A.sol"; // true
contract C {
    function pay(uint256 amount) external onlyRole(BRIDGE_ROLE) {
        if (amount == 0) revert Nothing("a < b");
        uint256 left = total - amount;
        total = left;
        if (fee() != left || isClosed(amount)) token.send(left);
        emit Paid(amount);
        token.send(amount);
    }
}
`;
const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

describe('what is made wrong', () => {
  const mutants = mutantsOf(SOURCE);
  /** What stands in the line that a mutant changes. */
  const changed = mutants.map(({ line, mutated }) => mutated.split('\n')[line - 1]?.trim());

  test('each operator, condition, number, role, call and statement of the code, and their order, one at a time', () => {
    expect(changed).toEqual([
      'function pay(uint256 amount) external  {',
      'if (true) revert Nothing("a < b");',
      'if (false) revert Nothing("a < b");',
      'if (amount != 0) revert Nothing("a < b");',
      'if (amount == 1) revert Nothing("a < b");',
      'total = left;',
      'uint256 left = total + amount;',
      '{}',
      'if (fee() != left || isClosed(amount)) token.send(left);',
      'if (true) token.send(left);',
      'if (false) token.send(left);',
      'if (1 != left || isClosed(amount)) token.send(left);',
      'if (fee() == left || isClosed(amount)) token.send(left);',
      'if (fee() < left || isClosed(amount)) token.send(left);',
      'if (fee() > left || isClosed(amount)) token.send(left);',
      'if (fee() != left && isClosed(amount)) token.send(left);',
      'if (fee() != left || true) token.send(left);',
      'if (fee() != left || false) token.send(left);',
      '{}',
      'token.send(amount); emit Paid(amount);',
      '{}',
    ]);
  });

  test('nothing in a comment, a text or an import, and each under a name of its own', () => {
    expect(mutants.every(({ mutated }) => mutated.startsWith('import {A} from "./A.sol"; // true\n'))).toBe(true);
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });
});

describe('docs/contract-mutation.md', () => {
  const page = read('docs/contract-mutation.md');
  const sources = ['EarlyApproval', 'EscrowAdmin', 'IKustodiaEscrow', 'KustodiaEscrow'];
  const count = (pattern: RegExp) => Number(pattern.exec(page)?.[1]);
  const survivors = page.split('\n').filter((line) => line.startsWith('- '));

  test('is about the contract as it is', () => {
    expect(page).toContain(KUSTODIA_ESCROW_CODE_HASH);
    const all = sources.flatMap((name) => mutantsOf(read(`contracts/src/${name}.sol`)));
    const said = [
      /: (\d+) changes/,
      /(\d+) more do not compile/,
      /and (\d+) compile to the same code/,
      /not come to (\d+)/,
    ].map(count);
    expect(said.reduce((sum, one) => sum + one, 0)).toBe(all.length);
  });

  test('has a line for each that no test notices, with the reason why none could', () => {
    const explained = Object.entries(EQUIVALENT).map(([id, reason]) => `- ${id}: ${reason}`);
    expect(explained).toEqual(expect.arrayContaining(survivors));
    expect(survivors.length).toBe(count(/noticed, (\d+) not/));
  });

  test('has fewer than five in a hundred of them, of a run that came to nearly all', () => {
    const judged = count(/: (\d+) changes/);
    expect(survivors.length).toBeLessThanOrEqual(0.05 * judged);
    expect(count(/not come to (\d+)/)).toBeLessThanOrEqual(0.02 * judged);
  });
});
