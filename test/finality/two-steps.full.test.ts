import { describe } from 'vitest';
import { type Reorganisation, testTwoSteps } from './two-steps.ts';

const TABLE: readonly Reorganisation[] = [
  ['creation', 1, 'before'],
  ['creation', 40, 'after'],
  ['creation', 300, 'after'],
  ['funding', 5, 'before'],
  ['funding', 40, 'after'],
  ['release', 3, 'after'],
];

describe.each(['v2', 'v2-pausable'] as const)('%s', (live) => testTwoSteps(live, TABLE));
