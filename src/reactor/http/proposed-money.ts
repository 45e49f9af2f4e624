import { eq, inArray, or } from 'drizzle-orm';
import { z } from 'zod';
import { maskClabe } from '../../money/clabe.ts';
import { centavos, formatDecimal } from '../../money/money.ts';
import type { Db } from '../db/client.ts';
import { destination, dispute, effect, leg, payment } from '../db/schema.ts';
import { BEFORE_RELEASE, isLive } from '../payment/states.ts';
import { maskName } from '../people/mask-name.ts';

type Proposal = Readonly<{ id: string; command: string; subject: string; parameters: Record<string, unknown> }>;
type LegRow = typeof leg.$inferSelect;
type Account = Readonly<{ clabe: string; legalName: string }>;

/** What the parameters of the commands name, wherever they name it. */
const NAMED = z.object({ destinationId: z.uuid().optional(), paymentId: z.uuid().optional() });
const NAMES = NAMED.extend({ what: z.string().optional(), parts: z.array(NAMED).default([]) });

/** The money that each proposal is about as it stands now, so that nobody approves what they do not see. `isWhole`: accounts are told in full. */
export async function readProposedMoney(db: Db, proposals: readonly Proposal[], isWhole: boolean) {
  const asked = proposals.map((one) => {
    const names = NAMES.safeParse(one.parameters).data;
    const subjectId = one.subject.slice(one.subject.indexOf(':') + 1);
    return { ...one, subjectId, what: names?.what, named: names ? [names, ...names.parts] : [] };
  });
  const idsOf = (kind: string) => asked.flatMap((one) => (one.subject.startsWith(`${kind}:`) ? one.subjectId : []));
  const [effects, disputes] = await Promise.all([
    db
      .select()
      .from(effect)
      .where(inArray(effect.id, idsOf('effect'))),
    db
      .select()
      .from(dispute)
      .where(inArray(dispute.id, idsOf('dispute'))),
  ]);
  const legOfEffect = new Map(effects.flatMap((e) => (e.subjectKind === 'leg' ? [[e.id, e.subjectId] as const] : [])));
  const paymentOfDispute = new Map(disputes.map(({ id, paymentId }) => [id, paymentId]));
  const named = asked.flatMap((one) => one.named);
  const paymentIds = [...idsOf('payment'), ...paymentOfDispute.values(), ...named.flatMap((n) => n.paymentId ?? [])];
  const destinationIds = named.flatMap((n) => n.destinationId ?? []);
  const [rows, destinations] = await Promise.all([
    db
      .select({ leg, payment, account: destination })
      .from(leg)
      .innerJoin(payment, eq(payment.id, leg.paymentId))
      .innerJoin(destination, eq(destination.id, leg.destinationId))
      .where(or(inArray(leg.id, [...idsOf('leg'), ...legOfEffect.values()]), inArray(leg.paymentId, paymentIds)))
      .orderBy(leg.createdAt, leg.id),
    db.select().from(destination).where(inArray(destination.id, destinationIds)),
  ]);
  const shown = ({ clabe, legalName }: Account): Account =>
    isWhole ? { clabe, legalName } : { clabe: maskClabe(clabe), legalName: maskName(legalName) };
  return asked.map((one) => {
    const [legId, paymentId] = [legOfEffect.get(one.subjectId) ?? one.subjectId, paymentOfDispute.get(one.subjectId)];
    const of = new Set([paymentId ?? one.subjectId, ...one.named.flatMap((n) => n.paymentId ?? [])]);
    const meant = rows.filter(({ leg: row }) => row.id === legId || (of.has(row.paymentId) && isMeant(one, row)));
    const accounts = one.named.flatMap((n) => destinations.find(({ id }) => id === n.destinationId) ?? []);
    return {
      payments: [...new Map(meant.map((m) => [m.payment.id, { id: m.payment.id, number: m.payment.number }])).values()],
      parts: meant.map(({ leg: { id, kind, state, amount }, account }) => ({
        ...{ legId: id, kind, state, amount: formatDecimal(centavos(amount)), account: shown(account) },
      })),
      accounts: accounts.map(shown),
    };
  });
}

type Wanted = Readonly<{
  command: Readonly<{ name: string; subjectKind: string }>;
  subjectId: string;
  parameters: object;
}>;

/** The same of what one is about to propose, in full; `account` is the one that it names and nobody wrote down yet. */
export async function readWantedMoney(db: Db, { command, subjectId, parameters }: Wanted, account: Account | null) {
  const known = Object.entries(parameters).filter(([name]) => name !== 'destinationId');
  const wanted = { command: command.name, subject: `${command.subjectKind}:${subjectId}` };
  const [money] = await readProposedMoney(db, [{ id: '', ...wanted, parameters: Object.fromEntries(known) }], true);
  const { payments, parts } = money ?? { payments: [], parts: [] };
  return { payments, parts, accounts: account ? [{ clabe: account.clabe, legalName: account.legalName }] : [] };
}

/** Whether a command on a whole payment is about this leg of it. */
function isMeant({ command, what }: Readonly<{ command: string; what?: string | undefined }>, row: LegRow): boolean {
  if (command === 'payment release') return row.kind === 'custody' && BEFORE_RELEASE.has(row.state);
  if (command === 'payment refund')
    return isLive(row.state) && row.kind !== 'refund' && (what === 'full' || row.kind === 'custody');
  return isLive(row.state);
}
