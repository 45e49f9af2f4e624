import { testRestored } from './restored.ts';

testRestored('v3');
