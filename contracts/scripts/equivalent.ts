/** Mutants that do what the contract does, or what nobody could tell from it, each with the reason why no test notices it. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  'KustodiaEscrow.sol rescue: `>` → `>=`, in `uint256 surplus = balance > escrowed ? balance - escrowed : 0;`':
    'where the two are equal, their difference is the 0 of the other branch.',
};
