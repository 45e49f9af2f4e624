import { sql } from 'drizzle-orm';
import type { Address, Hash, Hex } from 'viem';
import { z } from 'zod';
import type { Db, Tx } from '../../reactor/db/client.ts';
import { audit } from '../../reactor/people/audit.ts';
import { CliError, EXIT } from '../output.ts';

/** Whose nonces are meant. */
export type SignerOn = Readonly<{ chainId: number; signer: Address }>;

/** A signed act as the audit log has it since before it was sent. */
export type Intent = SignerOn &
  Readonly<{
    /** As in the audit log: `contract grant`. */
    command: string;
    /** As in the audit log: `contract:<chain id>:<address>`. */
    subject: string;
    /** What it does, as a person reads it. */
    call: string;
    nonce: number;
    hash: Hash;
    /** The signed bytes: what is sent again is the same transaction. */
    raw: Hex;
  }>;

/** How a signed act ended: the chain has it, the contract refused it in a block, or something else has its nonce. */
export type Outcome = 'done' | 'reverted' | 'replaced';

export type Who = Readonly<{ by: string; reason: string }>;

const hex = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-fA-F]*$/.test(value));
const INTENT = z.object({
  command: z.string(),
  subject: z.string(),
  detail: z.object({ hash: hex, chainId: z.number(), signer: hex, nonce: z.number(), call: z.string(), raw: hex }),
});

/** Signed acts of one signer without an outcome, oldest first: they may happen at any time. */
export async function unfinishedActs(db: Db | Tx, { chainId, signer }: SignerOn): Promise<Intent[]> {
  const { rows } = await db.execute(sql`
    SELECT command, subject, detail FROM reactor.audit_log intent
    WHERE ${ofSigner({ chainId, signer })} AND detail->>'phase' = 'intent'
      AND NOT EXISTS (
        SELECT FROM reactor.audit_log outcome
        WHERE outcome.command LIKE 'contract %' AND outcome.detail->>'phase' = 'outcome'
          AND outcome.detail->>'hash' = intent.detail->>'hash')
    ORDER BY id`);
  return rows.map((row) => {
    const { command, subject, detail } = INTENT.parse(row);
    return { command, subject, ...detail };
  });
}

const ofSigner = ({ chainId, signer }: SignerOn) =>
  sql`command LIKE 'contract %' AND detail->>'signer' = ${signer} AND (detail->>'chainId')::bigint = ${chainId}`;

/**
 * Commits what is about to be sent. A nonce that the log already has is refused, whichever command signed it, except for a
 * replacement of the newest: then only one of the two can happen.
 */
export async function recordIntent(db: Db, intent: Intent, who: Who, isReplacement: boolean): Promise<void> {
  await db.transaction(async (tx) => {
    await lock(tx, intent);
    const { rows } = await tx.execute<{ highest: number | null }>(
      sql`SELECT max((detail->>'nonce')::int) AS highest FROM reactor.audit_log
        WHERE ${ofSigner(intent)} AND detail->>'phase' = 'intent'`,
    );
    const highest = rows[0]?.highest ?? -1;
    if (isReplacement ? highest > intent.nonce : highest >= intent.nonce)
      throw new CliError(
        `The audit log has nonce ${highest} of ${intent.signer} as signed, and the chain has ${intent.nonce} free: another command was quicker, or the chain’s node is behind or was set back. Nothing was sent; start again to see what there is.`,
        EXIT.refused,
        { code: 'nonce_signed' },
      );
    const { command, subject, ...detail } = intent;
    await audit(tx, {
      ...{ actor: actorOf(who.by), command, subject, reason: who.reason },
      detail: { phase: 'intent', ...detail },
    });
  });
}

/** Commits how it ended, once; `by` is who found it out. */
export async function recordOutcome(
  db: Db,
  intent: Intent,
  by: string,
  outcome: Outcome,
  found: Readonly<Record<string, string>> = {},
): Promise<void> {
  await db.transaction(async (tx) => {
    await lock(tx, intent);
    const isOpen = (await unfinishedActs(tx, intent)).some(({ hash }) => hash === intent.hash);
    if (!isOpen) return;
    const { command, subject, hash, chainId, signer, nonce, call } = intent;
    await audit(tx, {
      ...{ actor: actorOf(by), command, subject, reason: 'how it ended, as the chain has it' },
      detail: { phase: 'outcome', outcome, hash, chainId, signer, nonce, call, ...found },
    });
  });
}

const actorOf = (by: string) => ({ id: 'command line', name: by, role: 'admin' }) as const;

const lock = (tx: Tx, { chainId, signer }: SignerOn) =>
  tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`contract acts of ${signer} on ${chainId}`}, 0))`);
