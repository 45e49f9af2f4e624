import { db } from 'ponder:api';
import schema from 'ponder:schema';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { client, graphql } from 'ponder';

/**
 * What one question may be. Nesting multiplies what is read, so the depth is what the documented queries need and one more
 * (docs/graphql.md); Ponder itself gives at most 1,000 rows of each list.
 */
const LIMITS = { maxOperationDepth: 6, maxOperationAliases: 10, maxOperationTokens: 500 } as const;
const MOST_BYTES = 16 * 1024;

const app = new Hono();
const answer = graphql({ db, schema }, LIMITS);
const small = bodyLimit({
  maxSize: MOST_BYTES,
  onError: (c) => c.json({ errors: [{ message: `A query has at most ${MOST_BYTES} bytes.` }] }, 413),
});

app.use('/sql/*', client({ db, schema }));
app.use('/', small, answer);
app.use('/graphql', small, answer);

export default app;
