import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import type { GET_HISTORY } from '../../../reactor/http/routes/overview.ts';
import { STATION_NAMES, STATIONS } from '../payments-filters.ts';

export type Point = AnswerOf<typeof GET_HISTORY>['points'][number];

/** What a bar counts, in its order: the legs open at its end at each station, and those that came to an end in it. */
const COUNTED: readonly (readonly [string, (point: Point) => number])[] = [
  ...STATION_NAMES.filter((station) => station !== 'completed').map((station) => {
    const states: readonly string[] = STATIONS[station];
    const of = ({ legs }: Point) => legs.reduce((sum, leg) => sum + (states.includes(leg.state) ? leg.count : 0), 0);
    return [station, of] as const;
  }),
  ['completed', ({ completed }) => completed],
  ['ended', ({ ended }) => ended],
];

/** One number of each that is anywhere in that time. An hour in which all came and went is no empty one. */
export function countsOf(points: readonly Point[]) {
  const shown = COUNTED.filter(([, of]) => points.some((point) => of(point) > 0));
  return {
    stations: shown.map(([station]) => station),
    rows: points.map((point) => ({ from: point.from, values: shown.map(([, of]) => of(point)) })),
  };
}
