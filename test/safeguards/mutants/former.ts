import { type Mutant, removing } from '../mutant.ts';

const FORMER = 'test/guards/former-wallet.test.ts';
const CLEARED = 'test/wallet/clear-nonce.test.ts';
const STOLEN = 'test/guards/stolen-escrow.test.ts';
const PURE = 'test/payment/former-wallet.test.ts';
const CARRY = 'src/reactor/wallet/carry-over.ts';
const POOLED = 'design 4, ledger: pooled money is never taken for a payment’s own';
const ONCE = 'design 3, evidence is claimed once';
const FOREIGN =
  'is covered by no transfer that is another payment’s, was recorded before, or came from the wallet itself';
const JUNOS =
  'is covered by nothing that Juno sends: what it names, what a payment waits for, what comes from where that came from';

/** MXNB in a bridge wallet of before, and what an escrow paid to a stranger. */
export const FORMERLY: readonly Mutant[] = [
  removing(
    'former-not-begun',
    'nothing is begun from today’s wallet for a leg whose MXNB are in another',
    POOLED,
    [
      'src/reactor/payment/former-wallet.ts',
      '  if (!isBegun && !isUnsigned) return next;',
      '  if (!isUnsigned) return next;',
    ],
    [PURE, 'asks people, and records nothing'],
  ),
  removing(
    'former-not-signed',
    'what was written down before the wallet changed is not signed by the new one while its MXNB are in the old',
    POOLED,
    [
      'src/reactor/wallet/ours.ts',
      '  if (wallet !== settings.bridge)\n    throw new PolicyRefusedError(\n      kind,\n      `the leg',
      '  if (!wallet)\n    throw new PolicyRefusedError(\n      kind,\n      `the leg',
    ],
    [FORMER, 'before its escrow as well, and what was written down and not signed when the key was changed'],
  ),
  removing(
    'former-covered',
    'a record of what was carried over covers all that lies there by the books',
    POOLED,
    [CARRY, '  if (short > 0n)', '  if (short < 0n)'],
    [FORMER, 'whose MXNB were stolen takes none of the next payer’s, and is paid once Kustodia has put in as many'],
  ),
  removing(
    'former-transfer-once',
    'a transfer that is evidence of anything is none of what was carried over',
    ONCE,
    [CARRY, '  if (claimed)\n', '  if (claimed && !hashes)\n'],
    [FORMER, FOREIGN],
  ),
  removing(
    'former-claimed-moved',
    'what was claimed in a block that a reorganisation took away is none of what was carried over',
    ONCE,
    [
      'src/reactor/advance/claimed.ts',
      'inArray(txHash, [...new Set(txHashes)])',
      "inArray(txHash, [...new Set(txHashes)]), sql`${evidence.detail} ->> 'blockHash' <> ${`0x${'cd'.repeat(32)}`}`",
    ],
    [FORMER, 'is covered by nothing that was claimed in a block that a reorganisation took away, under another number'],
  ),
  removing(
    'former-awaited',
    'a transfer that may be what Juno sent for a payment that waits for it is none of what was carried over',
    POOLED,
    [CARRY, '  if (awaited) return awaited;\n', ''],
    [FORMER, JUNOS],
  ),
  removing(
    'former-juno-read',
    'Juno’s list is read again before anything is recorded as carried over',
    POOLED,
    [CARRY, '    const look = await intake(ctx).catch(', "    const look = await Promise.resolve('done').catch("],
    [FORMER, JUNOS],
  ),
  removing(
    'former-not-junos',
    'what comes from where Juno’s own came from is none of what was carried over',
    POOLED,
    [CARRY, "v.detail ->> 'as' = 'arrival' LIMIT 1", "v.detail ->> 'as' = 'nothing' LIMIT 1"],
    [FORMER, JUNOS],
  ),
  removing(
    'former-not-from-itself',
    'what the wallet sends itself, or an escrow pays it, is none of what was carried over',
    POOLED,
    [CARRY, 'from === bridge || ctx.chain.escrowAt(from) !== null', 'from === to && to === wallet'],
    [FORMER, FOREIGN],
  ),
  removing(
    'former-settled',
    'what was carried over is on the chain as deep as a redemption asks',
    'design 3, finality',
    [CARRY, "    if (verdict !== 'final')", "    if (verdict === 'mismatch')"],
    [
      FORMER,
      'a stranger releases to the wallet of before in the midst of a planned change: it goes on once that is carried over',
    ],
  ),
  removing(
    'stolen-seen',
    'a leg in its escrow is closed by hand only where a Transfer of it to a stranger is seen',
    'design 4, settled outside',
    ['src/reactor/replace/stolen.ts', '  if (!released || !paidElsewhere)', '  if (!row)'],
    [STOLEN, 'it is closed by a payment by hand, and the books have what the chain has'],
  ),
  removing(
    'stolen-release-void',
    'a release that waited in the books of a leg whose escrow paid a stranger is void',
    'design 4, ledger',
    ['src/reactor/replace/stolen.ts', "await settleEntry(tx, effectId, 'voided');", 'await Promise.resolve(effectId);'],
    [STOLEN, 'it is closed by a payment by hand, and the books have what the chain has'],
  ),
  removing(
    'stolen-loss-booked',
    'the books have no MXNB in an escrow that paid them to a stranger',
    'design 4, ledger',
    ['src/reactor/replace/settle-outside.ts', '      await write(`lost:${row.id}`, lost);\n', ''],
    [STOLEN, 'it is closed by a payment by hand, and the books have what the chain has'],
  ),
  removing(
    'audit-stolen-until-closed',
    'what an escrow paid to a stranger is told until its leg is closed by a payment by hand',
    'design 4, auditor',
    ['src/auditor/compare-chain.ts', '.filter(({ isSettledOutside }) => isSettledOutside).map((leg)', '.map((leg)'],
    ['test/auditor/rules.test.ts', 'what an escrow paid to a stranger is told until its leg is closed by hand'],
  ),
  removing(
    'nonce-of-its-wallet',
    'a nonce that another used is counted for the wallet whose it was, and for no other',
    'design 4, wallet lane: the next nonce is derived',
    [
      'src/reactor/wallet/store.ts',
      'FROM reactor.foreign_act WHERE wallet = ${wallet}),',
      'FROM reactor.foreign_act),',
    ],
    [CLEARED, 'it is listed with what used it; two people clear it'],
  ),
  removing(
    'nonce-names-its-wallet',
    'of a transaction that is nobody’s here it is said whose nonce it used',
    'design 4, wallet lane: the next nonce is derived',
    [
      'src/reactor/db/migrations/0001_rules.sql',
      "foreign_act_wallet CHECK ((source = 'wallet') = (wallet IS NOT NULL AND nonce IS NOT NULL))",
      'foreign_act_wallet CHECK (true)',
    ],
    [CLEARED, 'it is listed with what used it; two people clear it'],
  ),
];
