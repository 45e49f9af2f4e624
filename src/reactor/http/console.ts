/** The web console: what Vite made of src/console, served with a policy that lets nothing else run. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Hono, type Context as HonoContext } from 'hono';

/** `npm install` makes it; `npm run console` makes it again. */
const BUILT = join(import.meta.dirname, '../../console/generated');
/** `name.br` is `name`, packed by its build. */
const PACKED = '.br';
const RUNBOOK = join(import.meta.dirname, '../../../docs/runbook.md');
const MEDIA: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** No script and no style that is not a file of ours, nothing from another host, no form that is sent, no frame around it. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'",
].join('; ');
/** Places of the console, as its router knows them. */
const ONE_PAYMENT = '/payments/:id{[\\w-]{1,60}}';
const ONE_USER = '/users/:id{[\\w-]{1,60}}';
/** Where the id of a leg, an effect or a dispute leads. */
const FOUND = '/find/:id{[\\w-]{1,60}}';
const PAGES = [
  ...[
    '/',
    '/payments',
    ONE_PAYMENT,
    '/users',
    ONE_USER,
    '/queues',
    '/guards',
    '/ledger',
    '/wallet',
    '/rails',
    '/indexer',
  ],
  ...['/webhooks', '/audit', '/keys', FOUND],
];

type Coding = 'br' | 'gzip' | null;
/** As it is, and packed; `br` where its build left it. */
type File = Readonly<{ bodies: ReadonlyMap<Coding, Buffer>; media: string }>;

function readBuilt(): ReadonlyMap<string, File> {
  const names = readdirSync(BUILT, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const paths = names.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    paths
      .filter((path) => !path.endsWith(PACKED))
      .map((path) => {
        const body = readFileSync(path);
        const bodies = new Map<Coding, Buffer>([
          ...(paths.includes(`${path}${PACKED}`) ? [['br', readFileSync(`${path}${PACKED}`)] as const] : []),
          ...[['gzip', gzipSync(body)] as const, [null, body] as const],
        ]);
        return [relative(BUILT, path), { bodies, media: MEDIA[extname(path)] ?? 'text/plain' }];
      }),
  );
}

/** GET / and its pages; GET /assets/… are their files, whose names change with what is in them. GET /runbook/… is the one step for an alert. Holds no data and asks for no key. */
export function consoleRoutes(): Hono {
  let files: ReadonlyMap<string, File> = new Map();
  let builtAt = 0;
  /** Whoever builds it again sees it at the next page. */
  const fileOf = (name: string): File | undefined => {
    try {
      const at = statSync(join(BUILT, 'index.html')).mtimeMs;
      if (at !== builtAt) files = readBuilt();
      builtAt = at;
    } catch {
      return undefined;
    }
    return files.get(name);
  };
  const send = (c: HonoContext, { bodies, media }: File, cached: string) => {
    const taken = c.req.header('accept-encoding')?.split(/[\s,;]+/) ?? [];
    const [coding, body] = [...bodies].find(([one]) => one === null || taken.includes(one)) ?? [];
    c.header('content-type', media);
    c.header('cache-control', cached);
    c.header('vary', 'accept-encoding');
    if (coding) c.header('content-encoding', coding);
    return c.body(new Uint8Array(body ?? []));
  };
  const readSection = (kind: string): string | null => {
    try {
      const [, ...sections] = readFileSync(RUNBOOK, 'utf8').split(/^## /m);
      return sections.find((one) => one.startsWith(`${kind}\n`)) ?? null;
    } catch {
      return null;
    }
  };
  const app = new Hono().get('/assets/:name', (c, next) => {
    const file = fileOf(`assets/${c.req.param('name')}`);
    return file ? send(c, file, 'public, max-age=31536000, immutable') : next();
  });
  // What an alert leads to where RUNBOOK_URL names no better place.
  app.get('/runbook/:kind{[a-z-]{1,40}}', (c, next) => {
    const section = readSection(c.req.param('kind'));
    return section === null ? next() : c.text(section, 200, { 'cache-control': 'no-cache' });
  });
  for (const path of PAGES)
    app.get(path, (c) => {
      const page = fileOf('index.html');
      if (!page)
        return c.text('The console is not built. Build it with: npm run console\nThe interface: GET /api\n', 503);
      c.header('content-security-policy', POLICY);
      return send(c, page, 'no-cache');
    });
  return app;
}
