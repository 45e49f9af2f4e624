/** The run that docs/contract-mutation.md tells of came to its end. It takes hours, so that a changed contract may be a day ahead of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PAGE = readFileSync(join(import.meta.dirname, '../..', 'docs/contract-mutation.md'), 'utf8');

test('docs/contract-mutation.md leaves nothing unjudged: `npm run mutate` without a limit goes on where it stopped', () => {
  expect(PAGE).toContain('The run did not come to 0.');
  expect(Number(/: (\d+) changes/.exec(PAGE)?.[1])).toBeGreaterThan(0);
});
