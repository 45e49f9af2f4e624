/** What a row says, in words: for docs/scenarios.md. Pure. */
import {
  ACCOUNTS,
  type Account,
  type Act,
  type Balance,
  type Expected,
  type Row,
  type Standing,
  type Terms,
} from './row.ts';

const WHO = { payer: 'Paula', recipient: 'Rita', broker: 'the broker', operations: 'the house' } as const;
const RAILS = {
  bank_redemption: 'Juno’s own SPEI',
  bitso_spei: 'SPEI from Bitso',
  bitso_transfer: 'Bitso’s own transfer',
};
const RELEASE = {
  date: 'until its date',
  approvals: 'until both approve',
  date_or_approvals: 'until its date, or until both approve',
  date_and_approvals: 'until its date, and until both approve',
};
/** Custody that is over before anybody looks. */
const SHORT_S = 2;

const pesos = (amount: string): string => amount.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
const percent = (basisPoints: number): string => `${basisPoints / 100} %`;
const some = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
const spanOf = (seconds: number): string => (seconds >= 3_600 ? `${seconds / 3_600} h` : `${seconds} s`);

function custodyOf({ custody = 10_000, seconds = SHORT_S, release = 'date' }: Omit<Terms, 'amount'>): string {
  if (custody === 0) return 'nothing in custody';
  const share = custody === 10_000 ? 'all of it' : percent(custody);
  return `${share} in custody for ${spanOf(seconds)}, ${RELEASE[release]}`;
}

function besides({ fees = [], rail, refund, to }: Omit<Terms, 'amount'>): string[] {
  return [
    ...fees.map(([who, bearer, much]) => {
      const of = typeof much === 'number' ? percent(much) : pesos(much);
      return `${of} for ${ACCOUNTS[who]}, borne by the ${bearer}`;
    }),
    ...(rail ? [`by ${RAILS[rail]}`] : []),
    ...(refund ? ['back to an account of Paula’s, if ever'] : []),
    ...(to ? [`to ${ACCOUNTS[to]}`] : []),
  ];
}

/** In words: “1,000.00 pesos, all of it in custody for 2 s, until its date”. */
export const tellTerms = (terms: Terms): string =>
  [
    `${pesos(terms.amount)} pesos`,
    custodyOf(terms),
    ...besides(terms),
    ...(terms.expires ? [`expires in ${terms.expires} s`] : []),
  ].join('; ');
const tellStanding = (terms: Standing): string =>
  [`${pesos(terms.minimum)} to ${pesos(terms.maximum)} pesos`, custodyOf(terms), ...besides(terms)].join('; ');

const ON: Readonly<Record<string, string>> = {
  ...{ payer: 'Paula', recipient: 'Rita', payment: 'the payment' },
  ...{ all: 'everything', 'the wallet': 'the bridge wallet' },
};
const onWhat = (on: string): string => ON[on] ?? `the rail \`${on.replace('rail:', '')}\``;

function decided(decision: Extract<Act, readonly ['decide', unknown]>[1]): string {
  if (decision === 'payer' || decision === 'recipient') return `for ${WHO[decision]}`;
  return 'payer' in decision
    ? `that ${percent(decision.payer)} is Paula’s, the rest Rita’s`
    : `that ${pesos(decision.payerPesos)} are Paula’s, the rest Rita’s`;
}

