import { z } from 'zod';
import { LEG_KINDS, LEG_STATES } from '../../payment/states.ts';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { CURSOR_OF_ID, cursor, ID, LIMIT, NEXT, NEXT_IF, PESOS_TEXT, TIME } from './shapes.ts';

const tag = 'Overview';
const ALERT = z
  .strictObject({
    id: ID,
    key: z.string(),
    kind: z.string().meta({ description: 'The section of docs/runbook.md.' }),
    severity: z.enum(['page', 'warn']),
    sentence: z.string(),
    payment: z.int().nullable().meta({ description: 'The number of the payment that it tells of.' }),
    openedAt: TIME,
    closedAt: TIME.nullable(),
    runbook: z.string().nullable(),
  })
  .meta({ id: 'Alert' });
const TIMES = z.strictObject({ count: z.int(), median_s: z.number().nullable(), p99_s: z.number().nullable() });

export const GET_OVERVIEW = question({
  ...{ id: 'getOverview', method: 'get', path: '/overview', tag, roles: ROLES },
  summary: 'Where all money is now, how fast it moves, and what is wrong; read at most every two seconds',
  answer: z
    .strictObject({
      at: TIME,
      stations: z
        .array(
          z.strictObject({
            kind: z.enum(LEG_KINDS),
            state: z.enum(LEG_STATES),
            legs: z.int(),
            amount: PESOS_TEXT,
            entered: z.int().meta({ description: 'Legs that ever came into it.' }),
          }),
        )
        .meta({ description: 'By kind and state of leg; only states that some leg is or was in.' }),
      hours: z
        .array(z.strictObject({ from: TIME, created: z.int(), completed: z.int() }))
        .meta({ description: 'Payments asked for, and legs completed, in each of the last 24 hours.' }),
      times: z.strictObject({ payout: TIMES, whole: TIMES }).meta({
        description:
          'Of the newest legs completed in 24 hours: from redemption to the end; from the request to the end.',
      }),
      attention: z.int(),
      unknown: z.int(),
      suspense: z.strictObject({ count: z.int(), amount: PESOS_TEXT }),
      holds: z.int(),
      breaks: z.int(),
      disputes: z.int(),
      proposals: z.int(),
      returned: z.int(),
      alerts: z.array(ALERT),
      stopped: z.array(z.strictObject({ name: z.string(), reason: z.string().nullable() })),
      funds: z.strictObject({ gasTransactions: z.int(), gas: z.string(), mxnb: z.string() }).nullable().meta({
        description:
          'What the bridge wallet holds, and how many transactions its ether pays for; null where the RPC is silent.',
      }),
    })
    .meta({ id: 'Overview' }),
});
export const GET_HISTORY = question({
  ...{ id: 'getHistory', method: 'get', path: '/overview/history', tag, roles: ROLES },
  summary:
    'How many legs were in each open state at the end of each hour of two days, or each day of a month, and how many ended in it; read at most every 30 seconds',
  query: z.strictObject({ by: z.enum(['hour', 'day'], 'is hour or day').default('hour') }),
  answer: z.strictObject({
    points: z.array(
      z.strictObject({
        from: TIME,
        legs: z.array(z.strictObject({ state: z.enum(LEG_STATES), count: z.int() })),
        completed: z.int().meta({ description: 'Legs that were completed in it.' }),
        ended: z.int().meta({ description: 'Legs that ended in it otherwise: expired, replaced, closed.' }),
      }),
    ),
  }),
});
export const LIST_ALERTS = question({
  ...{ id: 'listAlerts', method: 'get', path: '/alerts', tag, roles: ROLES },
  summary: 'Alerts that are gone, newest first; the open ones are in the overview',
  query: z.strictObject({ limit: LIMIT, cursor: CURSOR_OF_ID.optional() }),
  answer: z.strictObject({ alerts: z.array(ALERT), nextCursor: NEXT }),
});
/** The place of a leg among those that are listed by amount, as text: since when, and behind that how many centavos and its id. */
const CURSOR_OF_LEG = cursor((rest) => {
  const [centavos = '', id] = rest.split(' ');
  return /^\d{1,18}$/.test(centavos) && ID.safeParse(id).success;
});
export const LIST_ATTENTION = question({
  ...{ id: 'listAttention', method: 'get', path: '/attention', tag, roles: ROLES },
  summary: 'Legs that wait for a person, the largest first: those marked so, and payouts that failed or came back',
  query: z.strictObject({
    which: z.enum(['attention', 'returned'], 'is attention or returned').default('attention'),
    limit: LIMIT,
    cursor: CURSOR_OF_LEG.optional(),
  }),
  answer: z.strictObject({
    legs: z.array(
      z.strictObject({
        id: ID,
        paymentId: ID,
        number: z.int(),
        kind: z.enum(LEG_KINDS),
        state: z.enum(LEG_STATES),
        amount: PESOS_TEXT,
        since: TIME,
        code: z.string().nullable(),
        sentence: z.string().nullable(),
        owner: z.string().nullable(),
      }),
    ),
    isAll: z.boolean(),
    nextCursor: NEXT_IF,
  }),
});
export const GET_RAILS = question({
  ...{ id: 'getRails', method: 'get', path: '/rails', tag, roles: ROLES },
  summary: 'How Juno answers: its breaker, the calls of the last window, and what is under way there',
  answer: z.strictObject({
    breaker: z.strictObject({
      state: z.enum(['closed', 'open', 'half_open']),
      reason: z.enum(['throttled', 'failing']).nullable(),
      until: TIME.nullable(),
      lockouts: z.int(),
      failures: z.int(),
    }),
    calls: z.int(),
    callsAllowed: z.int(),
    window_s: z.int(),
    underWay: z.array(z.strictObject({ kind: z.string(), state: z.string(), count: z.int() })),
    outcomes: z.array(
      z.strictObject({
        kind: z.string(),
        confirmed: z.int(),
        rejected: z.int(),
        dead: z.int(),
        timed: z
          .int()
          .meta({ description: 'So many of the newest say how long it takes from the first send to the end.' }),
        median_s: z.number().nullable(),
        p99_s: z.number().nullable(),
      }),
    ),
  }),
});
