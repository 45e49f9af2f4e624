/** Who may call which route, written down apart from the declarations, with something to call it with. */
import type { Role } from '../../src/reactor/people/roles.ts';

export const EVERYBODY: readonly Role[] = ['viewer', 'operator', 'approver', 'admin', 'screener', 'agent'];
const COMMAND: readonly Role[] = ['operator', 'admin'];
const STOP: readonly Role[] = ['operator', 'approver', 'admin'];
const AUDIT: readonly Role[] = ['viewer', ...STOP];
const TAKE_BACK: readonly Role[] = ['agent', 'operator', 'approver', 'admin'];

/** Who may read what of people: those who may give commands. Why something was done: those who read the audit log. The application that users sign in to knows its own users’ names. */
export const READERS = { name: COMMAND, clabe: COMMAND, email: COMMAND, words: COMMAND, reason: STOP } as const;

/** What of the world the calls name. */
export type Subjects = Readonly<
  Record<
    'user' | 'payment' | 'dispute' | 'deposit' | 'effect' | 'proposal' | 'waiting' | 'held' | 'recipient' | 'clabe',
    string
  >
>;
type Call = Readonly<{
  may: readonly Role[];
  at?: Readonly<Record<string, string>>;
  /** Of a question. */
  query?: string;
  body?: unknown;
  /** Roles that read here what else is for those who may read of people: they are to judge it. */
  alsoRead?: readonly Role[];
  /** What those who may are answered: 200 unless told. A command that can be only checked is; any other is told what it lacks. */
  ok?: number;
}>;

const reason = 'because it is tried';
const NONE = '00000000-0000-4000-8000-000000000000';

