/** How long things may take before books, chain and Juno are said to disagree. */
import { z } from 'zod';
import type { Bounds } from './reconcile/kinds.ts';

const seconds = (what: string, fallback: number, min = 1) =>
  z.coerce.number().int().min(min).max(31_536_000).default(fallback).describe(what);

export const RECONCILE_ENVIRONMENT = {
  RECONCILE_INTERVAL_S: seconds('how often books, chain and Juno are compared', 30),
  RECONCILE_GRACE_S: seconds('how long what is under way may look like a break', 120, 0),
  RECONCILE_OVERDUE_S: seconds('how long a withdrawal, a credit or an ISSUANCE may take before it is a break', 7_200),
  RECONCILE_STOP_S: seconds('how long a shortfall may stay unexplained before what it concerns is stopped', 600, 0),
  RECONCILE_UNREAD_S: seconds('how long a side may be silent before that is a break', 600),
  RECONCILE_UNSOLICITED_S: seconds('how long MXNB that nobody claims are open before they belong to nobody', 86_400),
};

export type ReconcileSettings = Readonly<{ interval_ms: number; bounds: Bounds }>;

export function reconcileOf(env: z.output<z.ZodObject<typeof RECONCILE_ENVIRONMENT>>): ReconcileSettings {
  return {
    interval_ms: env.RECONCILE_INTERVAL_S * 1000,
    bounds: {
      grace_ms: env.RECONCILE_GRACE_S * 1000,
      overdue_ms: env.RECONCILE_OVERDUE_S * 1000,
      stop_ms: env.RECONCILE_STOP_S * 1000,
      unread_ms: env.RECONCILE_UNREAD_S * 1000,
      unsolicited_ms: env.RECONCILE_UNSOLICITED_S * 1000,
    },
  };
}
