import { type Context, Hono } from 'hono';
import { pesoAmount } from './amounts.ts';
import type { BitsoBalance } from './bitso-balance.ts';
import { METHODS, participantOf } from './bitso-catalogue.ts';
import { type BitsoOrder, readBitsoOrder } from './bitso-fields.ts';
import { offsetText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError } from './errors.ts';
import { type Faults, saidOf } from './faults.ts';
import type { Outbox, SpeiOrder } from './outbox.ts';
import type { Returns } from './returns.ts';

const PATH = '/v3/withdrawals';
const ENDPOINT = `POST ${PATH}`;
const MOST_ON_A_PAGE = 100;
const USUAL_ON_A_PAGE = 25;

type BitsoWithdrawal = {
  readonly wid: string;
  readonly order: BitsoOrder;
  readonly createdAt_ns: bigint;
  readonly listedFrom_ms: number;
  status: 'pending' | 'processing' | 'complete' | 'failed';
  trackingKey?: string;
  failReason?: string;
};

export type BitsoWithdrawalsParameters = Readonly<{
  context: SandboxContext;
  bitsoBalance: BitsoBalance;
  faults: Faults;
  outbox: Outbox;
  returns: Returns;
  bitsoDelay_ms: number;
  /** Is told of every status that a withdrawal takes, as the API shows it. */
  onChange: (withdrawal: object) => void;
  onReturned: (order: SpeiOrder) => void;
}>;

