/** What can be wrong. Each has a section of docs/runbook.md under its name, with the one right step. */

/**
 * - `page`: money waits for a person, or may be at risk: somebody is woken.
 * - `warn`: it will, unless somebody looks today.
 */
export const ALERT_KINDS = {
  stuck: 'page',
  'needs-attention': 'page',
  'unknown-effect': 'page',
  suspense: 'warn',
  break: 'page',
  'money-off': 'page',
  'silent-automation': 'page',
  'indexer-behind': 'page',
  'rpc-silent': 'page',
  'juno-slow': 'warn',
  'juno-breaker': 'page',
  'contract-stopped': 'page',
  'gas-low': 'warn',
  'float-missing': 'warn',
  'float-low': 'warn',
  'webhook-failed': 'warn',
  'notice-undelivered': 'warn',
} as const satisfies Record<string, 'page' | 'warn'>;

export type AlertKind = keyof typeof ALERT_KINDS;
export type Severity = (typeof ALERT_KINDS)[AlertKind];

/** Something that is wrong now. Alerts of one key are one. */
export type Alert = Readonly<{
  key: string;
  kind: AlertKind;
  severity: Severity;
  /** What happened, to which payment, what the system does next, what the reader should do. */
  sentence: string;
}>;

export const keyOf = (kind: AlertKind, subject?: string): string =>
  subject === undefined ? kind : `${kind}:${subject}`;
