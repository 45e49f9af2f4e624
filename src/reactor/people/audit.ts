import type { Tx } from '../db/client.ts';
import { auditLog } from '../db/schema.ts';
import type { Role } from './roles.ts';

/** Who asks: the id and name of an API key, and what it may do. */
export type Actor = Readonly<{ id: string; name: string; role: Role }>;

export type AuditParameters = Readonly<{
  actor: Actor;
  /** What was done, as `payment create`. */
  command: string;
  /** Whom or what it was done to, as `payment:<id>`. */
  subject: string;
  reason: string;
  /** No names, CLABEs or secrets: this table is never erased. */
  detail?: Readonly<Record<string, string | number | boolean>>;
}>;

/** Writes who did what and why, in the transaction that does it: one cannot be without the other. */
export async function audit(tx: Tx, { actor, command, subject, reason, detail }: AuditParameters): Promise<void> {
  await tx.insert(auditLog).values({
    actor: `${actor.name} (${actor.id})`,
    role: actor.role,
    command,
    subject,
    reason,
    detail: detail ?? {},
  });
}
