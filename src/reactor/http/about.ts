import { Hono } from 'hono';
import { describeRoutes } from './openapi.ts';
import { REFERENCE_POLICY, referencePage } from './reference.ts';
import { ROUTES } from './routes/index.ts';

/** GET /openapi.json is the document of the interface, GET / the same for people. Neither holds any data, and neither asks for a key. */
export function aboutRoutes(): Hono {
  const document = describeRoutes(ROUTES);
  const page = referencePage(document);
  return new Hono()
    .get('/openapi.json', (c) => c.json(document))
    .get('/', (c) => {
      c.header('content-security-policy', REFERENCE_POLICY);
      return c.html(page);
    });
}
