import { centavos } from '../../money/money.ts';

/** Juno issues and redeems nothing smaller (J/issuance, J/redeem-your-mxnb-tokens). */
export const JUNO_MINIMUM = centavos(10_000n);
