/** A route as one declaration, from which it is served, written down (openapi.ts) and called (client.ts). Loads no server. */
import { z } from 'zod';
import type { Role } from '../../people/roles.ts';

type Declared = Readonly<{
  /** Its name for those who call it, and for the document. */
  id: string;
  /** Under /api/v1, with its parameters in braces. */
  path: `/${string}`;
  /** What it is about, as the document groups it. */
  tag: string;
  summary: string;
  /** Whose key it answers. */
  roles: readonly Role[];
  body?: z.ZodType;
  answer: z.ZodType;
}>;
/** Changes nothing. One with a body asks what is too long for a path. */
export type Question = Declared &
  Readonly<{
    method: 'get' | 'post';
    query?: z.ZodObject;
    /** Of an answer that is text and no JSON: what it is. */
    media?: 'text/csv' | 'text/html';
  }>;
/** Changes something, once for each Idempotency-Key. With a `plan` it can be only checked, by `?dryRun=true`: what is known then. */
export type Command = Declared &
  Readonly<{
    method: 'post' | 'put' | 'delete';
    status: 200 | 201;
    body: z.ZodType;
    plan?: z.ZodType;
    /** It does nothing but propose: a second person does it. Where it depends, the answer has a `proposal`, or null. */
    proposes?: true;
  }>;
export type Route = Question | Command;

export const isCommand = (route: Route): route is Command => 'status' in route;

/** Declare a route, with its types. */
export const question = <const R extends Question>(declared: R): R => declared;
export const command = <const R extends Command>(declared: R): R => declared;

/** The parameters in the path of a route, as text. */
export type ParametersOf<R extends Route> = Readonly<Record<NamesIn<R['path']>, string>>;
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
export const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

/** Whether a command is only to be checked. */
export const DRY_RUN = z.strictObject({
  dryRun: z
    .enum(['true', 'false'], 'is true or false')
    .default('false')
    .transform((text) => text === 'true'),
});
