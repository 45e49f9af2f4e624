import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { changing } from './guard.ts';
import { type Output, table } from './output.ts';

const ENDPOINTS = z.looseObject({
  endpoints: z.array(
    z.looseObject({ id: z.string(), url: z.string(), createdAt: z.string(), previousUntil: z.string().nullable() }),
  ),
});
const DELIVERIES = z.looseObject({
  deliveries: z.array(
    z.looseObject({
      ...{ eventId: z.string(), type: z.string(), paymentId: z.string().nullable(), state: z.string() },
      ...{ tries: z.number(), error: z.string().nullable(), createdAt: z.string() },
    }),
  ),
});
const DONE = z.looseObject({
  ...{ id: z.string().optional(), url: z.string().optional(), secret: z.string().nullish() },
  ...{ eventId: z.string().optional(), endpoints: z.number().optional(), dryRun: z.literal(true).optional() },
});

type ChangeOptions = { reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };
const JSON_OPTION = ['--json', 'print one JSON object as the last line'] as const;

/** `kustodia webhook list | deliveries | create | rotate | test | resend | remove` */
export function webhookCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const webhook = program.command('webhook').description('who is told of payments, and what became of each webhook');
  const api = () => openApi(environment);
  const command = async (
    path: string,
    { reason, idempotencyKey, dryRun, json }: ChangeOptions,
    says: (done: z.output<typeof DONE>) => string,
    { verb = 'post', more = {} }: { verb?: 'post' | 'delete'; more?: object } = {},
  ) => {
    const asked = `/api/v1/${path}${dryRun ? '?dryRun=true' : ''}`;
    const done = await api()[verb](asked, { ...more, reason }, DONE, idempotencyKey);
    if (json) return out(JSON.stringify(done));
    if (dryRun) return out('It would be done. Nothing was changed (--dry-run).');
    out(says(done));
    if (done.secret) out(`Its secret, which is never shown again: ${done.secret}`);
  };
  const endpoint = (id: string) => `webhook-endpoints/${encodeURIComponent(id)}`;

  webhook
    .command('list')
    .description('the endpoints that are told')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const found = await api().get('/api/v1/webhook-endpoints', ENDPOINTS);
      if (json) return out(JSON.stringify(found));
      const rows = found.endpoints.map((one) => [one.id, one.url, one.createdAt, one.previousUntil ?? '']);
      out(rows.length > 0 ? table(['endpoint', 'address', 'since', 'both secrets until'], rows) : 'None.');
    });
  webhook
    .command('deliveries <endpoint>')
    .description('what was told to one of them, newest first')
    .option(...JSON_OPTION)
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await api().get(`/api/v1/${endpoint(id)}/deliveries`, DELIVERIES);
      if (json) return out(JSON.stringify(found));
      const rows = found.deliveries.map((one) => [
        ...[one.eventId, one.type, one.paymentId ?? '', one.state, String(one.tries), one.error ?? '', one.createdAt],
      ]);
      out(rows.length > 0 ? table(['event', 'type', 'payment', 'state', 'tries', 'because', 'at'], rows) : 'None.');
    });

  changing(webhook.command('create <url>').description('tell an address of payments from now on')).action(
    (url: string, options: ChangeOptions) =>
      command('webhook-endpoints', options, ({ id }) => `Endpoint ${id} is told from now on.`, { more: { url } }),
  );
  changing(
    webhook.command('rotate <endpoint>').description('another secret; the one before signs as well for a day'),
  ).action((id: string, options: ChangeOptions) =>
    command(`${endpoint(id)}/rotate`, options, () => `Endpoint ${id} has another secret.`),
  );
  changing(webhook.command('test <endpoint>').description('send it an event that tells of nothing')).action(
    (id: string, options: ChangeOptions) =>
      command(`${endpoint(id)}/test`, options, ({ eventId }) => `Event ${eventId} is on its way.`),
  );
  changing(webhook.command('resend <event>').description('send one event again, under the same id')).action(
    (id: string, options: ChangeOptions) =>
      command(
        `webhook-events/${encodeURIComponent(id)}/resend`,
        options,
        ({ endpoints }) => `Event ${id} is on its way to ${endpoints} endpoints.`,
      ),
  );
  changing(webhook.command('remove <endpoint>').description('tell it nothing more')).action(
    (id: string, options: ChangeOptions) =>
      command(endpoint(id), options, () => `Endpoint ${id} is told nothing more.`, { verb: 'delete' }),
  );
}
