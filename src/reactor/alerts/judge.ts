/** From what is, to what is wrong. Pure. */
import { formatMoney, centavos as mxn } from '../../money/money.ts';
import { withoutClabes } from '../people/words.ts';
import type { AlertBounds } from '../settings-operate.ts';
import { ALERT_KINDS, type Alert, type AlertKind, keyOf } from './kinds.ts';
import type { SeenLeg, Snapshot } from './snapshot.ts';

/** Of one kind, of those that are not told yet: the worst. More would hide them. */
const MOST_OF_A_KIND = 20;
const NOTHING_LOST = 'Nothing is lost';

export type Verdict = Readonly<{
  alerts: readonly Alert[];
  /** Of these nothing is known now: an open one stays open. */
  unseen: ReadonlySet<AlertKind>;
}>;

type Judge = (
  snapshot: Snapshot,
  bounds: AlertBounds,
) => readonly Readonly<{ on?: string; says: string }>[] | null | undefined;

/** One for each kind; nothing where what it judges by could not be read. */
const JUDGES: Readonly<Record<AlertKind, Judge>> = {
  stuck: ({ waiting }, bounds) =>
    waiting?.legs
      .filter((leg) => leg.age_s > Math.max(bounds.stuck_s, waiting.usual_s.get(`${leg.kind} ${leg.state}`) ?? 0))
      .map((leg) => ({ on: leg.legId, says: stuck(leg) })),

  'needs-attention': ({ attention }) =>
    attention?.map(({ legId, paymentId, code, owner, text }) => ({
      on: `${legId}:${code}`,
      says: `Payment ${paymentId} needs ${owner} (${code}): ${ended(text)} Its money stays where it is until then.`,
    })),

  'unknown-effect': ({ unknown }, bounds) =>
    unknown
      ?.filter(({ age_s }) => age_s > bounds.unknown_s)
      .map(({ effectId, paymentId, kind, age_s }) => ({
        on: effectId,
        says: `Effect ${effectId} (${kind}) of ${paymentId === null ? 'no payment' : `payment ${paymentId}`} was sent ${span(age_s)} ago and its answer is lost. The system goes on looking and sends nothing twice. Ask where it looked: kustodia effect show ${effectId}`,
      })),

  suspense: ({ suspense }, bounds) =>
    suspense
      ?.filter(({ age_s }) => age_s > bounds.suspense_s)
      .map(({ depositId, reason, centavos, age_s }) => ({
        on: depositId,
        says: `Deposit ${depositId} of ${pesos(centavos)} belongs to no payment (${reason}) for ${span(age_s)}. It stays in suspense until a person gives it to somebody: kustodia suspense show ${depositId}`,
      })),

  break: ({ breaks }) =>
    breaks
      ?.filter(({ count }) => count > 0)
      .map(({ kind, count, oldest_s }) => ({
        on: kind,
        says: `Ledger, chain and Juno do not agree: ${count} open ${count === 1 ? 'break' : 'breaks'} of ${kind}, the oldest for ${span(oldest_s)}. Reconciliation pays nothing; what falls short stops its rail or wallet. Read the evidence and close what is explained.`,
      })),

  'money-off': ({ lost, isLostKnown }) =>
    isLostKnown
      ? lost === null
        ? []
        : [{ says: `Money is off: ${ended(lost)} Nothing is begun or sent until it is rebuilt: kustodia recover` }]
      : null,

  'silent-automation': ({ automation }, bounds) => {
    if (!automation) return null;
    const silent = automation.loops.filter(({ silent_s }) => silent_s > bounds.silence_s);
    const legs = automation.overdue === 0 ? [] : [`${automation.overdue} legs were not looked at in time`];
    const loops = silent.map(({ loop, silent_s }) => `the loop “${loop}” had no turn for ${span(silent_s)}`);
    const what = [...legs, ...loops];
    return what.length === 0
      ? []
      : [
          {
            says: `The automation is silent: ${what.join('; ')}. Payments wait where they are. ${NOTHING_LOST}. Restart the reactor; if it stays so, its log says why.`,
          },
        ];
  },

  'indexer-behind': ({ chain }, bounds) => {
    if (chain === 'agreed') return [];
    if (chain.isRpc) return null;
    const isLate = chain.since_s > bounds.indexerLag_s || (chain.behind_s ?? 0) > bounds.indexerLag_s;
    return isLate
      ? [
          {
            says: `Money on chain waits for ${ended(chain.trouble)} It goes on by itself. Start the indexer (npm run indexer) or look at its log.`,
          },
        ]
      : [];
  },

  'rpc-silent': ({ chain }, bounds) =>
    chain !== 'agreed' && chain.isRpc && chain.since_s > bounds.indexerLag_s
      ? [
          {
            says: `The RPC has not answered for ${span(chain.since_s)}. Steps on the chain wait and go on by themselves. Ask its provider, or point ETH_RPC_URL at another.`,
          },
        ]
      : [],

  'juno-slow': ({ juno }, bounds) =>
    juno &&
    (juno.usual_s !== null && juno.usual_s > bounds.junoLatency_s
      ? [
          {
            says: `Juno usually takes ${juno.usual_s.toFixed(1)} s to answer now. Payments take longer; a call that gets no answer in time is looked for, never repeated blindly. If it lasts, ask Juno.`,
          },
        ]
      : []),

  'juno-breaker': ({ juno }) => {
    if (!juno) return null;
    const { state, reason, until, lockouts } = juno.breaker;
    if (state === 'closed') return [];
    const when = `Nothing is sent before ${until?.toISOString()}; then one look tries again by itself.`;
    return [
      {
        says:
          reason === 'throttled'
            ? `Juno locked us out for too many calls, ${lockouts} times in a day. ${when} Find out who else uses this API key.`
            : `Juno does not answer and is left alone. ${when} Payments wait. ${NOTHING_LOST}. If it lasts, ask Juno.`,
      },
    ];
  },

  'contract-stopped': ({ contracts }) =>
    contracts?.map(({ address, reason }) => ({ on: address, says: `Contract ${address}: ${ended(reason)}` })),

  'gas-low': ({ funds }, bounds) =>
    funds &&
    (funds.gasTransactions < bounds.gasTransactions
      ? [
          {
            says: `The bridge wallet's ether pays for ${funds.gasTransactions} more transactions, fewer than ${bounds.gasTransactions}. Without it nothing is funded, released or returned; it waits. Send it ether.`,
          },
        ]
      : []),

  'float-missing': ({ funds }) =>
    funds &&
    (!funds.isAddressProved && funds.floatProofs < 1
      ? [
          {
            says: 'Juno’s deposit address is not proved and the bridge wallet has no MXNB to prove it with. Released payments wait. Send the bridge wallet one MXNB of Kustodia’s own.',
          },
        ]
      : []),

  'float-low': ({ funds }, bounds) =>
    funds &&
    (funds.isAddressProved && funds.floatProofs < bounds.floatProofs
      ? [
          {
            says: `Kustodia's own MXNB in the bridge wallet pay for ${funds.floatProofs} more proofs of a deposit address, fewer than ${bounds.floatProofs}. Nothing waits now; once Juno names another address, or the token changes, released payments would. Send the bridge wallet MXNB of Kustodia’s own, one for each proof.`,
          },
        ]
      : []),

  'webhook-failed': ({ webhooks }) =>
    webhooks?.map(({ endpointId, failed, error }) => ({
      on: endpointId,
      says: `Endpoint ${endpointId} did not take ${failed} webhooks within three days (${error}); they are given up, newer ones are still sent. No money waits for it. Mend the endpoint, then: kustodia webhook deliveries ${endpointId} --state failed`,
    })),

  'notice-undelivered': ({ undelivered }) =>
    undelivered?.map(({ channel, failed, error }) => ({
      on: channel,
      says: `The channel ${channel} did not take ${failed} alerts (${error}); they are given up. The other channels have them, and so has the log. Mend the channel; the next alert tries it again.`,
    })),
};

