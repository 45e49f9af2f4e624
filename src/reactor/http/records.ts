import type { Hono } from 'hono';
import type { Context } from '../context.ts';
import { makeKey } from '../people/api-key.ts';
import { auditCsv, listAudit } from '../people/audit-list.ts';
import { once, rehearse } from '../people/idempotency.ts';
import { listKeys, noKey, revokeKey } from '../people/records.ts';
import { type ApiEnv, canReadReasons } from './auth.ts';
import { idOf } from './id.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import { EXPORTED } from './routes/exported.ts';
import { EXPORT_AUDIT, LIST_AUDIT, LIST_KEYS, LIST_WEBHOOKS_IN, MAKE_KEY, REVOKE_KEY } from './routes/records.ts';
import { listWebhooksIn } from './webhooks-in.ts';

export function serveRecords(app: Hono<ApiEnv>, ctx: Context): void {
  serveQuestion(app, LIST_AUDIT, async ({ actor, query: { cursor: before, ...which } }) => {
    const { lines, next } = await listAudit(ctx.db, { ...which, before, canReadReasons: canReadReasons(actor) });
    return { lines, nextCursor: next === null ? null : `a${next}` };
  });
  serveQuestion(app, EXPORT_AUDIT, ({ actor, query: { cursor: before, ...which } }) =>
    auditCsv(ctx.db, EXPORTED, { ...which, before, canReadReasons: canReadReasons(actor) }),
  );
  serveQuestion(app, LIST_KEYS, async ({ actor }) => ({ keys: await listKeys(ctx.db, actor) }));
  serveOutside(app, MAKE_KEY, {
    // What is kept for a repeat of the request has no secret: it is shown once, to whoever is first.
    run: async ({ actor, terms }, identity) => {
      let made: string | null = null;
      const { response, isRepeat } = await once(ctx, identity, async (tx) => {
        const { secret, ...row } = await makeKey(tx, { ...terms, actor });
        made = secret;
        return row;
      });
      return { ...response, role: terms.role, secret: isRepeat ? null : made };
    },
    rehearse: async ({ actor, terms }) => {
      const { name } = await rehearse(ctx, (tx) => makeKey(tx, { ...terms, actor }));
      return { name, role: terms.role };
    },
  });
  serveCommand(app, ctx, REVOKE_KEY, {
    work: (tx, { actor, parameters, terms: { reason } }) =>
      revokeKey(tx, { actor, id: idOf(parameters.id, noKey), reason, now: ctx.now() }),
  });
  serveQuestion(app, LIST_WEBHOOKS_IN, async ({ query: { limit, cursor: before } }) => {
    const { next, ...told } = await listWebhooksIn(ctx.db, { limit, before });
    return { ...told, nextCursor: next === null ? null : `w${next}` };
  });
}
