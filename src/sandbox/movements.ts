import { Hono } from 'hono';
import type { HttpEnv, SandboxContext } from './context.ts';
import { type Faults, saidOf } from './faults.ts';
import { mintPage, mintPaging, speiCounters } from './pages.ts';
import { readQuery } from './query.ts';
import type { TransactionStatus } from './transactions.ts';
import { amountOf, transactionTime } from './words.ts';

const PATH = '/mint_platform/v1/financial_movements';

/** One line of the unified history: what it tells is read when it is asked for. */
export type Movement = Readonly<{
  type: 'FUNDING' | 'WITHDRAWAL' | 'CONVERSION';
  transactionId: string;
  units: bigint;
  currency: 'MXN' | 'MXNB';
  createdAt_ns: bigint;
  read: () => Readonly<{ status: TransactionStatus; updatedAt_ns: bigint; detail: Readonly<Record<string, unknown>> }>;
}>;

const DETAIL_KEYS = { FUNDING: 'funding', WITHDRAWAL: 'withdrawal', CONVERSION: 'conversion' } as const;

/** The unified history (J/list-financial-movements): newest first, each with exactly one detail object. */
export function openMovements({ clock, switches, uuid }: SandboxContext, faults: Faults) {
  const book: Readonly<{ id: string; listedFrom_ms: number; movement: Movement }>[] = [];
  const words: Readonly<Record<TransactionStatus, string>> = {
    PENDING: 'PENDING',
    IN_PROGRESS: 'PROCESSING',
    COMPLETE: switches.movementComplete,
    FAILED: 'FAILED',
  };

  function view({ id, movement }: (typeof book)[number]) {
    const { type, units, currency, createdAt_ns } = movement;
    const { status, updatedAt_ns, detail } = movement.read();
    return {
      id,
      type,
      status: words[status],
      amount: amountOf(switches.movementAmount, units),
      currency,
      created_at: transactionTime(createdAt_ns, switches),
      updated_at: transactionTime(updatedAt_ns, switches),
      [DETAIL_KEYS[type]]: { transaction_id: movement.transactionId, ...detail },
    };
  }

  const routes = new Hono<HttpEnv>().get(PATH, (c) => {
    const query = readQuery(c, mintPaging);
    const listed = book.filter(({ listedFrom_ms }) => listedFrom_ms <= clock.now_ms()).reverse();
    const { movementsEnvelope, movementsPageBase } = switches;
    const page = mintPage(listed, query, movementsPageBase, switches);
    const content = page.content.map(view);
    const payload = {
      content: { ...page, content },
      response: { ...speiCounters(listed.length, page.number, page.size, switches), response: content },
      bare: content,
    }[movementsEnvelope];
    return c.json({ success: true, payload });
  });

  return {
    routes,
    add(movement: Movement): void {
      const lag_ms = faults.strike('list_lag', `GET ${PATH}`, saidOf(movement.units))?.ms ?? 0;
      const isOwn = switches.movementId === 'own';
      book.push({
        id: isOwn ? uuid() : movement.transactionId,
        listedFrom_ms: clock.now_ms() + switches.movementsListLag_ms + lag_ms,
        movement,
      });
    },
  };
}

export type Movements = ReturnType<typeof openMovements>;
