/** Business days: calendar days in Mexico City, whose midnight is not that of UTC. */
import { z } from 'zod';

export const ZONE = 'America/Mexico_City';

/** A day as it is written, `2026-11-26`, that exists. */
export const DAY = z.iso.date('is a day such as 2026-11-26');

const PARTS = new Intl.DateTimeFormat('en-CA', {
  ...{ timeZone: ZONE, hourCycle: 'h23' },
  ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
});

/** What a clock on the wall in Mexico City shows, as if it were UTC. */
function wall_ms(at: Date): number {
  const parts = Object.fromEntries(PARTS.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute, second } = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The business day of a moment. */
export const dayOf = (at: Date): string => new Date(wall_ms(at)).toISOString().slice(0, 10);

/** The moment at which a business day begins. */
export function startOf(day: string): Date {
  const midnight_ms = Date.parse(`${day}T00:00:00Z`);
  // The zone’s distance from UTC is that of the moment itself, which is at most a day away: looked up twice, it is right on both sides of a change.
  const near = new Date(midnight_ms - (wall_ms(new Date(midnight_ms)) - midnight_ms));
  return new Date(near.getTime() - (wall_ms(near) - midnight_ms));
}

const DAY_MS = 86_400_000;
const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
export const nextDay = (day: string): string => daysAfter(day, 1);
export const dayBefore = (day: string): string => daysAfter(day, -1);
