import type { Mutant } from '../mutant.ts';

const DRIVER = 'src/reactor/effects/drivers/juno.ts';
const LOOK = 'test/effects/look.test.ts';
const UNKNOWN = 'design 3, unknown is resolved by looking';

/** What is taken for the trace of a send whose answer was lost. */
export const LOOKS: readonly Mutant[] = [
  {
    id: 'effect-look-bitso-several',
    safeguard: 'of two withdrawals of one origin id neither is taken for the payout',
    rule: UNKNOWN,
    file: 'src/reactor/effects/drivers/bitso.ts',
    find: "return second ? { found: 'several' } :",
    replace: 'return',
    caughtBy: [{ file: LOOK, title: 'a payout over Bitso whose origin id two withdrawals carry is neither of them' }],
  },
  {
    id: 'effect-look-contested',
    safeguard: 'a record that another lost send may have made is nobody’s by looking alone',
    rule: `${UNKNOWN}; incident 6`,
    file: DRIVER,
    find: ' && !(await isOneOfSeveral(ctx, row))',
    replace: '',
    caughtBy: [{ file: LOOK, title: 'may be another’s of the same amount whose answer' }],
  },
  {
    id: 'look-several',
    safeguard: 'of two records that could be it, neither is',
    rule: UNKNOWN,
    file: DRIVER,
    find: 'const isProof = !second && isSame(only)',
    replace: 'const isProof = isSame(only)',
    caughtBy: [{ file: LOOK, title: 'is neither of two' }],
  },
  {
    id: 'look-unnamed',
    safeguard: 'a record that does not say where it went proves nothing',
    rule: UNKNOWN,
    file: DRIVER,
    find: '!second && isSame(only) === true',
    replace: '!second',
    caughtBy: [{ file: LOOK, title: 'may be one that does not say where it went, which proves nothing' }],
  },
  {
    id: 'look-destination',
    safeguard: 'a withdrawal that went elsewhere is not ours',
    rule: 'design 3, join by parties; incident 6',
    file: DRIVER,
    find: 'null : seen.address === settings.bridge',
    replace: 'null : seen.address !== settings.token',
    caughtBy: [{ file: LOOK, title: 'is not one that went elsewhere' }],
  },
  {
    id: 'look-account',
    safeguard: 'a redemption to another account is not ours',
    rule: 'design 3, join by parties; incident 6',
    file: DRIVER,
    find: 'return seen.receiverClabe === wanted?.clabe;',
    replace: 'return wanted !== undefined;',
    caughtBy: [{ file: LOOK, title: 'is the one that went to the payout account' }],
  },
  {
    id: 'look-amount',
    safeguard: 'a record of another amount is not ours',
    rule: 'design 3, exact amount',
    file: DRIVER,
    find: "eq(junoTransaction.amount, row.currency === 'MXNB' ? row.amount / 10_000n : row.amount)",
    replace: 'eq(junoTransaction.amount, junoTransaction.amount)',
    caughtBy: [{ file: LOOK, title: 'is not one of another amount, nor of another type, nor of another day' }],
  },
  {
    id: 'look-time',
    safeguard: 'a record of another day is not ours',
    rule: UNKNOWN,
    file: DRIVER,
    find: 'isNull(junoTransaction.occurredAt),',
    replace: 'sql`true`,',
    caughtBy: [{ file: LOOK, title: 'is not one of another amount, nor of another type, nor of another day' }],
  },
  {
    id: 'look-unclaimed',
    safeguard: 'what somebody has claimed is not found for another',
    rule: 'design 3, evidence is claimed once; incident 6',
    file: DRIVER,
    find: "eq(evidence.source, 'juno_transaction')",
    replace: "eq(evidence.source, 'nobody')",
    caughtBy: [{ file: LOOK, title: 'is not one that somebody has claimed' }],
  },
  {
    id: 'look-made-by-nobody-else',
    safeguard: 'what another effect made is not found for this one',
    rule: 'design 3, evidence is claimed once; incident 6',
    file: DRIVER,
    find: 'eq(effect.externalId, junoTransaction.id), ne(effect.id, row.id)',
    replace: 'eq(effect.externalId, junoTransaction.id), eq(effect.id, row.id)',
    caughtBy: [{ file: LOOK, title: 'is not one that another effect made' }],
  },
  {
    id: 'look-account-name',
    safeguard: 'an account of another name is not the one whose making was lost',
    rule: 'incident 14',
    file: DRIVER,
    find: 'item.clabe === wanted.clabe && isSameName(item.legalName, wanted.legalName)',
    replace: 'item.clabe === wanted.clabe',
    caughtBy: [
      { file: 'test/intake/accounts.test.ts', title: 'whose answer was lost is found again by CLABE and name' },
    ],
  },
  {
    id: 'look-account-clabe',
    safeguard: 'an account of another CLABE is not the one whose making was lost',
    rule: 'incident 14',
    file: DRIVER,
    find: 'item.clabe === wanted.clabe && isSameName(item.legalName, wanted.legalName)',
    replace: 'isSameName(item.legalName, wanted.legalName)',
    caughtBy: [
      { file: 'test/intake/accounts.test.ts', title: 'whose answer was lost is found again by CLABE and name' },
    ],
  },
  {
    id: 'look-fenced',
    safeguard: 'a holder whose lane was taken over while it looked writes nothing of what it found',
    rule: 'design 3, fencing',
    file: 'src/reactor/effects/send.ts',
    find: `const seen = await driver.look(ctx, row);
  await ctx.db.transaction(async (tx) => {
    await assertLane(tx, lane);`,
    replace: `const seen = await driver.look(ctx, row);
  await ctx.db.transaction(async (tx) => {`,
    caughtBy: [
      {
        file: 'test/effects/send.test.ts',
        title: 'a holder whose lane was taken over while it looked writes nothing of what it found',
      },
    ],
  },
  {
    id: 'look-asked',
    safeguard: 'a look that a person asks for does not put off the repeat that the machine would make',
    rule: UNKNOWN,
    file: 'src/reactor/effects/send.ts',
    find: '...(isAsked\n          ? {}\n          :',
    replace: '...(bar === ""\n          ? {}\n          :',
    caughtBy: [{ file: 'test/effects/people.test.ts', title: 'that a person asked for changes nothing of when' }],
  },
  {
    id: 'look-in-time',
    safeguard: 'what may still be repeated is looked at while it may',
    rule: UNKNOWN,
    file: 'src/reactor/effects/send.ts',
    find: 'isPast ? LAST_LOOK_MS : LAST_RETRY_MS',
    replace: 'LAST_LOOK_MS',
    caughtBy: [
      { file: 'test/effects/people.test.ts', title: 'comes often enough for a repeat once nothing forbids it' },
    ],
  },
];
