import { db } from 'ponder:api';
import schema from 'ponder:schema';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { client, graphql } from 'ponder';
import { judge, LIMITS, META_LIMITS, MOST_BYTES } from './judge.ts';
import { namesOf } from './names.ts';
import { boundSessions, type SessionPool } from './sessions.ts';
import { judgeSql, limitTexts, SQL_LIMITS, tooLong } from './sql.ts';

const app = new Hono();
const answer = graphql({ db, schema }, LIMITS);
/** Of the schema alone, which is in memory: what public clients ask is deeper than what may be asked of the rows. */
const answerMeta = graphql({ db, schema }, META_LIMITS);
const small = bodyLimit({
  maxSize: MOST_BYTES,
  onError: (c) => c.json({ errors: [{ message: `A query has at most ${MOST_BYTES} bytes.` }] }, 413),
});

for (const path of ['/', '/graphql'])
  app.use(path, small, async (c, next) => {
    if (c.req.method !== 'POST') return answer(c, next);
    const judged = judge(await c.req.text());
    if ('refusal' in judged) return c.json({ errors: [{ message: judged.refusal }] }, 400);
    // What is answered is what was judged, whatever else the body held.
    const { url } = c.req.raw;
    c.req.raw = new Request(url, { method: 'POST', headers: HEADERS, body: JSON.stringify(judged.question) });
    return (judged.isMeta ? answerMeta : answer)(c, next);
  });
boundSessions((db as unknown as { $client: SessionPool }).$client);
const answerSql = client({ db, schema });
const names = namesOf(schema);
const isLetIn = limitTexts(() => performance.now());
let statements = 0;
app.use('/sql/db', async (c, next) => {
  const judged = judgeSql(c.req.query('sql'), names);
  if ('refusal' in judged) return c.text(judged.refusal, 400);
  if (!isLetIn(judged.text))
    return c.text(
      `${SQL_LIMITS.newPerHour} different statements were asked within an hour. Ask one of them with other parameters ($1), or come again later.`,
      429,
      { 'retry-after': '600' },
    );
  if (statements >= SQL_LIMITS.atOnce)
    return c.text(`${SQL_LIMITS.atOnce} statements are being answered. Ask again in a second.`, 429, {
      'retry-after': '1',
    });
  statements += 1;
  try {
    const url = new URL(c.req.url);
    url.searchParams.set('sql', judged.sent);
    c.req.raw = new Request(url, { headers: c.req.raw.headers });
    const answered = await answerSql(c, next);
    const refusal = answered?.status === 500 ? tooLong(await answered.clone().text()) : null;
    return refusal === null ? answered : c.text(refusal, 413);
  } finally {
    statements -= 1;
  }
});

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

export default app;
