import { createHmac } from 'node:crypto';
import type { EffectKind, SubjectKind } from './states.ts';

/** What one attempt to act is for; the key is a function of this and of nothing else. */
export type EffectIdentity = Readonly<{
  subjectKind: SubjectKind;
  subjectId: string;
  kind: EffectKind | 'escrow_reference';
  attempt: number;
}>;

/** 32 bytes that the same intent always has: HMAC-SHA256 of its identity under the deployment's stable secret. */
function derive(secret: string, { subjectKind, subjectId, kind, attempt }: EffectIdentity): Buffer {
  return createHmac('sha256', secret).update(`kustodia/v1|${subjectKind}|${subjectId}|${kind}|${attempt}`).digest();
}

/** The idempotency key, laid out as a version-1 UUID as Juno's reference asks for. Never drawn at random: a restored database makes the same one. */
export function deriveKey(secret: string, identity: EffectIdentity): string {
  return asUuid(derive(secret, identity));
}

/**
 * The id of a leg that is made of others: of the same ones, for the same account and amount, always the same, so that one which a restored
 * database makes again has the keys that were used.
 */
export const deriveLegId = (secret: string, of: readonly string[]): string =>
  asUuid(
    createHmac('sha256', secret)
      .update(`kustodia/v1|leg of|${of.join('|')}`)
      .digest(),
  );

function asUuid(hash: Buffer): string {
  const bytes = hash.subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x10;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * The 32 bytes that name a leg on chain. Always those of attempt 1: the contract accepts a reference once, so however often
 * funding is attempted, one escrow can exist.
 */
export function deriveReference(secret: string, legId: string): `0x${string}` {
  return `0x${derive(secret, { subjectKind: 'leg', subjectId: legId, kind: 'escrow_reference', attempt: 1 }).toString('hex')}`;
}

/** What a database remembers of the secret, to notice that it was exchanged: keys under another secret would be new keys. */
export const secretFingerprint = (secret: string): string =>
  createHmac('sha256', secret).update('kustodia/v1|fingerprint').digest('hex').slice(0, 32);
