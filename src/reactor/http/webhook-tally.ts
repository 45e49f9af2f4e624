import { sql } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';

/** What may be remarkable about a webhook, and what is said of it in the log. */
const WORDS = {
  duplicate: 'told again what was known',
  unreadable: 'could not be read; its bytes are kept, and Juno is looked at',
  unsigned: 'came without a signature; kept without effect. If Juno does not sign them, remove JUNO_WEBHOOK_KEYS',
  invalid: 'came with a wrong signature; kept without effect. Somebody forges them, or JUNO_WEBHOOK_KEYS is wrong',
  unknown_key: 'named a key that is not in JUNO_WEBHOOK_KEYS; add it, Juno sends them again',
  wrong_source: 'came from an address that is not in JUNO_WEBHOOK_SOURCES; not kept',
  too_large: 'had more than 64 KiB; not kept',
  over_rate: 'came faster than one address may send what it does not sign; nothing of it was kept',
  over_cap: 'came on top of what is kept in an hour unverified; only counted, and Juno is looked at once a second',
} as const;
export type Remark = keyof typeof WORDS;

const TELL_MS = 1_000;

export type WebhookTally = Readonly<{ add: (source: 'juno' | 'bitso', remark: Remark) => void }>;

/**
 * Counts what came, in `reactor.webhook_count`, and says it in the log: the first at once, those that follow within a second
 * together, so that a flood fills neither disk.
 */
export function createWebhookTally(db: Db, log: Logger): WebhookTally {
  const open = new Map<string, { source: 'juno' | 'bitso'; remark: Remark; count: number }>();

  function tell(source: 'juno' | 'bitso', remark: Remark, count: number): void {
    const level = remark === 'duplicate' ? 'debug' : 'warn';
    log[level]({ event: `webhook_${remark}`, source, count }, `${count} of ${source}’s webhooks ${WORDS[remark]}`);
    db.execute(sql`
      INSERT INTO reactor.webhook_count AS c (source, what, count, last_at) VALUES (${source}, ${remark}, ${count}, reactor.now())
      ON CONFLICT (source, what) DO UPDATE SET count = c.count + excluded.count, last_at = excluded.last_at`).catch(
      (error: unknown) =>
        log.warn(
          { event: 'webhooks_not_counted', source, what: remark, count, err: error },
          'some webhooks were not counted',
        ),
    );
  }

  return {
    add: (source, remark) => {
      const key = `${source} ${remark}`;
      const entry = open.get(key);
      if (entry) {
        entry.count += 1;
        return;
      }
      open.set(key, { source, remark, count: 0 });
      tell(source, remark, 1);
      const closeUp = () => {
        const { count = 0 } = open.get(key) ?? {};
        if (count === 0) {
          open.delete(key);
          return;
        }
        open.set(key, { source, remark, count: 0 });
        tell(source, remark, count);
        setTimeout(closeUp, TELL_MS).unref();
      };
      setTimeout(closeUp, TELL_MS).unref();
    },
  };
}
