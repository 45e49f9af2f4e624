import { Hono } from 'hono';
import { z } from 'zod';
import { UNITS_PER_CENTAVO } from './amounts.ts';
import { isClabe, makeClabe } from './clabe-digits.ts';
import type { Clabes } from './clabes.ts';
import { offsetText, zonelessText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { invalid } from './errors.ts';
import { type Faults, saidOf } from './faults.ts';
import { amountSchema, readBody } from './json.ts';
import type { Movements } from './movements.ts';
import { claveRastreo, type SpeiOrder } from './outbox.ts';
import { speiPage, speiPaging } from './pages.ts';
import { dayQuery, isWithinDays, readQuery } from './query.ts';
import { amountOf } from './words.ts';

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
  /** The payout that came back, where the sandbox knows it; `door` is where it left. */
  readonly payout?: Readonly<{ door: 'juno' | 'bitso'; order: SpeiOrder }>;
  readonly createdAt_ns: bigint;
  readonly listedFrom_ms: number;
  readonly listedAtBitsoFrom_ms: number;
  status: 'PENDING' | 'COMPLETE' | 'FAILED';
};

/** Where a sender that names no account banks: STP. */
const SENDER_PREFIX = '646180';
/** Where the account's own CLABEs are that no list shows. */
const HIDDEN_PREFIX = '710180';
const LIST = '/spei/v1/deposits';
const BITSO_LIST = '/spei/v2/deposits';

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
  businessName: string;
  clabes: Clabes;
  faults: Faults;
  movements: Movements;
  /** Is told of every deposit that arrives. */
  onDeposit: (deposit: Deposit) => void;
}>;

