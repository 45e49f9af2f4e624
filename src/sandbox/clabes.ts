import { Hono } from 'hono';
import { z } from 'zod';
import { makeClabe } from './clabe-digits.ts';
import { zonelessText } from './clock.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { openIdempotency } from './idempotency.ts';
import { readBody } from './json.ts';
import { speiPage, speiPaging } from './pages.ts';
import { dayQuery, isWithinDays, readQuery } from './query.ts';

/** Bank (NVIO) and branch of every CLABE that Juno gives out (J/list-created-clabes). */
const PREFIX = '710969';
const MOST_CLABES = 100_000;
const LIST = '/spei/v1/clabes';

const listQuery = z.object({
  ...speiPaging,
  clabe_type: z.literal('AUTO_PAYMENT').optional(),
  start_date: dayQuery,
  end_date: dayQuery,
});

type ClabeRecord = Readonly<{
  clabe: string;
  type: 'AUTO_PAYMENT';
  status: 'ENABLED';
  deposit_minimum_amount: null;
  deposit_maximum_amounts: Readonly<Record<'operation' | 'daily' | 'weekly' | 'monthly', null>>;
  created_at: string;
  updated_at: null;
}>;

/** The account's AUTO_PAYMENT CLABEs. */
export function openClabes(context: SandboxContext, faults: Faults) {
  const { clock, digits, switches } = context;
  const clabes = new Map<string, ClabeRecord>();
  const listedFrom_ms = new Map<string, number>();
  const idempotency = openIdempotency(context);
  if (switches.accountHasFirstClabe) create();

  function create(): ClabeRecord {
    if (clabes.size >= MOST_CLABES)
      throw new ApiError(400, '0401', `This account may have at most ${MOST_CLABES} CLABEs`);
    const clabe = makeClabe(PREFIX, digits(11));
    if (clabes.has(clabe)) return create();
    const record: ClabeRecord = {
      clabe,
      type: 'AUTO_PAYMENT',
      status: 'ENABLED',
      deposit_minimum_amount: null,
      deposit_maximum_amounts: { operation: null, daily: null, weekly: null, monthly: null },
      created_at: zonelessText(clock.now_ns(), switches.serverUtcOffset_min),
      updated_at: null,
    };
    clabes.set(clabe, record);
    const lag_ms = faults.strike('list_lag', `GET ${LIST}`, `"${clabe}"`)?.ms ?? 0;
    listedFrom_ms.set(clabe, clock.now_ms() + switches.clabeListLag_ms + lag_ms);
    return record;
  }

  const routes = new Hono<HttpEnv>()
    .post('/mint_platform/v1/clabes', (c) => {
      if (switches.clabeRequestBody === 'required' && c.get('body').length === 0)
        throw invalid({ field: '', message: 'the body is missing' });
      readBody(z.object({}), c.get('body'));
      const act = () => {
        const record = create();
        return () => (switches.clabeCreatedBody === 'full' ? record : { clabe: record.clabe });
      };
      const payload = idempotency.once(c, act, switches.clabeIdempotencyKey === 'heeded');
      return c.json({ success: true, payload }, 201);
    })
    .get(LIST, (c) => {
      const query = readQuery(c, listQuery);
      const found = [...clabes.values()].filter(
        ({ clabe, created_at }) =>
          isWithinDays(created_at, query.start_date, query.end_date) &&
          (listedFrom_ms.get(clabe) ?? 0) <= clock.now_ms(),
      );
      if (switches.speiListOrder === 'newest_first') found.reverse();
      return c.json({ success: true, payload: speiPage(found, query, switches) });
    })
    .get(`${LIST}/:clabe`, (c) => {
      const found = clabes.get(c.req.param('clabe'));
      if (!found) throw notFound('The CLABE');
      return c.json({ success: true, payload: found });
    });

  return {
    routes,
    has: (clabe: string): boolean => clabes.has(clabe),
    /** The account's oldest CLABE, if it has one. */
    first: (): string | undefined => clabes.keys().next().value,
    count: () => clabes.size,
  };
}

export type Clabes = ReturnType<typeof openClabes>;