/** One act, as a person would tell it. */
export function tell(act: Act): string {
  switch (act[0]) {
    case 'ask':
      return `a payment is asked for (${tellTerms(act[1])})`;
    case 'cancel':
      return 'a person calls it off';
    case 'deposit':
      return act[1] ? `Paula pays in ${pesos(act[1])}` : 'Paula pays in what was asked for';
    case 'deposit at once':
      return `Paula pays in ${some(act.slice(1).map(pesos))} at once`;
    case 'wait for':
      return `until ${act[2] ? `${act[2]} legs are` : 'a leg is'} \`${act[1]}\``;
    case 'wait for attention':
      return `until a person is asked: \`${act[1]}\``;
    case 'wait for suspense':
      return `until ${act[2] ? `${act[2]} deposits wait` : 'the deposit waits'} in suspense: \`${act[1]}\``;
    case 'wait for escrow':
      return `until the escrow is \`${act[1]}\` in its contract`;
    case 'wait until why says':
      return `until \`why\` names what it waits for (${act[1]})`;
    case 'let the custody end':
      return 'the end of the custody passes on the chain';
    case 'approve':
      return `${WHO[act[1]]} approves in the application`;
    case 'approve as':
      return `${WHO[act[2]]} approves as ${WHO[act[1]]}`;
    case 'send a link':
      return `${WHO[act[1]]} is sent a link that works once`;
    case 'use the link':
      return `${WHO[act[1]]}’s link is used`;
    case 'revoke the link':
      return `${WHO[act[1]]}’s link is revoked`;
    case 'withdraw the approval':
      return `${WHO[act[1]]} takes the approval back`;
    case 'release by two people':
      return 'two people let it out';
    case 'dispute':
      return `${WHO[act[1]]} disputes it`;
    case 'dispute in the contract':
      return 'who has the bridge’s key disputes its escrow in the contract itself';
    case 'evidence':
      return `${WHO[act[1]]} shows a photograph`;
    case 'decide':
      return `two people decide ${decided(act[1])}`;
    case 'appeal':
      return `${WHO[act[1]]} appeals`;
    case 'wait for dispute':
      return `until the dispute is \`${act[1]}\``;
    case 'refund':
      return `two people order ${act[1] === 'full' ? 'all that has not left' : 'the part in custody'} back to Paula`;
    case 'refund to a stranger':
      return 'somebody proposes to give it to Tomás';
    case 'fail the payout':
      return 'the rail is going to fail this payout';
    case 'lose the answer':
      return 'Juno is going to do what it is asked for, and its answer gets lost';
    case 'return the payout':
      return `the bank of ${ACCOUNTS[act[1]]} sends it back`;
    case 'repay':
      return `two people have it paid again, to ${ACCOUNTS[act[1]]}`;
    case 'approve own repay':
      return `who proposes to pay it to ${ACCOUNTS[act[1]]} approves that alone`;
    case 'settle outside':
      return `two people record that it was paid by hand (tracking key ${act[1]})`;
    case 'hold':
      return `somebody on duty puts a hold on ${onWhat(act[1])}`;
    case 'close the hold':
      return act[1] ? 'somebody who only approves closes the hold' : 'its owner closes the hold';
    case 'stop':
      return `one person throws the switch over ${onWhat(act[1])}`;
    case 'open':
      return `two people open the switch over ${onWhat(act[1])}`;
    case 'open alone':
      return `who proposes to open the switch over ${onWhat(act[1])} approves that alone`;
    case 'cap':
      return `the cap \`${act[1]}\` is set to ${pesos(act[2])}`;
    case 'cap of today':
      return `the cap \`day\` is set to what has left today and ${pesos(act[1])} more`;
    case 'screen':
      return `the source says of ${WHO[act[1]]}: identity ${act[2]}, blacklists ${act[3]}`;
    case 'standing terms':
      return `Paula’s standing terms are set (${tellStanding(act[1])})`;
    case 'end the standing terms':
      return 'her standing terms are ended';
    case 'assign the deposit':
      return 'two people give the deposit to the payment';
    case 'give the deposit back':
      return 'a person gives the deposit back to Paula';
    case 'split the deposit':
      return `two people give the payment its part of the deposit, and ${pesos(act[1])} back to Paula`;
    case 'erase':
      return `two people erase who ${WHO[act[1]]} is`;
    case 'days pass':
      return `${act[1]} days pass`;
    case 'days pass on the chain':
      return `${act[1]} days pass on the chain`;
    case 'refused':
      return `refused (\`${act[1]}\`): ${tell(act[2])}`;
  }
}

const SIDES: Readonly<Record<string, string>> = {
  escrow: 'in the escrow',
  juno_pool: 'in Juno’s pool',
  liability: 'owed to its people',
  commission: 'an earned commission that is owed',
  payable: 'owed to a payout account, under Juno’s minimum',
  suspense: 'in suspense',
  own: 'Kustodia’s own',
  returned: 'came back',
  redeeming: 'being redeemed',
  paying_out: 'being paid out',
  bitso: 'in the Bitso balance',
};
const tellBalance = ([account, amount]: Balance): string => `${pesos(amount)} ${SIDES[account] ?? account}`;

function tellPayouts(payouts: Expected['payouts']): string {
  if (payouts.length === 0) return 'nobody';
  const byAccount = Map.groupBy(payouts, ([account]) => account);
  return [...byAccount]
    .map(([account, all]) => `${ACCOUNTS[account as Account]} ${some(all.map(([, amount]) => pesos(amount)))}`)
    .join('; ');
}

const codes = (words: readonly string[]): string => some(words.map((word) => `\`${word}\``));

/** The lines of one row under its heading. */
export function tellRow({ story, terms, acts, expect, on, unscreened }: Row): string[] {
  const { legs, status, payouts, escrow = [], escrowOnPausable, books = [] } = expect;
  const happens = [
    ...(unscreened ?? []).map((who) => `nobody has screened ${WHO[who]}`),
    ...(terms ? [`Rita and Paula agree (${tellTerms(terms)})`] : []),
    ...acts.map(tell),
  ];
  const legLines = legs.map(
    ([kind, amount, state, code]) =>
      `${kind} ${pesos(amount)} \`${state}\`${code ? ` (a person is asked: \`${code}\`)` : ''}`,
  );
  const cancelled = escrowOnPausable ? ` (on v2-pausable ${codes(escrowOnPausable)})` : '';
  const end = [
    status.length === 0 ? 'no payment' : `${status.length === 1 ? 'the payment' : 'the payments'} ${codes(status)}`,
    escrow.length === 0
      ? 'no escrow'
      : `${escrow.length === 1 ? 'the escrow' : 'the escrows'} ${codes(escrow)}${cancelled}`,
    books.length === 0 ? 'nothing left in the books' : `in the books ${some(books.map(tellBalance))}`,
  ];
  return [
    story,
    '',
    `- What happens: ${happens.join(' → ')}`,
    `- Legs: ${legLines.length === 0 ? 'none' : legLines.join(' · ')}`,
    `- Paid: ${tellPayouts(payouts)}`,
    `- In the end: ${end.join('; ')}${on ? `. On ${some(on)}` : ''}`,
  ];
}
