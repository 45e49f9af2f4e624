import { centavos } from '../../money/money.ts';

/** Nobody is owed less than a centavo, so that as many debts always come to Juno's minimum. */
export const MOST_DEBTS_UNDER_MINIMUM = 10_000;

/** Juno issues and redeems nothing smaller (J/issuance, J/redeem-your-mxnb-tokens). */
export const JUNO_MINIMUM = centavos(BigInt(MOST_DEBTS_UNDER_MINIMUM));
