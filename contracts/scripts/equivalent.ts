/** Mutants that do what the contract does, each with the reason why no test can notice them. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  'KustodiaEscrow.sol rescue: `>` → `>=`, in `uint256 surplus = balance > escrowed ? balance - escrowed : 0;`':
    'where the two are equal, their difference is the 0 of the other branch.',
};
