import { eq, inArray, min } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { databaseNow } from '../db/client.ts';
import { effect, foreignAct, settingPin, walletTransaction } from '../db/schema.ts';
import { withLane } from '../effects/lane.ts';
import { firstNoncePin } from '../wallet/store.ts';
import { rememberBitso, unknownBitsoActs } from './bitso-acts.ts';
import { rememberClabes, unknownClabes } from './clabes.ts';
import { unknownJunoActs, withoutEffectNow } from './juno-acts.ts';
import { recoveryNeeded, setRecovery } from './state.ts';
import { countUnknownNonces } from './wallet-acts.ts';

const CHECKED_PIN = 'recovery_checked';
const CHECK_BATCH = 1_000;

/**
 * Asks Juno, Bitso and the chain, once at start, whether they know acts of ours that this database does not: then it is a backup
 * that was restored, and every effect is stopped until `kustodia recover` has rebuilt them. What is there when a database is new is
 * history. Answers why money is off, null when it is on; `busy` while another looks at a new database. Throws where the outside gives
 * no answer: then nothing may start either.
 */
export async function checkForLostActs(ctx: Context): Promise<string | null | 'busy'> {
  // Only what a first look writes needs a lane: who died while it asked must keep nobody else from starting.
  if (!(await isBegun(ctx)) && (await withLane(ctx, 'recovery:check', () => baseline(ctx))) === 'busy') return 'busy';
  const nonces = await countUnknownNonces(ctx);
  const started = await databaseNow(ctx.db);
  const [atJuno, atBitso, clabes] = [await unknownJunoActs(ctx), await unknownBitsoActs(ctx), await unknownClabes(ctx)];
  if (clabes.length === 0) await rememberClabes(ctx, started);
  if (atBitso.length === 0) await rememberBitso(ctx, started);
  const transactions = nonces.mined + nonces.pending;
  const found = [
    ...(atJuno.length > 0 ? [`${atJuno.length} withdrawals or redemptions at Juno`] : []),
    ...(atBitso.length > 0 ? [`${atBitso.length} payouts at Bitso`] : []),
    ...(clabes.length > 0 ? [`${clabes.length} CLABEs at Juno`] : []),
    ...(transactions > 0 ? [`${transactions} transactions of the bridge wallet`] : []),
  ];
  if (found.length > 0) {
    const reason = `the outside knows ${found.join(', ')} that this database does not: it was restored from a backup, or somebody else acted. Money is off. Look with: kustodia recover --dry-run`;
    await setRecovery(ctx.db, ctx, reason);
    ctx.log.error(
      { event: 'recovery_needed', atJuno: atJuno.length, atBitso: atBitso.length, clabes: clabes.length, transactions },
      reason,
    );
  }
  return recoveryNeeded(ctx.db);
}

/** Which of the two pins of a first look are there. */
async function readPins({ db, settings }: Context): Promise<Set<string>> {
  const names = [CHECKED_PIN, firstNoncePin(settings.chainId, settings.bridge)];
  const pins = await db.select().from(settingPin).where(inArray(settingPin.name, names));
  return new Set(pins.map(({ name }) => name));
}

const isBegun = async (ctx: Context): Promise<boolean> => (await readPins(ctx)).size === 2;

/** The first look of a new database: what Juno and the wallet did before it, and the CLABEs there are, is nobody's here. */
async function baseline(ctx: Context): Promise<void> {
  const { db, settings, chain } = ctx;
  const pin = firstNoncePin(settings.chainId, settings.bridge);
  const pins = await readPins(ctx);
  if (!pins.has(pin)) {
    const mined = await chain.minedNonce(settings.bridge);
    const [signed] = await db
      .select({ nonce: min(walletTransaction.nonce) })
      .from(walletTransaction)
      .where(eq(walletTransaction.wallet, settings.bridge));
    await db
      .insert(settingPin)
      .values({ name: pin, value: String(signed?.nonce ?? mined) })
      .onConflictDoNothing();
  }
  if (pins.has(CHECKED_PIN)) return;
  const [acted] = await db.select({ id: effect.id }).from(effect).limit(1);
  const old = (source: 'juno_transaction' | 'bitso_withdrawal' | 'clabe', externalId: string) => ({
    ...{ source, externalId, reason: 'older than this database' },
  });
  const history = acted
    ? []
    : [
        ...(await withoutEffectNow(ctx)).unknown.map(({ id }) => old('juno_transaction', id)),
        ...(await unknownBitsoActs(ctx)).map(({ wid }) => old('bitso_withdrawal', wid)),
        ...(await unknownClabes(ctx)).map(({ clabe }) => old('clabe', clabe)),
      ];
  await db.transaction(async (tx) => {
    for (let at = 0; at < history.length; at += CHECK_BATCH)
      await tx
        .insert(foreignAct)
        .values(history.slice(at, at + CHECK_BATCH))
        .onConflictDoNothing();
    await tx.insert(settingPin).values({ name: CHECKED_PIN, value: 'yes' }).onConflictDoNothing();
  });
}
