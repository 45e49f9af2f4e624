import type { Mutant } from '../mutant.ts';

const LANE = 'src/reactor/wallet/lane.ts';
const DECIDE = 'src/reactor/wallet/decide.ts';
const FOLLOW = 'src/reactor/wallet/follow.ts';
const POLICY = 'src/reactor/wallet/policy.ts';
const SUBJECTS = 'src/reactor/intake/subjects.ts';
const LANES = 'test/wallet/lane.test.ts';
const SIGNING = 'test/wallet/before-signing.test.ts';
const POLICIES = 'test/wallet/policy.test.ts';
const ACCOUNTS = 'test/intake/accounts.test.ts';
const RULE = 'design 4, wallet lane';
const DENY = 'design 4, wallet lane: deny-by-default policy';

/** One condition of the policy that holds for everything. */
const allow = (id: string, safeguard: string, find: string, title: string): Mutant => ({
  ...{ id, safeguard, rule: DENY, file: POLICY, find, replace: find.replace(/^must\(.*, (?=['`])/, 'must(true, ') },
  caughtBy: [{ file: POLICIES, title }],
});

/** What the bridge wallet signs, and whom pesos are paid to. */
export const WALLET: readonly Mutant[] = [
  {
    id: 'wallet-derived-nonce',
    safeguard: 'the next nonce is derived from what was signed, not asked of the node',
    rule: RULE,
    file: LANE,
    find: 'return highest === null ? used : highest + 1;',
    replace: 'return used;',
    caughtBy: [
      { file: LANES, title: 'signs many at once, one nonce after the other, and ends each only when it is deep' },
    ],
  },
  {
    id: 'wallet-unknown-transactions',
    safeguard: 'a wallet that has acted without this database signs nothing',
    rule: 'design 3, recovery',
    file: LANE,
    find: 'throw new UnknownTransactionsError(used - 1, highest);',
    replace: 'return used;',
    caughtBy: [{ file: LANES, title: 'a database that does not know all of the wallet’s transactions signs nothing' }],
  },
  {
    id: 'wallet-stored-before-broadcast',
    safeguard: 'the signed bytes are stored before the node gets them',
    rule: RULE,
    file: LANE,
    find: 'const switches = await switchesOfEffect(row);',
    replace: 'await chain.broadcast(raw);\n    const switches = await switchesOfEffect(row);',
    caughtBy: [
      { file: SIGNING, title: 'what is signed is stored, with its effect as sending, before the node gets it' },
    ],
  },
  {
    id: 'wallet-policy-before-signing',
    safeguard: 'the policy is asked before a key is touched',
    rule: DENY,
    file: LANE,
    find: 'assertAllowed(policy, row.kind, row.amount, call);',
    replace: 'void [policy, assertAllowed];',
    caughtBy: [{ file: SIGNING, title: 'what the policy does not allow is not signed' }],
  },
  {
    id: 'wallet-simulated-first',
    safeguard: 'what would revert is not signed',
    rule: 'design 4, wallet lane: simulated first; incident 2',
    file: LANE,
    find: 'withMargin(await chain.estimateGas(call, signer.address))',
    replace: '100_000n',
    caughtBy: [{ file: SIGNING, title: 'what would revert is not signed: it is simulated first' }],
  },
  {
    id: 'wallet-switch-before-signing',
    safeguard: 'a switch that is thrown after the intent stops the signing',
    rule: 'design 4, guards: within a second in every process',
    file: LANE,
    find: 'await assertGuards(tx, { paymentId: row.paymentId, switches, outgoing: null });',
    replace: 'void [assertGuards, switches];',
    caughtBy: [{ file: SIGNING, title: 'a switch that is thrown after the intent stops the signing' }],
  },
  {
    id: 'wallet-watchdog-before-signing',
    safeguard: 'while indexer and RPC disagree nothing is signed',
    rule: 'design 3, watchdog',
    file: LANE,
    find: ' || ctx.watchdog.current().trouble) return;',
    replace: ') return;',
    caughtBy: [{ file: SIGNING, title: 'while indexer and RPC disagree nothing is signed' }],
  },
  {
    id: 'wallet-fence',
    safeguard: 'a holder whose lane was taken over signs nothing',
    rule: 'design 3, fencing; incident 16',
    file: LANE,
    find: 'await assertLane(tx, lane);\n      await assertGuards',
    replace: 'await assertGuards',
    caughtBy: [{ file: LANES, title: 'a holder whose lane was taken over signs nothing' }],
  },
  {
    id: 'wallet-gas',
    safeguard: 'without gas nothing is signed, and the reason is told',
    rule: RULE,
    file: LANE,
    find: 'if (cost > free) throw',
    replace: 'if (cost < 0n) throw',
    caughtBy: [{ file: LANES, title: 'without gas nothing is signed, the others are not held up' }],
  },
  {
    id: 'wallet-as-deep-as-asked',
    safeguard: 'a transaction ends only when it is deep',
    rule: 'design 3, finality',
    file: DECIDE,
    find: 'if (receipt.depth < depth) return',
    replace: 'if (receipt.depth < 0n) return',
    caughtBy: [
      { file: LANES, title: 'signs many at once, one nonce after the other, and ends each only when it is deep' },
    ],
  },
  {
    id: 'wallet-same-bytes-again',
    safeguard: 'what the node forgot goes out again, the same bytes',
    rule: RULE,
    file: DECIDE,
    find: 'broadcast_ms >= REBROADCAST_AFTER_MS &&',
    replace: 'broadcast_ms < 0 &&',
    caughtBy: [{ file: LANES, title: 'a node that forgets its mempool gets the same bytes again' }],
  },
  {
    id: 'wallet-same-nonce',
    safeguard: 'a higher fee is bid at the same nonce: one of the two is mined',
    rule: RULE,
    file: FOLLOW,
    find: '      nonce,\n      ...call,',
    replace: '      nonce: nonce + 1,\n      ...call,',
    caughtBy: [{ file: LANES, title: 'a fee that became too low is raised at the same nonce' }],
  },
  {
    id: 'wallet-nonce-taken',
    safeguard: 'a used nonce without our receipt is a person’s, never taken for dead',
    rule: 'design 3, a new attempt',
    file: DECIDE,
    find: 'return isDeep && !isOpen ?',
    replace: 'return isDeep ?',
    caughtBy: [
      {
        file: LANES,
        title: 'a foreign transaction at our nonce, as deep as a success would have to be, is a person’s',
      },
    ],
  },
  {
    id: 'wallet-own-key',
    safeguard: 'a key that is not the bridge wallet’s is refused',
    rule: RULE,
    file: 'src/reactor/wallet/signer.ts',
    find: 'if (address !== expected)',
    replace: 'if (!address)',
    caughtBy: [{ file: POLICIES, title: 'a key that is not the bridge wallet’s is refused' }],
  },
  allow(
    'policy-escrow',
    'escrow calls go to the escrow',
    "must(target === policy.escrow, 'the target is not the escrow contract')",
    'an escrow call to another contract',
  ),
  allow(
    'policy-escrow-function',
    'a kind of effect calls its one function of the escrow',
    "must(functionName === (kind === 'chain_fund' ? 'createAndFund' : 'release'), `it calls ${functionName}`)",
    'another function of the escrow',
  ),
  allow(
    'policy-fund-token',
    'escrows are funded with MXNB',
    "must(token.toLowerCase() === policy.token, 'it funds with another token')",
    'funding with another token',
  ),
  allow(
    'policy-fund-amount',
    'an escrow is funded with the amount of its effect',
    "must(units === amount, 'it funds another amount')",
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
    'MXNB return to Juno’s deposit address, approvals are for the escrow',
    "must(to.toLowerCase() === (isReturn ? policy.junoDepositAddress : policy.escrow), 'it goes to another address')",
    'a return to another address',
  ),
  allow(
    'policy-return-amount',
    'a return is of the amount of its effect',
    "must(units === amount, 'it sends another amount')",
    'a return of another amount',
  ),
  {
    id: 'account-read-back',
    safeguard: 'a payout account is good for money only when Juno’s record of it is the same',
    rule: 'design 4, payout rails; incident 14',
    file: SUBJECTS,
    find: 'if (back.clabe !== clabe || back.legalName !== legalName) {',
    replace: 'if (!back) {',
    caughtBy: [{ file: ACCOUNTS, title: 'at Juno is never good for money' }],
  },
  {
    id: 'account-read-back-name',
    safeguard: 'the name at Juno counts as well as the CLABE',
    rule: 'design 4, payout rails; incident 14',
    file: SUBJECTS,
    find: ' || back.legalName !== legalName) {',
    replace: ') {',
    caughtBy: [{ file: ACCOUNTS, title: 'at Juno is never good for money' }],
  },
  {
    id: 'account-before-redemption',
    safeguard: 'the account is read back once more before each redemption',
    rule: 'design 4, payout rails: in the same advance as the intent',
    file: 'src/reactor/advance/before.ts',
    find: "if (effect === 'juno_redemption' && view.rail === 'bank_redemption') return",
    replace: 'if (!effect) return',
    caughtBy: [{ file: ACCOUNTS, title: 'the account is read back once more' }],
  },
  {
    id: 'account-same-before-redemption',
    safeguard: 'another CLABE or name at Juno stops the redemption',
    rule: 'design 4, payout rails; incident 14',
    file: SUBJECTS,
    find: 'id === row?.junoAccountId && clabe === row.clabe && legalName === row.legalName',
    replace: 'id === row?.junoAccountId && clabe && legalName',
    caughtBy: [{ file: ACCOUNTS, title: 'nothing is paid and a person is told' }],
  },
];
