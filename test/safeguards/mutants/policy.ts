import type { Mutant } from '../mutant.ts';

const POLICY = 'src/reactor/wallet/policy.ts';
const SIGN = 'src/reactor/wallet/sign.ts';
const OURS = 'src/reactor/wallet/ours.ts';
const POLICIES = 'test/wallet/policy.test.ts';
const PROPERTIES = 'test/wallet/policy-property.test.ts';
const REMOTE = 'test/wallet/remote-signer.test.ts';
const SHARED = 'test/wallet/shared-lane.test.ts';
const DENY = 'design 4, wallet lane: deny-by-default policy';

/** One condition of the policy that holds for everything. */
const allow = (id: string, safeguard: string, find: string, title: string): Mutant => ({
  ...{ id, safeguard, rule: DENY, file: POLICY, find, replace: find.replace(/must\(.*, (?=['`])/, 'must(true, ') },
  caughtBy: [{ file: POLICIES, title }],
});
/** One condition on the transaction around the call. */
const around = (id: string, safeguard: string, find: string, title = 'an allowed call with'): Mutant => ({
  ...allow(id, safeguard, find, title),
  caughtBy: [{ file: PROPERTIES, title }],
});

/** What the bridge wallet may sign, and that it is what comes back from the signer. */
export const SIGNED: readonly Mutant[] = [
  {
    ...allow('policy-escrow', 'escrow calls go to the escrow', '', 'an escrow call to another contract'),
    find: "const version = policy.escrows[to.toLowerCase()];\n  if (!version) throw new PolicyRefusedError(kind, 'the target is",
    replace:
      "const version = policy.escrows[to.toLowerCase()] ?? 'v3';\n  if (!version) throw new PolicyRefusedError(kind, 'the target is",
  },
  allow(
    'policy-escrow-function',
    'a kind of effect calls its one function of the escrow',
    "must(call.is === wanted || isEarly, `it calls ${call.is === 'other' ? call.name : call.is}`)",
    'another function of the escrow',
  ),
  allow(
    'policy-fund-token',
    'escrows are funded with MXNB',
    "must(call.token === policy.token, 'it funds with another token')",
    'funding with another token',
  ),
  allow(
    'policy-fund-amount',
    'an escrow is funded with the amount of its effect',
    "must(call.units === amount, 'it funds another amount')",
    'funding another amount',
  ),
  allow(
    'policy-kinds',
    'what is no wallet’s kind is not signed',
    "must(isReturn || kind === 'chain_approve', 'it is not a kind that a wallet performs')",
    'refuses every kind that no wallet performs, whatever the call',
  ),
  allow(
    'policy-token',
    'token calls go to the token',
    "must(target === policy.token, 'the target is not the token')",
    'a token call to another contract',
  ),
  allow(
    'policy-token-function',
    'a kind of effect calls its one function of the token',
    "must(functionName === (isReturn ? 'transfer' : 'approve'), `it calls ${functionName}`)",
    'an approval instead of a return',
  ),
  allow(
    'policy-recipient',
    'MXNB return to Juno’s deposit address',
    "must(to.toLowerCase() === policy.junoDepositAddress, 'it goes to another address')",
    'a return to another address',
  ),
  {
    ...allow('policy-spender', 'approvals are for the escrow contracts', '', 'an approval for another spender'),
    find: "if (!version) throw new PolicyRefusedError(kind, 'it goes to another address');",
    replace: '',
  },
  allow(
    'policy-bound',
    'a contract whose code can be replaced is allowed no more than a day’s payouts',
    "if (version !== 'v3') must(units === amount && units <= policy.mostAllowed, 'it allows more than it should')",
    'an approval beyond the bound for a contract whose code can be replaced',
  ),
  allow(
    'policy-payee',
    'an escrow that is made by itself pays the bridge wallet',
    "must(call.payer === policy.bridge && call.payee === policy.bridge, 'payer and payee are not the bridge wallet')",
    'an escrow for another payee',
  ),
  allow(
    'policy-texts',
    'no CLABE is written on chain, only the reference',
    "must(REFERENCE.test(call.reference) && call.conditions === call.reference, 'its texts are not the reference alone')",
    'an escrow that would show a CLABE',
  ),
  allow(
    'policy-return-amount',
    'a return is of the amount of its effect',
    "must(units === amount, 'it sends another amount')",
    'a return of another amount',
  ),
  around(
    'policy-type',
    'no other type than EIP-1559 is signed',
    "must(type === 'eip1559', 'it is of another type than EIP-1559')",
  ),
  around(
    'policy-chain',
    'nothing is signed for another chain',
    'must(chainId === policy.chainId, `it is for chain ${chainId}`)',
  ),
  around('policy-ether', 'no ether leaves the wallet', "must(value === 0n, 'it sends ether')"),
  around(
    'policy-access-list',
    'a transaction has no access list',
    "must((transaction.accessList ?? []).length === 0, 'it has an access list')",
  ),
  around(
    'policy-gas',
    'no transaction may use more gas than WALLET_MAX_GAS',
    'must(gas <= policy.maxGas, `it may use ${gas} gas, WALLET_MAX_GAS is ${policy.maxGas}`)',
  ),
  around(
    'policy-fee',
    'no unit of gas costs more than WALLET_MAX_FEE_GWEI',
    'must(maxFeePerGas <= policy.maxFeePerGas, `${maxFeePerGas} wei a gas is more than WALLET_MAX_FEE_GWEI`)',
  ),
  around(
    'policy-tip',
    'a tip is within its fee',
    "must((transaction.maxPriorityFeePerGas ?? 0n) <= maxFeePerGas, 'its tip is higher than its fee')",
  ),
  around(
    'policy-noop',
    'a no-op is nothing at all, to the wallet itself',
    "must(to?.toLowerCase() === wallet && data === '0x', 'it is more than nothing sent to the wallet itself')",
    'everything else is refused before a key is touched',
  ),
  {
    id: 'policy-before-signing',
    safeguard: 'the policy is asked before a key is touched',
    rule: DENY,
    file: SIGN,
    find: 'assertTransaction(policy, signer.address, purpose, transaction);',
    replace: 'void assertTransaction;',
    caughtBy: [{ file: PROPERTIES, title: 'everything else is refused before a key is touched' }],
  },
  {
    id: 'policy-whole-bytes',
    safeguard: 'bytes that say more than the call in them are not signed',
    rule: DENY,
    file: POLICY,
    find: 'if (again !== data.toLowerCase())',
    replace: 'if (again === data.slice(0, 9))',
    caughtBy: [{ file: PROPERTIES, title: 'a return with more bytes behind it' }],
  },
  {
    id: 'policy-whole-bytes-escrow',
    safeguard: 'nor are those of a call to an escrow contract',
    rule: DENY,
    file: 'src/chain/escrow-call.ts',
    find: 'if (encodeFunctionData({ abi, functionName, args }) !== data.toLowerCase()) return null;',
    replace: '',
    caughtBy: [{ file: PROPERTIES, title: 'a release with more bytes behind it' }],
  },
  {
    id: 'signer-as-asked',
    safeguard: 'what comes back from the signer is what it was asked for, field by field',
    rule: 'design 4, wallet lane: remote signer',
    file: SIGN,
    find: "if (unsigned !== serializeTransaction({ ...asked, type: 'eip1559' }))",
    replace: 'if (!unsigned)',
    caughtBy: [{ file: REMOTE, title: 'nothing is stored or sent, and a person is told' }],
  },
  {
    id: 'signer-own-wallet',
    safeguard: 'what comes back from the signer is signed by the bridge wallet',
    rule: 'design 4, wallet lane: remote signer',
    file: SIGN,
    find: 'if (sender !== wallet)',
    replace: 'if (!sender)',
    caughtBy: [{ file: REMOTE, title: 'nothing is stored or sent, and a person is told' }],
  },
  {
    id: 'ours-reference',
    safeguard: 'an escrow is funded under its leg’s own reference only',
    rule: 'design 3, keys are derived; incident 3',
    file: OURS,
    find: ' || call.reference !== owner.reference',
    replace: '',
    caughtBy: [{ file: SHARED, title: 'an escrow is funded only under this leg’s own reference' }],
  },
  {
    id: 'ours-proved-address',
    safeguard: 'no tokens are signed away to a deposit address that no probe has proved',
    rule: 'design 4, safe settings',
    file: OURS,
    find: '!(await readDepositAddress(ctx)).isProved)',
    replace: '!(await readDepositAddress(ctx)))',
    caughtBy: [{ file: SHARED, title: 'tokens go back only to a deposit address that was proved' }],
  },
];
