import { desc, lt } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { webhookCount, webhookIn } from '../db/schema.ts';

/** What came, newest first, without its bytes: they may name people. */
export async function listWebhooksIn(
  db: Db,
  { limit, before }: Readonly<{ limit: number; before?: number | undefined }>,
) {
  const [rows, counts] = await Promise.all([
    db
      .select({
        ...{ id: webhookIn.id, source: webhookIn.source, sourceAddress: webhookIn.sourceAddress },
        ...{ receivedAt: webhookIn.receivedAt, size: webhookIn.size, signature: webhookIn.signature },
        ...{ isReadable: webhookIn.isReadable, hint: webhookIn.hint },
      })
      .from(webhookIn)
      .where(before === undefined ? undefined : lt(webhookIn.id, before))
      .orderBy(desc(webhookIn.id))
      .limit(limit + 1),
    db.select().from(webhookCount).orderBy(webhookCount.source, webhookCount.what),
  ]);
  const page = rows.slice(0, limit);
  return {
    webhooks: page.map(({ receivedAt, hint, ...rest }) => ({
      ...rest,
      receivedAt: receivedAt.toISOString(),
      hint: hint as Record<string, unknown>,
    })),
    counts: counts.map(({ lastAt, ...rest }) => ({ ...rest, lastAt: lastAt.toISOString() })),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}