/** The SPEI deposits to the account's CLABEs. */
export function openDeposits({ context, businessName, clabes, faults, movements, onDeposit }: DepositsParameters) {
  const { clock, digits, switches, uuid } = context;
  const book: Deposit[] = [];
  const hiddenClabe = makeClabe(HIDDEN_PREFIX, digits(11));
  const name = (what: string) =>
    z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine(
        (text) => switches.mockDepositNames === 'any' || text === businessName,
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
    const trackingKey = fields.tracking_key ?? newTrackingKey();
    if (book.some((deposit) => deposit.trackingKey === trackingKey)) {
      throw invalid({ field: 'tracking_key', message: 'was used before' });
    }
    const deposit = add({
      units: fields.amount,
      receiverClabe: fields.receiver_clabe,
      receiverName: fields.receiver_name,
      senderClabe: fields.sender_clabe ?? makeClabe(SENDER_PREFIX, digits(11)),
      senderName: fields.sender_name,
      trackingKey,
      isRefund: fields.refund_type !== undefined,
    });
    onDeposit(deposit);
    return deposit;
  }

  /** Money of a payout that its bank sent back. What left through Bitso lands there and makes nothing. */
  function takeBack(door: 'juno' | 'bitso', order: SpeiOrder): Deposit {
    const isToFirst = door === 'juno' && switches.returnReceiver === 'first_clabe';
    const deposit = add({
      units: BigInt(order.amount_centavos) * UNITS_PER_CENTAVO,
      receiverClabe: (isToFirst && clabes.first()) || hiddenClabe,
      receiverName: businessName,
      senderClabe: order.clabe,
      senderName: order.recipient_name,
      trackingKey:
        door === 'juno' && switches.returnReference === 'tracking_key' ? order.clave_rastreo : newTrackingKey(),
      isRefund: true,
      payout: { door, order },
    });
    if (door === 'bitso') deposit.status = 'COMPLETE';
    else onDeposit(deposit);
    return deposit;
  }

  type Fields = Omit<
    Deposit,
    'fid' | 'depositId' | 'createdAt_ns' | 'listedFrom_ms' | 'listedAtBitsoFrom_ms' | 'status'
  >;
  function add(fields: Fields): Deposit {
    const lagOf = (list: string) => faults.strike('list_lag', `GET ${list}`, saidOf(fields.units))?.ms ?? 0;
    const lag_ms = switches.depositListLag_ms + lagOf(LIST);
    const bitsoLag_ms = switches.bitsoDepositsLag_ms + lagOf(BITSO_LIST);
    const deposit: Deposit = {
      fid: uuid().replaceAll('-', ''),
      depositId: uuid(),
      ...fields,
      createdAt_ns: clock.now_ns(),
      listedFrom_ms: clock.now_ms() + lag_ms,
      listedAtBitsoFrom_ms: clock.now_ms() + bitsoLag_ms,
      status: 'PENDING',
    };
    book.push(deposit);
    if (deposit.isRefund && deposit.payout?.door !== 'bitso' && switches.returnShown !== 'deposit')
      addMovement(deposit);
    return deposit;
  }

  /** The “redemption refund” of J/list-financial-movements. */
  function addMovement(deposit: Deposit): void {
    const { units, createdAt_ns, depositId, payout, trackingKey } = deposit;
    movements.add({
      type: 'FUNDING',
      transactionId: (switches.movementRefundOf === 'redemption' && payout?.order.transaction_id) || depositId,
      units,
      currency: 'MXN',
      createdAt_ns,
      read: () => ({
        status: deposit.status,
        updatedAt_ns: createdAt_ns,
        detail: { transaction_type: 'REDEMPTION_REFUND', method: 'SPEI', tracking_key: trackingKey },
      }),
    });
  }

  const newTrackingKey = () => claveRastreo(clock.now_ns(), book.length + 1).replace('90710', '90646');

  /** Whether the older list shows it. */
  const isListed = ({ isRefund, payout, listedFrom_ms }: Deposit): boolean =>
    listedFrom_ms <= clock.now_ms() &&
    (payout?.door === 'bitso' ? switches.bitsoReturnInV1 : !isRefund || switches.returnShown !== 'movement');

  const time = (time_ns: bigint, offset_min: number): string =>
    switches.depositTime === 'utc' ? offsetText(time_ns).replace('+00:00', 'Z') : zonelessText(time_ns, offset_min);

  const senderClabe = ({ senderClabe }: Deposit) =>
    switches.depositSenderClabe === 'absent'
      ? {}
      : { sender_clabe: switches.depositSenderClabe === 'masked' ? masked(senderClabe) : senderClabe };

  const item = (deposit: Deposit, offset_min: number = switches.serverUtcOffset_min) => ({
    ...(switches.depositIds !== 'deposit_id' && { fid: deposit.fid }),
    ...(switches.depositIds !== 'fid' && { deposit_id: deposit.depositId }),
    amount: amountOf(switches.depositAmount, deposit.units),
    currency: 'MXN',
    status: switches.depositStatus === 'complete' ? deposit.status.toLowerCase() : deposit.status,
    clabe_type: 'AUTO_PAYMENT',
    receiver_clabe: deposit.receiverClabe,
    receiver_name: deposit.receiverName,
    ...senderClabe(deposit),
    sender_name: deposit.senderName,
    ...(switches.depositTrackingKey && { tracking_key: deposit.trackingKey }),
    ...(deposit.payout && switches.returnReference === 'refunded_withdrawal' && refundOf(deposit.payout.order)),
    created_at: time(deposit.createdAt_ns, offset_min),
  });

  const routes = new Hono<HttpEnv>()
    .post('/spei/test/deposits', (c) => {
      const deposit = receive(c.get('body'));
      const payload = {
        amount: amountOf('string', deposit.units),
        tracking_code: deposit.trackingKey,
        tracking_key: deposit.trackingKey,
        sender_clabe: deposit.senderClabe,
        sender_name: deposit.senderName,
        receiver_clabe: deposit.receiverClabe,
        receiver_name: deposit.receiverName,
        created_at: zonelessText(deposit.createdAt_ns, switches.serverUtcOffset_min),
      };
      return c.json({ success: true, payload });
    })
    .get(LIST, (c) => {
      const query = readQuery(c, listQuery);
      const found = book.filter(
        (deposit) =>
          isListed(deposit) &&
          (query.deposit_status === undefined || deposit.status === query.deposit_status) &&
          (query.receiver_clabe === undefined || deposit.receiverClabe === query.receiver_clabe) &&
          (query.sender_clabe === undefined || deposit.senderClabe === query.sender_clabe) &&
          (!query.only_refunds || deposit.isRefund) &&
          isWithinDays(
            zonelessText(deposit.createdAt_ns, switches.serverUtcOffset_min),
            query.start_date,
            query.end_date,
          ),
      );
      if (switches.speiListOrder === 'newest_first') found.reverse();
      const page = speiPage(found, query, switches);
      const offset_min = query.timezone === undefined ? switches.serverUtcOffset_min : offsetMinutes(query.timezone);
      return c.json({ success: true, payload: { ...page, response: page.response.map((d) => item(d, offset_min)) } });
    });

  return {
    routes,
    receive,
    takeBack,
    book: (): readonly Deposit[] => book,
    list: () => book.map((deposit) => item(deposit)),
    /** Pesos that came from outside, in base units; what came back of a payout is not among them. */
    receivedUnits: (): bigint => book.reduce((sum, { units, payout }) => (payout ? sum : sum + units), 0n),
  };
}

export type Deposits = ReturnType<typeof openDeposits>;

/** Minutes of "-06:00". */
function offsetMinutes(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return offset.startsWith('-') ? -minutes : minutes;
}

/** What joins a refund to its payout (P/list-deposits). */
export const refundOf = ({ transaction_id, clave_rastreo, origin_id }: SpeiOrder, hasOriginId = true) => ({
  refunded_withdrawal: {
    wid: transaction_id,
    tracking_key: clave_rastreo,
    ...(hasOriginId && origin_id !== undefined && { origin_id }),
  },
});

/** "*****0606032******", as P/payload-funding prints a sender. */
export const masked = (clabe: string): string => `*****${clabe.slice(5, 12)}******`;
