import { parse, stringify } from 'lossless-json';
import { z } from 'zod';

/** Parses JSON with every number as the text it was written as: nothing passes through a float. Throws a SyntaxError. */
export const parseJson = (text: string): unknown => parse(text, undefined, (digits) => digits);

/** JSON text of a value that `parseJson` made: what was a number is text now, its digits untouched. */
export const printJson = (value: unknown): string => stringify(value) ?? 'null';

/** A field that Juno writes as a number here and as text there; `parseJson` has made text of both. */
export const textual = z.string();
export const optionalText = textual.nullish().transform((value) => value ?? null);
