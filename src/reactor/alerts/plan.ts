/** What is told: that something is wrong, that it still is, that it is over. Pure. */
import type { Verdict } from './judge.ts';
import type { Alert, AlertKind } from './kinds.ts';

export type OpenAlert = Readonly<{
  id: string;
  key: string;
  kind: AlertKind;
  sentence: string;
  tellings: number;
  repeatAt: Date;
}>;

export type Plan = Readonly<{
  raise: readonly Alert[];
  /** Told again, with the words of now. */
  repeat: readonly Readonly<{ open: OpenAlert; alert: Alert }>[];
  /** Not told again; whoever looks reads the figures of now. */
  reword: readonly Readonly<{ open: OpenAlert; alert: Alert }>[];
  close: readonly OpenAlert[];
}>;

const LONGEST_S = 86_400;

/** How long until it is told again after so many times: twice as long each time, at most a day. */
export const pause_s = (first_s: number, tellings: number): number =>
  Math.min(first_s * 2 ** Math.min(tellings - 1, 30), Math.max(LONGEST_S, first_s));

/** An alert is raised once for its key, repeated when its time has come, and closed once it is seen to be gone: never because nothing was seen. */
export function planTellings({ alerts, unseen }: Verdict, open: readonly OpenAlert[], now: Date): Plan {
  const known = new Map(open.map((one) => [one.key, one]));
  const wrong = new Set(alerts.map(({ key }) => key));
  const still = alerts.flatMap((alert) => {
    const one = known.get(alert.key);
    return one ? [{ open: one, alert }] : [];
  });
  return {
    raise: alerts.filter(({ key }) => !known.has(key)),
    repeat: still.filter(({ open: { repeatAt } }) => repeatAt <= now),
    reword: still.filter(({ open: { repeatAt, sentence }, alert }) => repeatAt > now && alert.sentence !== sentence),
    close: open.filter(({ key, kind }) => !wrong.has(key) && !unseen.has(kind)),
  };
}
