import { z } from 'zod';
import { ALERT_KINDS, type AlertKind } from './kinds.ts';

/** What a channel is given to tell. It holds no secret and nothing of people: payments and effects have ids. */
export const NOTICE = z.strictObject({
  event: z.enum(['alert.opened', 'alert.repeated', 'alert.closed']),
  key: z.string(),
  kind: z.enum(Object.keys(ALERT_KINDS) as [AlertKind, ...AlertKind[]]),
  severity: z.enum(['page', 'warn']),
  sentence: z.string(),
  openedAt: z.iso.datetime(),
  runbook: z.string(),
});
export type Notice = z.output<typeof NOTICE>;

/** A way to tell. Throws an Undelivered where it is not known to be told; telling twice does no harm. */
export type Channel = Readonly<{ name: string; deliver: (id: string, notice: Notice) => Promise<void> }>;

/** Its message is all that is stored and logged of why: no address, no answer of the other side. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
}

/** The section of the runbook that has the one right step. */
export const runbookOf = (kind: AlertKind, url: string | null): string => `${url ?? 'docs/runbook.md'}#${kind}`;

/** One line that stands for it all, for a subject or a headline. */
export function headline({ event, severity, key }: Notice): string {
  if (event === 'alert.closed') return `Over: ${key}`;
  return `${severity === 'page' ? 'PAGE' : 'Warning'}${event === 'alert.repeated' ? ', still' : ''}: ${key}`;
}
