import { z } from 'zod';

/** The name of a person or a company, as a bank would print it. */
export const PERSON_NAME = z
  .string('is missing')
  .trim()
  .min(1, 'is empty')
  .max(120, 'has more than 120 characters')
  .regex(/^[\p{L}\p{M}\p{N} .,'’&()/-]*$/u, 'has characters that no bank accepts in a name');

/** Why a command is given, for the audit log. */
export const REASON = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(200, 'has more than 200 characters')
  .default('asked for through the API');
