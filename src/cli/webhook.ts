import type { Command } from 'commander';
import { LIST_WEBHOOKS_IN } from '../reactor/http/routes/records.ts';
import {
  LIST_DELIVERIES,
  LIST_ENDPOINTS,
  MAKE_ENDPOINT,
  REMOVE_ENDPOINT,
  RESEND_EVENT,
  ROTATE_ENDPOINT,
  TEST_ENDPOINT,
} from '../reactor/http/routes/webhooks-out.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { type Output, table } from './output.ts';

type DeliveryOptions = { state?: string; limit: string; cursor?: string; json?: boolean };
const JSON_OPTION = ['--json', 'print one JSON object as the last line'] as const;

/** `kustodia webhook received | list | deliveries | create | rotate | test | resend | remove` */
export function webhookCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const webhook = program.command('webhook').description('who is told of payments, and what became of each webhook');
  const api = () => openApi(environment);
  const print = (done: object, { json, dryRun }: ChangeOptions, sentence: string) => {
    if (json) {
      out(JSON.stringify(done));
      return;
    }
    out(dryRun ? 'It would be done. Nothing was changed (--dry-run).' : sentence);
    if ('secret' in done && done.secret) out(`Its secret, which is never shown again: ${done.secret}`);
  };

  webhook
    .command('received')
    .description('what Juno and Bitso sent, newest first, and whether its signature was good')
    .option('--limit <n>', 'how many, up to 200', '50')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option(...JSON_OPTION)
    .action(async ({ json, ...query }: { limit: string; cursor?: string; json?: boolean }) => {
      const found = await api().call(LIST_WEBHOOKS_IN, { query });
      if (json) return out(JSON.stringify(found));
      const rows = found.webhooks.map((one) => [
        ...[String(one.id), one.source, one.receivedAt, one.signature, `${one.size} bytes`],
        one.isReadable ? JSON.stringify(one.hint) : 'not readable',
      ]);
      out(rows.length > 0 ? table(['no.', 'of', 'at', 'signature', 'size', 'hint'], rows) : 'None.');
      for (const { source, what, count, lastAt } of found.counts) out(`${source}: ${what} ${count}, last at ${lastAt}`);
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });
  webhook
    .command('list')
    .description('the endpoints that are told')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: boolean }) => {
      const found = await api().call(LIST_ENDPOINTS, {});
      if (json) return out(JSON.stringify(found));
      const rows = found.endpoints.map((one) => [one.id, one.url, one.createdAt, one.previousUntil ?? '']);
      out(rows.length > 0 ? table(['endpoint', 'address', 'since', 'both secrets until'], rows) : 'None.');
    });
  webhook
    .command('deliveries <endpoint>')
    .description('what was told to one of them, newest first')
    .option('--state <state>', 'only what is waiting, delivered or failed')
    .option('--limit <n>', 'how many, up to 200', '100')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option(...JSON_OPTION)
    .action(async (id: string, { json, ...query }: DeliveryOptions) => {
      const found = await api().call(LIST_DELIVERIES, { parameters: { id }, query });
      if (json) return out(JSON.stringify(found));
      const rows = found.deliveries.map((one) => [
        ...[one.eventId, one.type, one.paymentId ?? '', one.state, String(one.tries), one.error ?? '', one.createdAt],
      ]);
      out(rows.length > 0 ? table(['event', 'type', 'payment', 'state', 'tries', 'because', 'at'], rows) : 'None.');
      if (found.nextCursor) out(`\nMore: --cursor ${found.nextCursor}`);
    });

  changing(webhook.command('create <url>').description('tell an address of payments from now on')).action(
    async (url: string, options: ChangeOptions) => {
      const { body, ...how } = saidIn(options);
      const done = await api().call(MAKE_ENDPOINT, { body: { url, ...body }, ...how });
      print(done, options, `Endpoint ${done.dryRun ? '' : done.id} is told from now on.`);
    },
  );
  changing(
    webhook
      .command('rotate <endpoint>')
      .description('another secret; the one before signs as well for a day')
      .option('--now', 'the ones before sign nothing more from now on: for one that leaked'),
  ).action(async (id: string, { now = false, ...options }: ChangeOptions & { now?: boolean }) => {
    const { body, ...how } = saidIn(options);
    const done = await api().call(ROTATE_ENDPOINT, { parameters: { id }, body: { ...body, now }, ...how });
    print(done, options, `Endpoint ${id} has another secret.`);
    const before = done.previousUntil === null ? 'no more from now on' : `until ${done.previousUntil}`;
    if (!options.json) out(`${done.dryRun ? 'The one before would sign' : 'The one before signs'} ${before}.`);
  });
  changing(webhook.command('test <endpoint>').description('send it an event that tells of nothing')).action(
    async (id: string, options: ChangeOptions) => {
      const done = await api().call(TEST_ENDPOINT, { parameters: { id }, ...saidIn(options) });
      print(done, options, `Event ${done.dryRun ? '' : done.eventId} is on its way.`);
    },
  );
  changing(webhook.command('resend <event>').description('send one event again, under the same id')).action(
    async (id: string, options: ChangeOptions) => {
      const done = await api().call(RESEND_EVENT, { parameters: { id }, ...saidIn(options) });
      print(done, options, `Event ${id} is on its way to ${done.endpoints} endpoints.`);
    },
  );
  changing(webhook.command('remove <endpoint>').description('tell it nothing more')).action(
    async (id: string, options: ChangeOptions) => {
      const done = await api().call(REMOVE_ENDPOINT, { parameters: { id }, ...saidIn(options) });
      print(done, options, `Endpoint ${id} is told nothing more.`);
    },
  );
}
