import { testTwoSteps } from './two-steps.ts';

// Among them is “what was held until nothing can be put into its escrow any more gets another one”. The whole table, on both versions, is in two-steps.full.test.ts.
testTwoSteps('v2-pausable', [
  ['creation', 40, 'after'],
  ['funding', 5, 'before'],
]);
