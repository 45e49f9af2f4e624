/** Only `release` promises the order: in a batch each event has its own Transfer behind it. */
const ORDER =
  'the two logs of one transaction change places. Both are joined by the hash of it, and a call that fails takes both back.';

/** Mutants that do what the contract does, or what nobody could tell from it, each with the reason why no test notices it. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  'KustodiaEscrow.sol rescue: `>` → `>=`, in `uint256 surplus = balance > escrowed ? balance - escrowed : 0;`':
    'where the two are equal, their difference is the 0 of the other branch.',
  'KustodiaEscrow.sol rescue: `emit TokensRescued(token, to, amount)` after `_pay(token, to, amount)`': ORDER,
  'KustodiaEscrow.sol _cancel: `emit EscrowCancelled(escrowId)` after `_close(escrow, Status.Cancelled)`': ORDER,
};
