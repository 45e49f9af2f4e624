/** What those who run it are told by: metrics and alerts. */
import { z } from 'zod';
import { whole } from './settings-kinds.ts';
import { SettingsError } from './settings-signers.ts';

/** A secret of Standard Webhooks: 24 to 64 bytes in Base64 after `whsec_` (spec/standard-webhooks.md, "Signature scheme"). */
const WEBHOOK_SECRET = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'is not whsec_ and Base64')
  .refine((text) => {
    const { length } = Buffer.from(text.slice('whsec_'.length), 'base64');
    return length >= 24 && length <= 64;
  }, 'is not 24 to 64 bytes');
const MAILBOX = z.email();

export const OPERATED = {
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{32,200}$/, 'is not 32 to 200 characters without a space')
    .optional()
    .describe('what GET /metrics asks of whoever reads it; without it, in production, nobody can'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('a collector that takes traces as OTLP over HTTP: each payment is one trace there'),
  RUNBOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where docs/runbook.md can be read: alerts link to its sections'),
  ALERT_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where alerts are sent as signed webhooks'),
  ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET.optional().describe('what they are signed with, as Standard Webhooks says'),
  ALERT_SLACK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('an incoming webhook of Slack, or of what takes the same, for alerts'),
  ALERT_SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('the server that alerts go out by as e-mail, with its login: smtps://user:password@host:465'),
  ALERT_EMAIL_FROM: MAILBOX.optional().describe('whom that e-mail is from'),
  ALERT_EMAIL_TO: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
    .pipe(z.array(MAILBOX).max(20))
    .describe('whom it is to, with commas between them'),
  ALERT_LOOK_MS: whole('how often it is looked for what is wrong', 10_000, 100, 600_000),
  ALERT_REPEAT_S: whole(
    'an alert that stays is told again after so long, then after twice that, up to a day',
    3_600,
    1,
  ),
  ALERT_STUCK_S: whole('no leg counts as stuck before it was so long in its state', 900, 1),
  ALERT_UNKNOWN_S: whole('an effect without an answer for longer than this is an alert', 900, 1),
  ALERT_SUSPENSE_S: whole('so is a deposit that no payment claims', 3_600, 1),
  ALERT_SILENCE_S: whole('so is a loop of the reactor without a turn', 180, 1),
  ALERT_INDEXER_LAG_S: whole('so is an indexer that is so far behind the RPC, or disagrees with it for so long', 30, 1),
  ALERT_JUNO_LATENCY_MS: whole('so is a Juno whose usual answer takes longer', 5_000, 1),
  ALERT_GAS_TRANSACTIONS: whole('so is a bridge wallet whose ether pays for fewer transactions', 200, 1),
  ALERT_FLOAT_PROOFS: whole(
    'so is a bridge wallet whose own MXNB pay for fewer proofs of a deposit address; 0: never',
    1,
    0,
  ),
  WEBHOOK_KEPT_DAYS: whole('how long it is kept what others were told, once it is settled', 90, 7, 3_650),
} as const;

export type OperateSettings = Readonly<{
  metricsToken: string | null;
  /** Null: no traces. */
  tracesTo: string | null;
  /** Null: alerts name the section alone. */
  runbookUrl: string | null;
  webhookKept_days: number;
  alerts: Readonly<{
    webhook: Readonly<{ url: string; secret: string }> | null;
    slackUrl: string | null;
    email: Readonly<{ smtpUrl: string; from: string; to: readonly string[] }> | null;
    look_ms: number;
    repeat_s: number;
    bounds: AlertBounds;
  }>;
}>;

/** From where on something is an alert. */
export type AlertBounds = Readonly<{
  stuck_s: number;
  unknown_s: number;
  suspense_s: number;
  silence_s: number;
  indexerLag_s: number;
  junoLatency_s: number;
  gasTransactions: number;
  floatProofs: number;
}>;

type Operated = z.output<z.ZodObject<typeof OPERATED>>;

/** Throws a SettingsError where a channel has only a part of what it needs: nobody must believe that it tells. */
export function operateOf(env: Operated): OperateSettings {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = env;
  const { ALERT_SMTP_URL: smtpUrl, ALERT_EMAIL_FROM: from, ALERT_EMAIL_TO: to } = env;
  if ((url === undefined) !== (secret === undefined))
    throw new SettingsError(
      'Alerts go out as webhooks with both ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET, or neither.',
    );
  const parts = [smtpUrl !== undefined, from !== undefined, to.length > 0];
  if (parts.some(Boolean) && !parts.every(Boolean))
    throw new SettingsError(
      'Alerts go out as e-mail with all of ALERT_SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO, or none.',
    );
  return {
    metricsToken: env.METRICS_TOKEN ?? null,
    tracesTo: env.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    runbookUrl: env.RUNBOOK_URL ?? null,
    webhookKept_days: env.WEBHOOK_KEPT_DAYS,
    alerts: {
      webhook: url && secret ? { url, secret } : null,
      slackUrl: env.ALERT_SLACK_URL ?? null,
      email: smtpUrl && from ? { smtpUrl, from, to } : null,
      look_ms: env.ALERT_LOOK_MS,
      repeat_s: env.ALERT_REPEAT_S,
      bounds: {
        stuck_s: env.ALERT_STUCK_S,
        unknown_s: env.ALERT_UNKNOWN_S,
        suspense_s: env.ALERT_SUSPENSE_S,
        silence_s: env.ALERT_SILENCE_S,
        indexerLag_s: env.ALERT_INDEXER_LAG_S,
        junoLatency_s: env.ALERT_JUNO_LATENCY_MS / 1_000,
        gasTransactions: env.ALERT_GAS_TRANSACTIONS,
        floatProofs: env.ALERT_FLOAT_PROOFS,
      },
    },
  };
}
