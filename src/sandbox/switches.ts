import { z } from 'zod';
import { ACCESS_POINTS } from './switch-points/access.ts';
import { BITSO_POINTS } from './switch-points/bitso.ts';
import { MINT_POINTS } from './switch-points/mint.ts';
import type { Point } from './switch-points/point.ts';
import { SPEI_POINTS } from './switch-points/spei.ts';
import { WEBHOOK_POINTS } from './switch-points/webhooks.ts';

/**
 * One switch for each point on which the public documents are silent, with all its answers; what is built upon this API must
 * work under each of them. `J/x` is docs.bitso.com/juno/docs/x, `JR/x` docs.bitso.com/juno/reference/x, `A/x`
 * docs.bitso.com/bitso-api/docs/x, `P/x` docs.bitso.com/bitso-payouts-funding/docs/x.
 */
export const SWITCHES = { ...ACCESS_POINTS, ...SPEI_POINTS, ...MINT_POINTS, ...BITSO_POINTS, ...WEBHOOK_POINTS };

export type SwitchName = keyof typeof SWITCHES;
export type Switches = { readonly [Name in SwitchName]: (typeof SWITCHES)[Name]['answers'][number] };

/** The names, for whoever goes through them all. */
export const SWITCH_NAMES = Object.keys(SWITCHES) as SwitchName[];

const points: readonly [string, Point<string | number | boolean>][] = Object.entries(SWITCHES);

const answerSchema = ({ answers, range }: Point<string | number | boolean>) =>
  (range ? z.int().min(range[0]).max(range[1]) : z.literal(answers)).default(answers[0] as never);

/** A JSON object of switches; what it leaves out is as chosen here. A name or an answer that is not known is refused. */
export const switchesSchema = z
  .strictObject(Object.fromEntries(points.map(([name, point]) => [name, answerSchema(point)])), {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `no switch is called ${issue.keys.join(', ')}; there are ${SWITCH_NAMES.join(', ')}`
        : undefined,
  })
  // The schema is made of the table that the type is made of, which the compiler cannot follow.
  .transform((switches) => switches as unknown as Switches);

/** Every switch with its page, what that page leaves open, its answers, and the answer that it has here. */
export const listSwitches = (switches: Switches) =>
  points.map(([name, point]) => ({ name, ...point, chosen: switches[name as SwitchName] }));
