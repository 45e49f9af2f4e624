/**
 * The addresses that webhooks come from (P/webhook-best-practices). Bitso's page; Juno's own names none, and its webhooks have
 * the same path and answers. An address proves nothing of what a webhook says: that is read again.
 */
export const WEBHOOK_SOURCES = {
  stage: ['3.129.233.228', '3.22.247.241', '3.134.133.168'],
  production: ['52.15.91.227', '18.216.72.107', '18.219.140.132'],
} as const satisfies Record<string, readonly string[]>;
