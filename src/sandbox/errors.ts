import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';

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

export const errorBody = ({ code, message, details }: Pick<ApiError, 'code' | 'message' | 'details'>) => ({
  success: false,
  error: { code, message, ...(details && { details }) },
});

/** Juno's own code for a body or query that it cannot take; its other 5-digit codes are not public. */
export const invalid = (...details: readonly ErrorDetail[]) =>
  new ApiError(400, '32002', 'Request validation failed', details);

export const invalidBy = (error: z.ZodError) =>
  invalid(...error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })));

export const notFound = (what: string) => new ApiError(404, '1401', `${what} was not found`);
export const insufficientBalance = () => new ApiError(400, '0379', 'The balance is insufficient');
