import { Undelivered } from '../notice.ts';

const TIMEOUT_MS = 10_000;

/** One POST with its bound of time, no redirect, no answer read. What is thrown names no address: a hook's is its secret. */
export async function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    await response.body?.cancel();
  } catch {
    throw new Undelivered('no whole answer in time');
  }
  if (status < 200 || status > 299) throw new Undelivered(`answered ${status}`);
}
