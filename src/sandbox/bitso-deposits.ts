import { Hono } from 'hono';
import { z } from 'zod';
import { pesoAmount } from './amounts.ts';
import { participantOf } from './bitso-catalogue.ts';
import { offsetText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { type Deposit, masked, refundOf } from './deposits.ts';
import { ApiError } from './errors.ts';
import { readQuery } from './query.ts';

const PATH = '/spei/v2/deposits';
const MOST_ON_A_PAGE = 1_000;
const USUAL_ON_A_PAGE = 100;

const listQuery = z.object({
  page_token: z.string().max(100).optional(),
  next_page_token: z.string().max(100).optional(),
  page_size: z.coerce.number().int().min(1).max(MOST_ON_A_PAGE).default(USUAL_ON_A_PAGE),
  created_at_gte: z.iso.datetime({ offset: true }).optional(),
  receiver_clabe: z.string().optional(),
  sender_clabe: z.string().optional(),
  status: z.enum(['COMPLETE', 'PENDING', 'FAILED']).optional(),
  tracking_key: z.string().optional(),
  only_refunds: z.stringbool().default(false),
});

type Parameters = Readonly<{ context: SandboxContext; deposits: Readonly<{ book: () => readonly Deposit[] }> }>;

/**
 * Bitso's successor of the list of deposits (P/list-deposits): a cursor, from today 00:00 UTC on where nothing is said, and
 * `refunded_withdrawal` on what came back of a payout.
 */
export function openBitsoDeposits({ context: { clock, switches }, deposits }: Parameters) {
  const today_ms = () => Math.floor(clock.now_ms() / 86_400_000) * 86_400_000;

  const item = (deposit: Deposit) => ({
    fid: deposit.fid,
    status: deposit.status,
    amount: pesoAmount(deposit.units),
    currency: 'mxn',
    receiver_clabe: deposit.receiverClabe,
    receiver_name: deposit.receiverName,
    sender_clabe: deposit.senderClabe,
    sender_name: deposit.senderName,
    tracking_key: deposit.trackingKey,
    created_at: offsetText(deposit.createdAt_ns),
    ...(deposit.payout && refundOf(deposit.payout.order, switches.bitsoReturnOriginId)),
    errors: [],
  });

  /** As a webhook tells of it, with its sender masked (P/payload-funding). */
  const funding = ({ fid, status, units, createdAt_ns, senderClabe, senderName, trackingKey }: Deposit) => ({
    fid,
    status: status.toLowerCase(),
    created_at: offsetText(createdAt_ns),
    currency: 'mxn',
    method: 'praxis',
    method_name: 'SPEI Transfer',
    amount: pesoAmount(units),
    asset: 'mxn',
    network: 'spei',
    protocol: 'clabe',
    integration: 'praxis',
    details: {
      sender_name: senderName,
      sender_clabe: masked(senderClabe),
      sender_bank: participantOf(senderClabe),
      clave_rastreo: trackingKey,
      cep_link: '',
    },
  });

  const routes = new Hono<HttpEnv>().get(PATH, (c) => {
    const query = readQuery(c, listQuery);
    const from_ms = query.created_at_gte === undefined ? today_ms() : Date.parse(query.created_at_gte);
    const found = deposits
      .book()
      .filter(
        (deposit) =>
          deposit.listedAtBitsoFrom_ms <= clock.now_ms() &&
          deposit.createdAt_ns >= BigInt(from_ms) * 1_000_000n &&
          (query.receiver_clabe === undefined || deposit.receiverClabe === query.receiver_clabe) &&
          (query.sender_clabe === undefined || deposit.senderClabe === query.sender_clabe) &&
          (query.status === undefined || deposit.status === query.status) &&
          (query.tracking_key === undefined || deposit.trackingKey === query.tracking_key) &&
          (!query.only_refunds || deposit.isRefund || switches.bitsoOnlyRefunds === 'ignored'),
      );
    const token = query[switches.bitsoDepositsTokenParameter];
    const start = token === undefined ? 0 : found.findIndex(({ fid }) => fid === token) + 1;
    if (token !== undefined && start === 0) throw new ApiError(400, '0320', 'The page token is unknown');
    const page = found.slice(start, start + Math.min(query.page_size, switches.bitsoDepositsOnPage));
    const next = start + page.length < found.length ? page.at(-1)?.fid : null;
    const isTold = next !== null || switches.bitsoDepositsLastToken === 'null';
    const tokens = isTold ? { [switches.bitsoDepositsToken]: next } : {};
    return c.json({ success: true, payload: { [switches.bitsoDepositsEnvelope]: page.map(item), ...tokens } });
  });

  return { routes, funding };
}
