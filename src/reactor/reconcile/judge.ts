/** The life of a break: when a finding becomes one, when it stops money, when it is over. Pure. */
import { type Finding, sidesOf } from './finding.ts';
import { type Bounds, type BreakKind, KINDS, patienceOf, type Side } from './kinds.ts';

export type OpenBreak = Readonly<{
  id: string;
  kind: BreakKind;
  subject: string;
  paymentId: string | null;
  firstSeen: Date;
  /** How much was missing when it last stopped something; zero where it never did. */
  stoppedFor: bigint;
}>;

/** What was seen and is no break yet, by subject: since when. */
export type Suspects = Readonly<Record<string, string>>;

export type Judging = Readonly<{
  now: Date;
  bounds: Bounds;
  findings: readonly Finding[];
  /** The sides that could be read in this look. */
  read: ReadonlySet<Side>;
  open: readonly OpenBreak[];
  suspects: Suspects;
  explained: ReadonlyMap<string, string>;
}>;

export type Judged = Readonly<{
  opened: readonly Readonly<{ finding: Finding; firstSeen: Date; stops: boolean }>[];
  stayed: readonly Readonly<{ open: OpenBreak; finding: Finding; stops: boolean }>[];
  closed: readonly Readonly<{ open: OpenBreak; because: string }>[];
  suspects: Suspects;
}>;

/**
 * A finding is a break once it has lasted its patience, and is opened once. While it stays it is changed; a shortfall that stays
 * unexplained stops what it concerns, once, and again when more is missing. It is over when it is found no more by a look that read all
 * the sides it is of: a side that could not be read closes nothing.
 */
export function judge({ now, bounds, findings, read, open, suspects, explained }: Judging): Judged {
  const bySubject = new Map(findings.map((finding) => [finding.subject, finding]));
  const opens = new Map(open.map((one) => [one.subject, one]));
  const age = (since: Date) => now.getTime() - since.getTime();
  const stops = ({ kind, shortfall, switches }: Finding, since: Date, stoppedFor: bigint): boolean =>
    KINDS[kind].isShortfall && switches.length > 0 && age(since) >= bounds.stop_ms && shortfall > stoppedFor;

  const isRead = (one: Pick<OpenBreak, 'kind' | 'subject'>) => sidesOf(one).every((side) => read.has(side));

  const opened: Judged['opened'][number][] = [];
  const stayed: Judged['stayed'][number][] = [];
  const left: Record<string, string> = {};
  for (const finding of bySubject.values()) {
    const there = opens.get(finding.subject);
    if (there) {
      stayed.push({ open: there, finding, stops: stops(finding, there.firstSeen, there.stoppedFor) });
      continue;
    }
    const suspected = suspects[finding.subject];
    const firstSeen = finding.since ?? (suspected === undefined ? now : new Date(suspected));
    if (age(firstSeen) >= patienceOf(finding.kind, bounds))
      opened.push({ finding, firstSeen, stops: stops(finding, firstSeen, 0n) });
    else left[finding.subject] = firstSeen.toISOString();
  }
  // What a look could not see is suspected as before.
  for (const [subject, since] of Object.entries(suspects))
    if (!bySubject.has(subject) && !explained.has(subject) && !isRead(ofSuspect(subject))) left[subject] = since;
  const closed = open
    .filter((one) => !bySubject.has(one.subject))
    .filter((one) => explained.has(one.subject) || isRead(one))
    .map((one) => ({ open: one, because: explained.get(one.subject) ?? KINDS[one.kind].over }));
  return { opened, stayed, closed, suspects: left };
}

const ofSuspect = (subject: string) => ({ kind: subject.slice(0, subject.indexOf(':')) as BreakKind, subject });
