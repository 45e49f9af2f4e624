import { SESSION_HEADER, TOUCHED, UNTOUCHED } from '../../reactor/http/routes/session.ts';

const FRESH_MS = 60_000;
let touchedAt = performance.now();

const touch = (): void => {
  touchedAt = performance.now();
};

/** Notes that a person is here: what the page asks by itself must not keep a session open. */
export function watchTouches(): void {
  for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart'])
    addEventListener(event, touch, { passive: true, capture: true });
}

export const headersOfPage = (): Readonly<Record<string, string>> => ({
  [SESSION_HEADER]: performance.now() - touchedAt < FRESH_MS ? TOUCHED : UNTOUCHED,
});
