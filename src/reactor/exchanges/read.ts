import { and, asc, desc, eq, inArray, isNotNull, or, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import {
  effect,
  evidence,
  junoObservation,
  leg,
  webhookDelivery,
  webhookEndpoint,
  webhookEvent,
  webhookIn,
} from '../db/schema.ts';
import { redact, redactText } from './redact.ts';

/** Something that was said to the outside of a payment, or by it. */
export type Exchange = Readonly<{
  at: string;
  source: 'request' | 'answer' | 'webhook_in' | 'webhook_out';
  /** The kind of the effect, the resource that was read, who sent the webhook, or the type of the event. */
  about: string;
  status: string | null;
  detail: Readonly<Record<string, unknown>>;
}>;

/** Far more than a payment ever has of one of them. */
const MOST = 200;
/** Which resource names what an effect made, and what a claim is of. */
const RESOURCES = {
  transaction: 'juno_transaction',
  deposit: 'juno_deposit',
  bitso_withdrawal: 'bitso_withdrawal',
} as const;
/** As webhook_in_ids has it. */
const NAMED = sql`(coalesce(${webhookIn.hint} -> 'transactionIds', '[]') || coalesce(${webhookIn.hint} -> 'bitsoIds', '[]'))`;

/**
 * What was asked of Juno, Bitso and the chain for a payment, what they said of it, which webhooks named it, and who was told: oldest
 * first. Who may not read of people is shown no names, and CLABEs masked; secrets stand in none of these tables and are hidden besides.
 */
export async function readExchanges(
  db: Db,
  paymentId: string,
  canReadPeople: boolean,
): Promise<{ lines: Exchange[]; isAll: boolean }> {
  const [sent, claimed] = await Promise.all([
    db
      .select()
      .from(effect)
      .where(and(eq(effect.paymentId, paymentId), isNotNull(effect.firstSentAt)))
      .orderBy(asc(effect.firstSentAt))
      .limit(MOST),
    db
      .select({ source: evidence.source, id: evidence.externalId })
      .from(evidence)
      .where(isOf(db, paymentId))
      .limit(MOST),
  ]);
  const made = sent.flatMap(({ kind, externalId }) =>
    externalId === null || kind.startsWith('chain_')
      ? []
      : [{ source: kind === 'bitso_payout' ? 'bitso_withdrawal' : 'juno_transaction', id: externalId }],
  );
  const named = [...made, ...claimed].filter(({ source }) => source !== 'chain' && source !== 'settlement');
  const [answers, came, told] = await Promise.all([
    readAnswers(db, named),
    readCame(db, named),
    readTold(db, paymentId),
  ]);
  const lines: Exchange[] = [
    ...sent.map((row) => ({
      ...{ at: (row.firstSentAt ?? row.createdAt).toISOString(), source: 'request' as const },
      ...{ about: row.kind, status: row.state },
      detail: {
        ...{ effectId: row.id, attempt: row.attempt, sends: row.sends, idempotencyKey: row.key },
        ...(row.externalId !== null && { externalId: row.externalId }),
        request: shownRequest(row.request, canReadPeople),
      },
    })),
    ...answers.map(({ observedAt, resource, externalId, body }) => {
      const answer = redactText(body, canReadPeople);
      return {
        ...{ at: observedAt.toISOString(), source: 'answer' as const, about: resource, status: statusIn(answer) },
        detail: { externalId, answer },
      };
    }),
    ...came.map(({ id, source, sourceAddress, receivedAt, size, signature, hint }) => ({
      ...{ at: receivedAt.toISOString(), source: 'webhook_in' as const, about: source, status: statusIn(hint) },
      detail: {
        ...{ webhookId: id, signature, size, hint: redact(hint, canReadPeople) },
        ...(canReadPeople && { sourceAddress }),
      },
    })),
    ...told.map(({ event, delivery, url }) => ({
      ...{ at: event.createdAt.toISOString(), source: 'webhook_out' as const, about: event.type },
      status: delivery?.state ?? null,
      detail: {
        ...{ eventId: event.id, event: event.data },
        ...(delivery && { tries: delivery.tries, ...(canReadPeople && { url, error: delivery.error }) }),
      },
    })),
  ];
  // ISO text of the same zone sorts as time does, and the sort is stable.
  lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { lines, isAll: [sent, claimed, answers, came, told].every(({ length }) => length < MOST) };
}

type Named = Readonly<{ source: string; id: string }>;

const isOf = (db: Db, paymentId: string): SQL | undefined => {
  const legs = db
    .select({ id: sql<string>`${leg.id}::text` })
    .from(leg)
    .where(eq(leg.paymentId, paymentId));
  return or(
    and(eq(evidence.subjectKind, 'payment'), eq(evidence.subjectId, paymentId)),
    and(eq(evidence.subjectKind, 'leg'), inArray(evidence.subjectId, legs)),
  );
};

async function readAnswers(db: Db, named: readonly Named[]) {
  const which = Object.entries(RESOURCES).flatMap(([resource, source]) => {
    const ids = named.flatMap((one) => (one.source === source ? [one.id] : []));
    if (ids.length === 0) return [];
    const isIt = eq(junoObservation.resource, resource as keyof typeof RESOURCES);
    return [and(isIt, inArray(junoObservation.externalId, ids))];
  });
  if (which.length === 0) return [];
  return db
    .select()
    .from(junoObservation)
    .where(or(...which))
    .orderBy(desc(junoObservation.id))
    .limit(MOST);
}

async function readCame(db: Db, named: readonly Named[]) {
  if (named.length === 0) return [];
  const ids = sql`ARRAY[${sql.join(
    named.map(({ id }) => sql`${id}`),
    sql`, `,
  )}]::text[]`;
  return db.select().from(webhookIn).where(sql`${NAMED} ?| ${ids}`).orderBy(desc(webhookIn.id)).limit(MOST);
}

const readTold = (db: Db, paymentId: string) =>
  db
    .select({ event: webhookEvent, delivery: webhookDelivery, url: webhookEndpoint.url })
    .from(webhookEvent)
    .leftJoin(webhookDelivery, eq(webhookDelivery.eventId, webhookEvent.id))
    .leftJoin(webhookEndpoint, eq(webhookEndpoint.id, webhookDelivery.endpointId))
    .where(eq(webhookEvent.paymentId, paymentId))
    .orderBy(desc(webhookEvent.number))
    .limit(MOST);

/** What is sent to Juno is kept as the text that it is. */
function shownRequest(request: unknown, canReadPeople: boolean): unknown {
  const isText =
    typeof request === 'object' && request !== null && 'body' in request && typeof request.body === 'string';
  return isText ? redactText(String(request.body), canReadPeople) : redact(request, canReadPeople);
}

const statusIn = (answer: unknown): string | null => {
  if (typeof answer !== 'object' || answer === null) return null;
  const { status, summary_status: summary } = answer as Readonly<Record<string, unknown>>;
  const found = status ?? summary;
  return typeof found === 'string' ? found : null;
};
