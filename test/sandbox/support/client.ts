import { createJunoClient } from '../../../src/juno/client.ts';
import { KEY, newNonce, SECRET } from './sandbox.ts';

/** The product's own door, with the key of the sandbox that the tests start; nothing limits its calls. */
export const clientAt = (baseUrl: string, options: Readonly<{ timeout_ms?: number }> = {}) =>
  createJunoClient({
    baseUrl,
    apiKey: KEY,
    apiSecret: SECRET,
    nonce: async () => newNonce(),
    acquire: async () => undefined,
    log: () => undefined,
    ...options,
  });
