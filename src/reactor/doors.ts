import { type CreateJunoClientParameters, createJunoClient } from '../juno/client.ts';
import type { Context } from './context.ts';
import { openBankAccounts } from './intake/bank-accounts.ts';
import type { Settings } from './settings.ts';
import type { Signing } from './signing.ts';

export type OpenDoorsParameters = Pick<CreateJunoClientParameters, 'exchange' | 'now' | 'log'> &
  Readonly<{ settings: Settings; signing: Signing; junoLimit: Context['junoLimit']; monotonic: Context['monotonic'] }>;

/**
 * The doors to Juno and to Bitso, which is null where it is not set up. They know the same keys and count their calls together, so
 * both share nonces and budget. With them Juno's list of payout accounts, which all payments read together.
 */
export function openDoors(parameters: OpenDoorsParameters): Pick<Context, 'juno' | 'bitso' | 'bankAccounts'> {
  const { settings, signing, junoLimit, monotonic, ...carried } = parameters;
  const open = (baseUrl: string) =>
    junoLimit.watch(
      createJunoClient({
        baseUrl,
        apiKey: settings.junoApiKey,
        apiSecret: settings.junoApiSecret,
        ...signing,
        timeout_ms: settings.juno.timeout_ms,
        acquire: junoLimit.acquire,
        ...carried,
      }),
    );
  const juno = open(settings.junoBaseUrl);
  return {
    juno,
    bankAccounts: openBankAccounts({ juno, monotonic }),
    bitso: settings.bitsoBaseUrl === null ? null : open(settings.bitsoBaseUrl),
  };
}
