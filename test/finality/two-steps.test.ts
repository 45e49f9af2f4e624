import { testTwoSteps } from './two-steps.ts';

// The whole table, on both versions, is in two-steps.full.test.ts.
testTwoSteps('v2-pausable', [
  ['creation', 40, 'after'],
  ['funding', 5, 'before'],
]);
