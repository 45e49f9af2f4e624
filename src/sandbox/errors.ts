import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { HttpEnv } from './context.ts';
import { jsonNumber } from './json-number.ts';
import type { Switches } from './switches.ts';

export type ErrorDetail = Readonly<{ field: string; message: string }>;

/** A refusal, as the envelope `{success: false, error: {code, message, details?}}` carries it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly details: readonly ErrorDetail[] | undefined;

  constructor(status: ContentfulStatusCode, code: string, message: string, details?: readonly ErrorDetail[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** Answers with an error. Bitso's form is documented (A/general-concepts); Juno's is as the switches say. */
export function errorAnswer(c: Context<HttpEnv>, error: ApiError, switches: Switches): Response {
  const { code, message, details } = error;
  const isOfJuno = !isBitso(c.req.path) && !c.req.path.startsWith('/sandbox/');
  if (!isOfJuno) return c.json({ success: false, error: { code, message, ...(details && { details }) } }, error.status);
  const isInvalid = code === INVALID;
  const shownCode = isInvalid ? switches.validationCode : code;
  const shown = {
    code: switches.errorCodeType === 'number' ? jsonNumber(String(Number(shownCode))) : shownCode,
    message,
    ...(details && switches.errorDetails !== 'absent' && { details: detailsOf(details, switches) }),
  };
  const status =
    code === NOT_FOUND
      ? switches.notFoundStatus
      : isInvalid && error.status === 400
        ? switches.validationStatus
        : error.status;
  return c.json(switches.errorEnvelope === 'errors' ? { errors: [shown] } : { success: false, error: shown }, status);
}

/** The paths of Bitso's own product, which is documented apart from Juno's. */
export const isBitso = (path: string): boolean => /^(\/api)?\/v3\//.test(path);

const detailsOf = (details: readonly ErrorDetail[], { errorDetails }: Switches) =>
  errorDetails === 'strings' ? details.map(({ field, message }) => `${field}: ${message}`) : details;

/** Juno's own code for a body or query that it cannot take; its other 5-digit codes are not public. */
const INVALID = '32002';
export const invalid = (...details: readonly ErrorDetail[]) =>
  new ApiError(400, INVALID, 'Request validation failed', details);

export const invalidBy = (error: z.ZodError) =>
  invalid(...error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })));

const NOT_FOUND = '1401';
export const notFound = (what: string) => new ApiError(404, NOT_FOUND, `${what} was not found`);
export const insufficientBalance = ({ insufficientBalanceCode }: Switches) =>
  new ApiError(400, insufficientBalanceCode, 'The balance is insufficient');
export const unknownError = () => new ApiError(500, '0101', 'Unknown error');