/** Bitso's v3 withdrawals of pesos, from the Bitso balance (P/mxn-withdrawals, P/list-your-withdrawals). */
export function openBitsoWithdrawals(parameters: BitsoWithdrawalsParameters) {
  const { context, bitsoBalance, faults, outbox, returns, bitsoDelay_ms, onChange, onReturned } = parameters;
  const { clock, sleep, run, switches, uuid } = context;
  const book: BitsoWithdrawal[] = [];

  function create(order: BitsoOrder): BitsoWithdrawal {
    const earlier = order.originId === undefined ? undefined : book.find((w) => w.order.originId === order.originId);
    if (earlier && switches.bitsoOriginId === 'return_original') return earlier;
    if (earlier && switches.bitsoOriginId === 'refuse')
      throw new ApiError(switches.bitsoOriginIdStatus, '0304', 'The field origin_id was used before');
    bitsoBalance.reserve(order.units);
    const lag_ms = faults.strike('list_lag', `GET ${PATH}`, saidOf(order.units))?.ms ?? 0;
    const withdrawal: BitsoWithdrawal = {
      wid: uuid().replaceAll('-', ''),
      order,
      createdAt_ns: clock.now_ns(),
      listedFrom_ms: clock.now_ms() + switches.bitsoListLag_ms + lag_ms,
      status: 'pending',
    };
    book.push(withdrawal);
    tell(withdrawal);
    run('Bitso withdrawal', () => pay(withdrawal));
    return withdrawal;
  }

  async function pay(withdrawal: BitsoWithdrawal): Promise<void> {
    const { order } = withdrawal;
    await sleep(bitsoDelay_ms / 2);
    withdrawal.trackingKey = outbox.newTrackingKey();
    move(withdrawal, 'processing');
    await sleep(bitsoDelay_ms / 2);
    if (faults.strike('fail_payout', ENDPOINT, saidOf(order.units))) {
      bitsoBalance.release(order.units);
      withdrawal.failReason = 'The receiving bank refused the account';
      return move(withdrawal, 'failed');
    }
    bitsoBalance.spend(order.units);
    const sent = outbox.send({
      kind: order.protocol === 'nvio-clabe' ? 'bitso_transfer' : 'bitso_withdrawal',
      transactionId: withdrawal.wid,
      clabe: order.clabe,
      recipientName: order.beneficiary ?? '',
      units: order.units,
      trackingKey: withdrawal.trackingKey,
      concept: order.notes,
      numericReference: order.numericReference,
      originId: order.originId,
      onReturned: (returned) => takeBack(withdrawal, returned),
    });
    move(withdrawal, 'complete');
    returns.perhaps(ENDPOINT, sent);
  }

  function takeBack(withdrawal: BitsoWithdrawal, order: SpeiOrder): void {
    bitsoBalance.add(withdrawal.order.units);
    onReturned(order);
    if (switches.bitsoReturnStatus === 'failed') {
      withdrawal.failReason = 'The receiving bank returned the transfer';
      move(withdrawal, 'failed');
    }
  }

  function move(withdrawal: BitsoWithdrawal, status: BitsoWithdrawal['status']): void {
    withdrawal.status = status;
    tell(withdrawal);
  }

  /** By a webhook, which has its status small whatever the answers have (P/payload-withdrawal). */
  const tell = (withdrawal: BitsoWithdrawal): void => onChange({ ...view(withdrawal), status: withdrawal.status });

  function view({ wid, order, createdAt_ns, status, trackingKey, failReason }: BitsoWithdrawal) {
    const { method, method_name, network, protocol, integration } = METHODS[order.protocol];
    const date = offsetText(createdAt_ns).slice(0, 10).replaceAll('-', '');
    const isKeyShown = status === 'processing' ? switches.bitsoTrackingKeyFrom === 'processing' : status === 'complete';
    return {
      wid,
      status: switches.bitsoStatusCase === 'upper' ? status.toUpperCase() : status,
      created_at: offsetText(createdAt_ns),
      currency: 'mxn',
      method,
      method_name,
      amount: pesoAmount(order.units),
      asset: 'mxn',
      network,
      protocol,
      integration,
      details: {
        ...(order.originId !== undefined && { origin_id: order.originId }),
        ...(isKeyShown && { fecha_operacion: date, clave_de_rastreo: trackingKey }),
        beneficiary_bank_code: participantOf(order.clabe),
        concepto: order.notes ?? '',
        ...(order.beneficiary !== undefined && { beneficiary_name: order.beneficiary }),
        beneficiary_clabe: order.clabe,
        ...(order.numericReference !== undefined && { numeric_ref: order.numericReference }),
        ...(order.rfc !== undefined && { rfc: order.rfc }),
        ...(status === 'complete' && {
          cep_link:
            switches.bitsoCepLinkFrom === 'complete'
              ? `https://www.banxico.org.mx/cep/go?i=90710&s=${date}&d=${wid}`
              : '',
        }),
        ...(failReason !== undefined && switches.bitsoFailReason && { fail_reason: failReason }),
      },
    };
  }

  /** The list's items: those of these ids, or a page after the marker. */
  function select(c: Context<HttpEnv>): BitsoWithdrawal[] {
    const { wids, origin_ids, currency, limit, marker } = c.req.query();
    const listed = book.filter(({ listedFrom_ms }) => listedFrom_ms <= clock.now_ms());
    if (switches.bitsoOrder === 'newest_first') listed.reverse();
    if (wids !== undefined) return byWids(listed, wids.split(','));
    if (origin_ids !== undefined) {
      const asked = new Set(origin_ids.split(','));
      return listed.filter(({ order }) => order.originId !== undefined && asked.has(order.originId));
    }
    const size = limit === undefined ? USUAL_ON_A_PAGE : Number(limit);
    if (!Number.isInteger(size) || size < 1 || size > MOST_ON_A_PAGE)
      throw new ApiError(400, '0320', `limit must be from 1 to ${MOST_ON_A_PAGE}`);
    const start = marker === undefined ? 0 : listed.findIndex(({ wid }) => wid === marker) + 1;
    if (marker !== undefined && start === 0) throw new ApiError(400, '0320', 'The marker is unknown');
    if (currency !== undefined && currency !== 'mxn') return [];
    return listed.slice(start, start + size);
  }

  function byWids(listed: readonly BitsoWithdrawal[], wids: readonly string[]): BitsoWithdrawal[] {
    const found = listed.filter(({ wid }) => wids.includes(wid));
    if (switches.bitsoUnknownWids === 'error' && found.length < new Set(wids).size) throw unknownWid();
    return found;
  }

  // Pages print the path with and without a slash at its end.
  const routes = new Hono<HttpEnv>();
  for (const path of [PATH, `${PATH}/`]) {
    routes
      .post(path, (c) => {
        const payload = view(create(readBitsoOrder(c.get('body'), switches)));
        return c.json({ success: true, payload }, switches.bitsoCreatedStatus);
      })
      .get(path, (c) => c.json({ success: true, payload: select(c).map(view) }));
  }
  routes.get(`${PATH}/:wid`, (c) => {
    const withdrawal = book.find(({ wid }) => wid === c.req.param('wid'));
    if (!withdrawal) throw unknownWid();
    const payload = view(withdrawal);
    return c.json({ success: true, payload: switches.bitsoOnePayload === 'list' ? [payload] : payload });
  });

  return { routes };
}

const unknownWid = () => new ApiError(400, '0310', 'The withdrawal is unknown');
