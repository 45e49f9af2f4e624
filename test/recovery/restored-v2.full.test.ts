import { testRestored } from './restored.ts';

// An escrow that is made by itself, and its funding, are two effects to be rebuilt.
testRestored('v2-pausable');