export const callsOf = (of: Subjects): Readonly<Record<string, Call>> => {
  const account = { clabe: of.clabe, legalName: 'Juan Recibe' };
  const terms = { recipientId: of.recipient, payout: account, custodySeconds: 60, concept: 'x' };
  const payment = { ...terms, payerId: of.user, amount: '999.00' };
  return {
    getOverview: { may: EVERYBODY },
    getHistory: { may: EVERYBODY, query: 'by=day' },
    listAlerts: { may: EVERYBODY },
    listAttention: { may: EVERYBODY, query: 'which=returned' },
    getRails: { may: EVERYBODY },
    getChain: { may: EVERYBODY },
    listAudit: { may: AUDIT },
    exportAudit: { may: AUDIT },
    listKeys: { may: ['admin'] },
    createKey: { may: ['admin'], body: { name: 'a new reader', role: 'viewer', reason } },
    revokeKey: { may: ['admin'], at: { id: NONE }, body: { reason }, ok: 404 },
    listWebhooksIn: { may: COMMAND },
    search: { may: EVERYBODY, query: 'q=1' },
    exportPayments: { may: EVERYBODY, query: 'status=requested' },
    listWalletTransactions: { may: EVERYBODY },
    createUser: { may: COMMAND, body: { fullName: 'Eva', email: 'eva@example.mx' } },
    listUsers: { may: EVERYBODY },
    getUser: { may: EVERYBODY, at: { id: of.user } },
    eraseUser: { may: COMMAND, at: { id: of.user }, body: { reason }, ok: 409 },
    listStandingTerms: { may: EVERYBODY, at: { id: of.user } },
    setStandingTerms: {
      ...{ may: COMMAND, at: { id: of.user } },
      body: { ...terms, minimum: '500.00', maximum: '600.00', reason },
    },
    stopStandingTerms: { may: COMMAND, at: { id: of.user }, body: { reason } },
    getScreening: { may: EVERYBODY, at: { id: of.user } },
    screenUser: { may: ['screener'], at: { id: of.user }, body: {}, ok: 422 },
    listUnscreened: { may: EVERYBODY, query: 'withinDays=365' },
    createPayment: { may: COMMAND, body: {}, ok: 422 },
    previewPayment: { may: EVERYBODY, body: payment },
    listPayments: { may: EVERYBODY },
    getPayment: { may: EVERYBODY, at: { id: of.payment } },
    whyPayment: { may: EVERYBODY, at: { id: of.held } },
    listReceipts: { may: EVERYBODY, at: { id: of.payment } },
    listExchanges: { may: EVERYBODY, at: { id: of.payment } },
    cancelPayment: { may: COMMAND, at: { id: of.waiting }, body: { reason } },
    proposeForPayment: { may: COMMAND, at: { id: of.payment }, body: { do: 'release', reason }, ok: 409 },
    listApprovals: { may: EVERYBODY, at: { id: of.payment } },
    giveApproval: {
      ...{ may: ['agent'], at: { id: of.payment }, ok: 409 },
      body: { party: 'payer', userId: of.user, reason },
    },
    withdrawApproval: { may: TAKE_BACK, at: { id: of.payment, approvalId: NONE }, body: { reason }, ok: 404 },
    makeApprovalLink: { may: ['agent'], at: { id: of.payment }, body: { party: 'payer', reason }, ok: 409 },
    revokeApprovalLink: { may: TAKE_BACK, at: { id: of.payment, linkId: NONE }, body: { reason }, ok: 404 },
    listDisputes: { may: EVERYBODY },
    getDispute: { may: EVERYBODY, at: { id: of.dispute } },
    openDispute: {
      ...{ may: STOP, ok: 409 },
      body: { payment: of.payment, by: 'payer', reasonCode: 'not_received', statement: 'x', reason },
    },
    addEvidence: { may: STOP, at: { id: of.dispute }, body: { by: 'payer', text: 'a photo', reason } },
    appeal: { may: STOP, at: { id: of.dispute }, body: { by: 'payer', text: 'no', reason }, ok: 409 },
    proposeOutcome: { may: COMMAND, at: { id: of.dispute }, body: { outcome: 'recipient', reason } },
    listDeposits: { may: EVERYBODY },
    getDeposit: { may: EVERYBODY, at: { id: of.deposit } },
    listSuspense: { may: EVERYBODY, query: 'status=all' },
    getSuspense: { may: EVERYBODY, at: { id: of.deposit } },
    assignSuspense: { may: COMMAND, at: { id: of.deposit }, body: { paymentId: of.payment, reason }, ok: 409 },
    splitSuspense: { may: COMMAND, at: { id: of.deposit }, body: { parts: [], reason }, ok: 422 },
    refundSuspense: { may: COMMAND, at: { id: of.deposit }, body: {}, ok: 422 },
    listEffects: { may: EVERYBODY },
    getEffect: { may: EVERYBODY, alsoRead: ['approver'], at: { id: of.effect } },
    // Juno is nowhere in this world: to look at what is settled asks nobody.
    lookAtEffect: { may: COMMAND, at: { id: NONE }, body: { reason }, ok: 404 },
    proposeForEffect: { may: COMMAND, at: { id: of.effect }, body: { do: 'allow-attempt', reason }, ok: 409 },
    listProposals: { may: EVERYBODY, alsoRead: ['approver'] },
    approveProposal: { may: ['approver', 'admin'], at: { id: of.proposal }, body: {}, ok: 422 },
    withdrawProposal: { may: COMMAND, at: { id: of.proposal }, body: {}, ok: 422 },
    listGuards: { may: EVERYBODY },
    getSwitch: { may: EVERYBODY, at: { name: 'all' } },
    stopSwitch: { may: STOP, at: { name: 'all' }, body: { reason } },
    openSwitch: { may: COMMAND, at: { name: `user:${of.user}` }, body: { reason }, ok: 409 },
    changeCap: { may: STOP, at: { name: 'day' }, body: { limit: '1000', reason } },
    listHolds: { may: EVERYBODY },
    openHold: {
      ...{ may: STOP },
      body: { on: `user:${of.user}`, reasonCode: 'fraud_report', sentence: reason, owner: 'operations' },
    },
    closeHold: { may: STOP, at: { id: NONE }, body: { reason }, ok: 404 },
    lookAtPayments: { may: COMMAND, body: { paymentIds: [of.payment], reason } },
    // The chain and Juno are nowhere in this world: those who may are told so.
    getBalances: { may: EVERYBODY, ok: 503 },
    getToken: { may: EVERYBODY, ok: 503 },
    approveToken: { may: COMMAND, body: { reason }, ok: 503 },
    probeJuno: { may: COMMAND, body: { reason } },
    readJuno: { may: COMMAND, body: { reason } },
    listBankAccounts: { may: EVERYBODY },
    listNonces: { may: EVERYBODY },
    listFormerWallets: { may: EVERYBODY },
    proposeCarryOver: {
      ...{ may: COMMAND, at: { wallet: 'x' }, ok: 409 },
      body: { do: 'carry-over', how: { txHashes: [] }, reason },
    },
    listWebhookEndpoints: { may: COMMAND },
    listWebhookDeliveries: { may: COMMAND, at: { id: NONE }, ok: 404 },
    createWebhookEndpoint: { may: ['admin'], body: { url: 'http://127.0.0.1:9', reason } },
    rotateWebhookEndpoint: { may: ['admin'], at: { id: NONE }, body: { reason }, ok: 404 },
    testWebhookEndpoint: { may: ['admin'], at: { id: NONE }, body: { reason }, ok: 404 },
    removeWebhookEndpoint: { may: ['admin'], at: { id: NONE }, body: { reason }, ok: 404 },
    resendWebhookEvent: { may: COMMAND, at: { id: NONE }, body: { reason }, ok: 404 },
    listBreaks: { may: EVERYBODY },
    getBreak: { may: EVERYBODY, at: { id: NONE }, ok: 404 },
    noteBreak: { may: STOP, at: { id: NONE }, body: { note: reason }, ok: 404 },
    getClosing: { may: EVERYBODY, at: { day: '2020-01-01' } },
    getClosingCsv: { may: EVERYBODY, at: { day: '2020-01-01' } },
    getClosingPage: { may: EVERYBODY, at: { day: '2020-01-01' } },
    getRecovery: { may: EVERYBODY },
    // A dry run would ask Juno.
    recover: { may: ['admin'], body: {}, ok: 422 },
  };
};
