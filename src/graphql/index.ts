import { db } from 'ponder:api';
import schema from 'ponder:schema';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { client, graphql } from 'ponder';
import { judge, LIMITS, META_LIMITS, MOST_BYTES } from './judge.ts';

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
app.use('/sql/*', client({ db, schema }));

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

export default app;
