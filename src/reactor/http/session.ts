/** Signing in to the console with an API key, so that no script in the page ever holds one. */
import { Hono, type Context as HonoContext } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { findApiKey } from '../people/api-key.ts';
import type { Actor } from '../people/audit.ts';
import { Refusal } from '../people/refusal.ts';
import { closeSession, findSession, openSession } from '../people/session.ts';
import type { KeyRate } from './rate-limit.ts';
import { limitBody, readBody } from './request.ts';
import { SESSION_HEADER, TOUCHED } from './routes/session.ts';
import { admit, type Strangers } from './strangers.ts';

const COOKIE = 'kustodia_session';
const SIGN_IN = z.strictObject({ key: z.string('is missing').max(100, 'is too long') });

/**
 * POST /session signs in with a key, GET says as whom, DELETE signs out. The cookie is read by no script, goes along with no request of
 * another site, and counts only together with a header that no form can send.
 */
export function sessionRoutes(ctx: Context, strangers: Strangers, count: KeyRate): Hono {
  const { db, settings, now } = ctx;
  const shown = ({ name, role }: Actor) => ({
    ...{ name, role, idle_s: settings.consoleIdle_s, environment: settings.junoEnv, chainId: settings.chainId },
  });
  return new Hono()
    .use(limitBody)
    .post('/', async (c) => {
      assertOwnPage(c);
      const { key } = await readBody(c, SIGN_IN);
      const { isKnown, isUnknown } = admit(strangers, c, key.trim());
      const actor = await findApiKey(db, key.trim());
      if (!actor) isUnknown();
      else isKnown();
      if (!actor) throw unknownKey();
      count(actor);
      const session = await openSession(db, actor, { now: now(), idle_s: settings.consoleIdle_s });
      strangers.remember(session);
      setCookie(c, COOKIE, session, {
        ...{ path: '/', httpOnly: true, sameSite: 'Strict', secure: !isThisMachine(c) },
      });
      return c.json(shown(actor), 201);
    })
    .get('/', async (c) => {
      const { isKnown, isUnknown } = admit(strangers, c, sessionIn(c));
      const actor = await actorOfSession(ctx, c);
      if (!actor) isUnknown();
      else isKnown();
      if (!actor) throw signedOut();
      count(actor);
      return c.json(shown(actor));
    })
    .delete('/', async (c) => {
      assertOwnPage(c);
      const session = sessionIn(c);
      const { isUnknown } = admit(strangers, c, session);
      if (session) await closeSession(db, session);
      isUnknown();
      deleteCookie(c, COOKIE, { path: '/' });
      return c.json({ signedIn: false });
    });
}

/** The session that a request comes with, whether or not there is such a one. */
export const sessionIn = (c: HonoContext): string | undefined => getCookie(c, COOKIE);

/** Who is signed in, of a request of our own page. Null where there is no session, or none any more. Throws a Refusal `not_from_console`. */
export async function actorOfSession({ db, settings, now }: Context, c: HonoContext): Promise<Actor | null> {
  const session = sessionIn(c);
  if (!session) return null;
  assertOwnPage(c);
  const isTouched = c.req.header(SESSION_HEADER) === TOUCHED;
  return findSession(db, session, { now: now(), idle_s: settings.consoleIdle_s, isTouched });
}

/**
 * A browser lets no other site set a header of its own making without our leave, which nobody gets; and it says truly where a request that
 * changes something comes from. Either would do: both are asked.
 */
function assertOwnPage(c: HonoContext): void {
  const origin = c.req.header('origin');
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  const isOwn = origin === undefined ? isRead : hostOf(origin) === new URL(c.req.url).host;
  if (isOwn && c.req.header(SESSION_HEADER) !== undefined) return;
  throw new Refusal({
    code: 'not_from_console',
    status: 403,
    title: 'This did not come from the console',
    detail:
      'A session counts only for requests of the console’s own page. Nothing was done. A program sends “Authorization: Bearer kus_…” instead; a proxy before the reactor hands the Host header on as it came.',
  });
}

const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);

/** A browser keeps a cookie that is for https alone only from there; on this machine there is none. */
const isThisMachine = (c: HonoContext): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(c.req.url).hostname);

const unknownKey = (): Refusal =>
  new Refusal({
    code: 'no_key',
    status: 401,
    title: 'That key is not known',
    detail:
      'It is misspelt or was revoked. An administrator makes one with: kustodia key create --name NAME --role ROLE',
  });

export const signedOut = (): Refusal =>
  new Refusal({
    code: 'signed_out',
    status: 401,
    title: 'You are signed out',
    detail: 'The session has ended, or there was none. Nothing was done. Sign in again with your key.',
  });
