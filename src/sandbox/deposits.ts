import { Hono } from 'hono';
import { z } from 'zod';
import { pesoAmount } from './amounts.ts';
import { isClabe, makeClabe } from './clabe-digits.ts';
import type { Clabes } from './clabes.ts';
import { zonelessText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { invalid } from './errors.ts';
import { amountSchema, readBody } from './json.ts';
import { claveRastreo } from './outbox.ts';
import { speiPage, speiPaging } from './pages.ts';
import { dayQuery, isWithinDays, readQuery } from './query.ts';

/** A SPEI deposit that came in. */
export type Deposit = {
  readonly fid: string;
  readonly depositId: string;
  readonly units: bigint;
  readonly receiverClabe: string;
  readonly receiverName: string;
  readonly senderClabe: string;
  readonly senderName: string;
  readonly trackingKey: string;
  /** It is money of a payout that came back. */
  readonly isRefund: boolean;
  readonly createdAt_ns: bigint;
  status: 'PENDING' | 'COMPLETE' | 'FAILED';
};

/** Where a sender that names no account banks: STP. */
const SENDER_PREFIX = '646180';

const listQuery = z.object({
  ...speiPaging,
  clabe_type: z.literal('AUTO_PAYMENT').optional(),
  deposit_status: z.enum(['COMPLETE', 'PENDING', 'FAILED']).optional(),
  start_date: dayQuery,
  end_date: dayQuery,
  only_refunds: z.stringbool().default(false),
  receiver_clabe: z.string().optional(),
  sender_clabe: z.string().optional(),
  timezone: z
    .string()
    .regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, 'must be an offset from UTC like -06:00')
    .optional(),
});

export type DepositsParameters = Readonly<{
  context: SandboxContext;
  clabes: Clabes;
  /** Is told of every deposit that arrives. */
  onDeposit: (deposit: Deposit) => void;
}>;

/** The SPEI deposits to the account's CLABEs. */
export function openDeposits({ context, clabes, onDeposit }: DepositsParameters) {
  const { clock, digits, switches, uuid } = context;
  const book: Deposit[] = [];
  const name = (what: string) =>
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine(
        (text) => switches.mockDepositNames === 'any' || text === switches.businessName,
        `${what} must be the registered business name`,
      );

  const mockSchema = z.object({
    amount: amountSchema(switches.requestAmount, 2),
    receiver_clabe: z.string().refine(clabes.has, 'is not a CLABE of this account'),
    receiver_name: name('receiver_name'),
    sender_name: name('sender_name'),
    sender_clabe: z.string().refine(isClabe, 'must be a CLABE of 18 digits with the right control digit').optional(),
    tracking_key: z
      .string()
      .regex(/^[A-Za-z0-9]{1,30}$/)
      .optional(),
    // SPEI's kinds of returns, as Bitso's twin of this endpoint takes them.
    refund_type: z.union([0, 16, 17, 18, 23, 24].map((kind) => z.literal(kind))).optional(),
  });

  /** Takes a deposit from the outside world. Throws an ApiError. */
  function receive(body: Buffer): Deposit {
    const fields = readBody(mockSchema, body);
    const createdAt_ns = clock.now_ns();
    const trackingKey = fields.tracking_key ?? claveRastreo(createdAt_ns, book.length + 1).replace('90710', '90646');
    if (book.some((deposit) => deposit.trackingKey === trackingKey)) {
      throw invalid({ field: 'tracking_key', message: 'was used before' });
    }
    const deposit: Deposit = {
      fid: uuid().replaceAll('-', ''),
      depositId: uuid(),
      units: fields.amount,
      receiverClabe: fields.receiver_clabe,
      receiverName: fields.receiver_name,
      senderClabe: fields.sender_clabe ?? makeClabe(SENDER_PREFIX, digits(11)),
      senderName: fields.sender_name,
      trackingKey,
      isRefund: fields.refund_type !== undefined,
      createdAt_ns,
      status: 'PENDING',
    };
    book.push(deposit);
    onDeposit(deposit);
    return deposit;
  }

  const item = (deposit: Deposit, offset_min: number = switches.serverUtcOffset_min) => ({
    fid: deposit.fid,
    deposit_id: deposit.depositId,
    amount: pesoAmount(deposit.units),
    currency: 'MXN',
    status: deposit.status,
    clabe_type: 'AUTO_PAYMENT',
    receiver_clabe: deposit.receiverClabe,
    receiver_name: deposit.receiverName,
    sender_clabe: deposit.senderClabe,
    sender_name: deposit.senderName,
    tracking_key: deposit.trackingKey,
    created_at: zonelessText(deposit.createdAt_ns, offset_min),
  });

  const routes = new Hono<HttpEnv>()
    .post('/spei/test/deposits', (c) => {
      const deposit = receive(c.get('body'));
      const { amount, tracking_key, sender_clabe, sender_name, receiver_clabe, receiver_name, created_at } =
        item(deposit);
      const payload = {
        amount,
        tracking_code: tracking_key,
        tracking_key,
        sender_clabe,
        sender_name,
        receiver_clabe,
        receiver_name,
        created_at,
      };
      return c.json({ success: true, payload });
    })
    .get('/spei/v1/deposits', (c) => {
      const query = readQuery(c, listQuery);
      const found = book.filter(
        (deposit) =>
          (query.deposit_status === undefined || deposit.status === query.deposit_status) &&
          (query.receiver_clabe === undefined || deposit.receiverClabe === query.receiver_clabe) &&
          (query.sender_clabe === undefined || deposit.senderClabe === query.sender_clabe) &&
          (!query.only_refunds || deposit.isRefund) &&
          isWithinDays(item(deposit).created_at, query.start_date, query.end_date),
      );
      if (switches.speiListOrder === 'newest_first') found.reverse();
      const page = speiPage(found, query, switches);
      const offset_min = query.timezone === undefined ? switches.serverUtcOffset_min : offsetMinutes(query.timezone);
      return c.json({ success: true, payload: { ...page, response: page.response.map((d) => item(d, offset_min)) } });
    });

  return { routes, receive, list: () => book.map((deposit) => item(deposit)) };
}

export type Deposits = ReturnType<typeof openDeposits>;

/** Minutes of "-06:00". */
function offsetMinutes(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return offset.startsWith('-') ? -minutes : minutes;
}
