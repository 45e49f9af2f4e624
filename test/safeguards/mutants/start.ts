import type { Mutant } from '../mutant.ts';

const ESCROW = 'src/chain/escrow-v3.ts';
const MAIN = 'src/reactor/main.ts';
const PROBE = 'src/reactor/probe/probe.ts';
const START = 'test/guards/start.test.ts';
const PROBES = 'test/probe/probe.test.ts';
const CHECK = 'design 4, escrow gateway: checked at start; incident 8';
const FORK = 'test/world/fork.test.ts';
const BELIEVED = 'design 4, safe settings: a small probe transfer';

/** What is looked at before anything begins, and when Juno's deposit address is believed. */
export const BEFORE_START: readonly Mutant[] = [
  {
    id: 'start-contract',
    safeguard: 'a reactor looks at the contract before it begins',
    rule: CHECK,
    file: MAIN,
    find: 'await checkContracts(db, chain, settings)',
    replace: '[] as { address: string }[]',
    caughtBy: [{ file: START, title: 'does not start where no contract, or another one, stands at the address' }],
  },
  {
    id: 'start-pins',
    safeguard: 'a reactor looks at chain and secret before it begins',
    rule: 'design 3, pins',
    file: MAIN,
    find: 'await assertPins(db, chain, settings);',
    replace: 'void assertPins;',
    caughtBy: [{ file: START, title: 'does not start on a database that belongs to another secret' }],
  },
  {
    id: 'contract-code',
    safeguard: 'the contract’s code is this release’s',
    rule: CHECK,
    file: ESCROW,
    find: 'if (keccak256(code) !== KUSTODIA_ESCROW_CODE_HASH)',
    replace: 'if (keccak256(code) === KUSTODIA_ESCROW_CODE_HASH.slice(2))',
    caughtBy: [
      {
        file: 'test/incidents/08-wrong-abi-or-argument-order.test.ts',
        title: 'no contract, or another one, at the address of the settings: the reactor refuses to start',
      },
    ],
  },
  {
    id: 'contract-version',
    safeguard: 'the contract says the version that is driven',
    rule: CHECK,
    file: ESCROW,
    find: 'if (version !== VERSION)',
    replace: 'if (!version)',
    caughtBy: [{ file: START, title: 'refuses another version of the contract' }],
  },
  {
    id: 'contract-decimals',
    safeguard: 'the token has the decimals of MXNB',
    rule: 'design 4, escrow gateway: checked at start; incident 7',
    file: 'src/chain/escrow-token.ts',
    find: 'if (decimals !== MXNB_DECIMALS)',
    replace: 'if (!decimals)',
    caughtBy: [{ file: START, title: 'refuses a token of other decimals' }],
  },
  {
    id: 'contract-token',
    safeguard: 'the contract allows the token',
    rule: CHECK,
    file: ESCROW,
    find: "if (!(await client.readContract({ ...contract, functionName: 'isTokenAllowed', args: [token] }))) {",
    replace: 'if (!token) {',
    caughtBy: [{ file: START, title: 'refuses a token that the contract does not allow' }],
  },
  {
    id: 'contract-role',
    safeguard: 'the wallet has the bridge’s role',
    rule: CHECK,
    file: ESCROW,
    find: "if (!(await client.readContract({ ...contract, functionName: 'hasRole', args: [role, bridge] }))) {",
    replace: 'if (!role) {',
    caughtBy: [{ file: START, title: 'refuses a wallet without the bridge’s role' }],
  },
  {
    id: 'contract-settlement',
    safeguard: 'the contract pays the wallet that passes the money on',
    rule: CHECK,
    file: ESCROW,
    find: 'if (settlement !== getAddress(bridge))',
    replace: 'if (!settlement)',
    caughtBy: [{ file: START, title: 'refuses a contract that pays another address than the wallet' }],
  },
  {
    id: 'probe-final',
    safeguard: 'the probe’s transfer is as deep as a redemption asks before it is believed',
    rule: BELIEVED,
    file: PROBE,
    find: "if (verdict !== 'final' || credit",
    replace: 'if (!verdict || credit',
    caughtBy: [{ file: PROBES, title: 'a transfer that a reorganisation may still take out proves nothing' }],
  },
  {
    id: 'probe-credited',
    safeguard: 'Juno’s credit of the probe is complete before it is believed',
    rule: BELIEVED,
    file: PROBE,
    find: "credit?.status !== 'complete'",
    replace: '!credit',
    caughtBy: [{ file: PROBES, title: 'as deep as a redemption asks and Juno has credited it, and not before' }],
  },
  {
    id: 'probe-own-transfer',
    safeguard: 'the probe’s transfer went to the deposit address itself',
    rule: BELIEVED,
    file: PROBE,
    find: ' && t.to === settings.junoDepositAddress',
    replace: '',
    caughtBy: [{ file: PROBES, title: 'a transfer of the probe that went to another address proves nothing' }],
  },
  {
    id: 'probe-own-money',
    safeguard: 'the probe is of Kustodia’s own MXNB, never of a payment’s',
    rule: 'design 4, pooled money; incident 15',
    file: PROBE,
    find: 'if ((await readFloat(ctx)) < amount.units)',
    replace: 'if ((await readFloat(ctx)) + amount.units < 0n)',
    caughtBy: [{ file: PROBES, title: 'what is booked as payments’ own is not taken for it' }],
  },
  {
    id: 'fork-only-reads',
    safeguard: 'a chain that is forked is only read',
    rule: 'design 4, safe settings: a local world moves no real money',
    file: 'src/local/read-only.ts',
    find: 'if (!calls.every(({ method }) => READS.test(method)))',
    replace: 'if (calls.length === 0)',
    caughtBy: [{ file: FORK, title: 'lets nothing through but questions' }],
  },
  {
    id: 'fork-own-keys',
    safeguard: 'nobody else has the keys of a world on a fork',
    rule: 'design 4, safe settings: a local world moves no real money',
    file: 'src/local/anvil.ts',
    find: 'fork ? generateMnemonic(english) : MNEMONIC',
    replace: 'MNEMONIC',
    caughtBy: [{ file: FORK, title: 'is our bridge wallet’s, and holds nothing of others' }],
  },
];
