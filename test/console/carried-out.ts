/** What people may do in the console, and in which world a browser does it, to the end and with what comes of it looked at. */
import type { Page, Response } from 'playwright-core';
import { isCommand, type Route } from '../../src/reactor/http/routes/declare.ts';
import { ROUTES } from '../../src/reactor/http/routes/index.ts';

/** By the id of its route, and with what is proposed where that tells; of what two people do, by the name under which it is approved. */
export const IN_A_WORLD_THAT_IS_WELL = [
  ...[
    'addEvidence',
    'appeal',
    'approveProposal',
    'assignSuspense',
    'cancelPayment',
    'changeCap',
    'closeHold',
    'createKey',
  ],
  ...[
    'createPayment',
    'createUser',
    'createWebhookEndpoint',
    'eraseUser',
    'lookAtEffect',
    'lookAtPayments',
    'noteBreak',
    'openDispute',
  ],
  ...['openHold', 'openSwitch', 'probeJuno', 'proposeOutcome', 'readJuno', 'refundSuspense', 'removeWebhookEndpoint'],
  ...[
    'resendWebhookEvent',
    'revokeApprovalLink',
    'revokeKey',
    'rotateWebhookEndpoint',
    'setStandingTerms',
    'splitSuspense',
  ],
  ...['stopStandingTerms', 'stopSwitch', 'testWebhookEndpoint', 'withdrawApproval', 'withdrawProposal'],
  ...['proposeForPayment refund', 'proposeForPayment release', 'proposeForPayment repay'],
  ...['proposeForPayment settle-outside', 'proposeForEffect allow-attempt'],
  ...['approve dispute resolve', 'approve effect allow-attempt', 'approve guard open', 'approve guard raise-cap'],
  ...['approve payment refund', 'approve payment release', 'approve payment repay', 'approve payment settle-outside'],
  ...['approve suspense give', 'approve user erase'],
];
/** Of faults.full.test.ts. */
export const AFTER_A_FAULT = [
  ...['approveProposal', 'approveToken', 'proposeCarryOver', 'recover'],
  ...['proposeForEffect clear-nonce', 'proposeForEffect resolve', 'proposeForPayment name-transfer'],
  ...[
    'approve effect resolve',
    'approve payment name-transfer',
    'approve wallet carry-over',
    'approve wallet clear-nonce',
  ],
];

const FORMS = ROUTES.map((route) => ({
  route,
  form: new RegExp(`^/api/v1${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));
const routeOf = (method: string, path: string): Route | undefined =>
  FORMS.find(({ route, form }) => route.method === method.toLowerCase() && form.test(path))?.route;

/** Notes what is done in a page, and not only looked at beforehand. */
export function watchActs() {
  const seen = new Set<string>();
  const reading: Promise<void>[] = [];
  const note = async (response: Response): Promise<void> => {
    const request = response.request();
    const { pathname, searchParams } = new URL(request.url());
    const route = routeOf(request.method(), pathname);
    if (!response.ok() || !route || !isCommand(route) || searchParams.has('dryRun')) return;
    const { do: what } = (request.postDataJSON() ?? {}) as { do?: string };
    // Of one that proposes several things.
    seen.add('options' in route.body ? `${route.id} ${what}` : route.id);
    if (route.id !== 'approveProposal') return;
    const { command } = (await response.json()) as { command: string };
    seen.add(`approve ${command}`);
  };
  return {
    watch: (page: Page): void => void page.on('response', (response) => reading.push(note(response))),
    /** All that was done so far, sorted. */
    done: async (): Promise<readonly string[]> => {
      await Promise.all(reading);
      return [...seen].sort();
    },
  };
}
