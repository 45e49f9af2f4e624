import { z } from 'zod';
import { clabeSchema } from './clabes.ts';
import { amountText } from './money.ts';
import { TRANSACTION_TYPES } from './transactions.ts';

const wholeNumber = z.string().regex(/^\d{1,6}$/, 'must be a whole number').transform(Number);
const date = z.iso.date();

/** Query of the SPEI lists (juno/docs/list-deposits-made, list-created-clabes). Days are UTC here. */
export const speiQuerySchema = z.object({
  clabe_type: z.literal('AUTO_PAYMENT').optional(),
  deposit_status: z.enum(['COMPLETE', 'PENDING', 'FAILED']).optional(),
  start_date: date.optional(),
  end_date: date.optional(),
  only_refunds: z.stringbool().default(false),
  receiver_clabe: clabeSchema.optional(),
  sender_clabe: clabeSchema.optional(),
  page: wholeNumber.pipe(z.number().min(1)).default(1),
  page_size: wholeNumber.pipe(z.number().min(1).max(100)).default(25),
});
export type SpeiQuery = z.infer<typeof speiQuerySchema>;

/** Query of `GET /mint_platform/v1/transactions`: what is documented, and the page parameters that public clients send. */
export const transactionsQuerySchema = z.object({
  type: z.enum(TRANSACTION_TYPES).optional(),
  isoDateFrom: z.iso.datetime().optional(),
  isoDateTo: z.iso.datetime().optional(),
  amountFrom: amountText.optional(),
  amountTo: amountText.optional(),
  page: wholeNumber.default(0),
  size: wholeNumber.pipe(z.number().min(1).max(100)).default(20),
  sort: z.enum(['createdAt,DESC', 'createdAt,ASC']).default('createdAt,DESC'),
});
export type TransactionsQuery = z.infer<typeof transactionsQuerySchema>;

export const isWithinDays = (ms: number, { start_date, end_date }: SpeiQuery): boolean => {
  const day = new Date(ms).toISOString().slice(0, 10);
  return (start_date === undefined || day >= start_date) && (end_date === undefined || day <= end_date);
};

/** SPEI's page: numbered from 1, its counters are strings. */
export const speiPage = <T>(items: readonly T[], { page, page_size }: SpeiQuery, body: (item: T) => object): object => ({
  total_items: String(items.length),
  total_pages: String(Math.max(1, Math.ceil(items.length / page_size))),
  current_page: String(page),
  page_size: String(page_size),
  response: items.slice((page - 1) * page_size, page * page_size).map(body),
});

/** Spring's page: numbered from 0. */
export const springPage = <T>(
  items: readonly T[],
  { page, size }: TransactionsQuery,
  body: (item: T) => object,
): object => ({
  content: items.slice(page * size, (page + 1) * size).map(body),
  totalElements: items.length,
  totalPages: Math.ceil(items.length / size),
  number: page,
  size,
});
