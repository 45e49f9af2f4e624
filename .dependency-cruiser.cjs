/** Imports point one way: console, cli, http → reactor → payment (pure); juno and chain are doors that know no payment. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: [from, ...allowed] },
});

/** The routes of the REST interface, and what people ask in them. */
const DECLARED = '^src/reactor/(http/routes/|[a-z-]+/terms\\.ts$)';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('money-is-a-leaf', '^src/money/', [], 'Money and CLABE import nothing of ours.'),
    only('traces-are-a-leaf', '^src/trace/', [], 'Each part writes its traces by itself.'),
    only(
      'sandbox-stands-alone',
      '^src/sandbox/',
      [],
      'The stand-in shares no code with the client, or both would be wrong together.',
    ),
    only('juno-is-a-door', '^src/juno/', ['^src/money/'], 'The door to Juno knows no payment.'),
    only('chain-is-a-door', '^src/chain/', ['^src/money/'], 'The door to the chain knows no payment.'),
    only(
      'decisions-are-pure',
      '^src/reactor/payment/(states|view|decide|decisions|account|barrier|beside|step|release|undone|ended|former-wallet|journey|payout|minimum|screening|dispute|disputed|shares|earlier|attention|explain|why)\\.ts$',
      ['^src/money/', '^src/reactor/effects/states\\.ts$'],
      'Decisions do no input or output.',
    ),
    only(
      'reactor',
      '^src/reactor/',
      ['^src/money/', '^src/juno/', '^src/chain/', '^src/trace/'],
      'The reactor is driven by http and cli, never the other way.',
    ),
    only(
      'routes-load-no-server',
      DECLARED,
      [
        '^src/money/',
        '^src/reactor/payment/(disputed|split|states|terms|minimum)\\.ts$',
        '^src/reactor/people/(acts|roles|screening-states|words)\\.ts$',
        '^src/reactor/(effects/states|guards/limit|intake/match|reconcile/kinds|report/(day|shapes))\\.ts$',
      ],
      'Server, command line and console read the same declarations: nothing of what serves them may come along.',
    ),
    {
      name: 'routes-need-zod-alone',
      severity: 'error',
      from: { path: DECLARED },
      to: { dependencyTypes: ['core', 'npm'], pathNot: 'node_modules/zod/' },
    },
    only(
      'indexing',
      '^src/(indexing|graphql)/',
      ['^src/chain/abi/', '^src/trace/'],
      'The indexer moves no money and knows no payment.',
    ),
    only(
      'auditor-stands-alone',
      '^src/auditor/',
      ['^src/money/', '^src/chain/abi/'],
      'The second opinion shares no decision and no door with what it judges, or both would be wrong together.',
    ),
    only(
      'approver-stands-apart',
      '^src/approver/',
      [
        '^src/money/',
        '^src/trace/',
        '^src/chain/(abi/|contract/roles\\.ts|early-approval\\.ts|escrow-versions\\.ts)',
        '^src/reactor/payment/(release|states)\\.ts$',
        '^src/reactor/guards/limit\\.ts$',
        '^src/reactor/(settings-signers|release/approver|wallet/signer)\\.ts$',
      ],
      'The approver shares the pure rules and the door to a key with the reactor, and nothing that reads, writes or decides for it.',
    ),
    only(
      'simulate',
      '^src/simulate/',
      ['^src/money/', '^src/juno/', '^src/chain/', '^src/reactor/', '^src/local/', '^src/auditor/'],
      'The simulation drives the reactor and shares nothing with the stand-in.',
    ),
    {
      name: 'nothing-simulates',
      comment: 'The product knows no simulation.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/simulate/' },
      to: { path: '^src/simulate/' },
    },
    only(
      'console',
      '^src/console/',
      [
        DECLARED,
        '^src/money/(clabe|written)\\.ts$',
        '^src/reactor/people/(acts|roles)\\.ts$',
        '^src/reactor/payment/(states|disputed|split|attention)\\.ts$',
        '^src/reactor/alerts/kinds\\.ts$',
        '^src/reactor/guards/limit\\.ts$',
      ],
      'The console knows the reactor by its routes alone, and money as it is written.',
    ),
    {
      name: 'console-runs-in-a-browser',
      severity: 'error',
      from: { path: '^src/console/', pathNot: 'vite\\.config\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    only('launcher', '^src/indexer/', ['^src/chain/'], 'The launcher starts Ponder and nothing else.'),
    {
      name: 'pure-core-has-no-io',
      comment: 'No input, output, clock or database in the pure core.',
      severity: 'error',
      from: {
        path: '^src/(money|reactor/payment/(states|view|decide|decisions|account|barrier|beside|step|release|undone|ended|former-wallet|journey|payout|minimum|screening|dispute|disputed|shares|earlier|attention|explain|why)\\.ts|reactor/intake/match\\.ts|reactor/reconcile/(kinds|finding|compare|judge|look|evidence)\\.ts|reactor/ledger/(accounts|journey)\\.ts)',
      },
      to: { dependencyTypes: ['core', 'npm'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/console/generated/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