/**
 * All that is wrong, the worst of each kind first, and the kinds of which nothing is known. `open`: the keys of what was told already,
 * which is never left out for something worse.
 */
export function judge(snapshot: Snapshot, bounds: AlertBounds, open: ReadonlySet<string>): Verdict {
  const alerts: Alert[] = [];
  const unseen = new Set<AlertKind>();
  for (const kind of Object.keys(ALERT_KINDS) as AlertKind[]) {
    const found = JUDGES[kind](snapshot, bounds);
    if (!found) unseen.add(kind);
    let fresh = 0;
    for (const { on, says } of found ?? []) {
      const key = keyOf(kind, on);
      if (!open.has(key) && fresh++ >= MOST_OF_A_KIND) continue;
      alerts.push({ key, kind, severity: ALERT_KINDS[kind], sentence: withoutClabes(says) });
    }
  }
  return { alerts, unseen };
}

const stuck = ({ paymentId, kind, state, centavos, age_s }: SeenLeg): string =>
  `The ${kind} leg of payment ${paymentId} (${pesos(centavos)}) is ${state} for ${span(age_s)}, longer than 99 of 100 were. It is looked at again by itself. Ask what it waits for: kustodia payment why ${paymentId}`;

const pesos = (centavos: bigint): string => formatMoney(mxn(centavos));
const ended = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
