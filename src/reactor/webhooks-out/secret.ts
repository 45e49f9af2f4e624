import { createHmac } from 'node:crypto';

/**
 * The secret of an endpoint, in the form of Standard Webhooks: derived, so that it stands in no table, no backup and no log, and is the
 * same after a restore.
 */
export const secretOf = (keySecret: string, { id, version }: Readonly<{ id: string; version: number }>): string =>
  `whsec_${createHmac('sha256', keySecret).update(`webhook-out|${id}|${version}`).digest('base64')}`;
