/** Every route under /api/v1. */
import * as approvals from './approvals.ts';
import * as breaks from './breaks.ts';
import * as chain from './chain.ts';
import type { Route } from './declare.ts';
import * as deposits from './deposits.ts';
import * as disputes from './disputes.ts';
import * as effects from './effects.ts';
import * as exchanges from './exchanges.ts';
import * as guards from './guards.ts';
import * as holds from './holds.ts';
import * as operate from './operate.ts';
import * as overview from './overview.ts';
import * as paymentProposals from './payment-proposals.ts';
import * as payments from './payments.ts';
import * as proposals from './proposals.ts';
import * as records from './records.ts';
import * as recovery from './recovery.ts';
import * as reports from './reports.ts';
import * as screenings from './screenings.ts';
import * as search from './search.ts';
import * as standingTerms from './standing-terms.ts';
import * as suspense from './suspense.ts';
import * as users from './users.ts';
import * as wallet from './wallet.ts';
import * as webhooksOut from './webhooks-out.ts';

const isRoute = (value: unknown): value is Route =>
  typeof value === 'object' && value !== null && 'path' in value && 'roles' in value;

/** In the order in which the document shows them. */
export const ROUTES: readonly Route[] = [
  ...[overview, users, standingTerms, screenings, payments, exchanges, search, paymentProposals, approvals, disputes],
  ...[deposits, suspense, effects, proposals, guards, holds, wallet, operate, recovery, webhooksOut, breaks, reports],
  ...[records, chain],
].flatMap((nouns) => Object.values<unknown>(nouns).filter(isRoute));
