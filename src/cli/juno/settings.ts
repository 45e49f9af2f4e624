import { z } from 'zod';
import { CliError, EXIT } from '../output.ts';

export type JunoCheckSettings = Readonly<{
  junoEnv: 'sandbox' | 'stage';
  baseUrl: string;
  apiKey: string;
  apiSecret: string;
  /** Whether it may make things there: at stage and on this machine, for anything else could stand before production. */
  maySpend: boolean;
}>;

const STAGE_URL = 'https://stage.buildwithjuno.com';
/** Every host of theirs but stage. */
const isProduction = (host: string): boolean =>
  /(^|\.)(buildwithjuno|bitso)\.com\.?$/i.test(host) && host !== new URL(STAGE_URL).hostname;

export const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(host);

const ENVIRONMENT = z.object({
  JUNO_ENV: z.enum(['sandbox', 'stage']),
  JUNO_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  JUNO_STAGE_API_KEY: z.string().min(1),
  JUNO_STAGE_API_SECRET: z.string().min(1),
});

/**
 * What `kustodia juno check` and `kustodia deposit mock` need of the environment (.env.example): which Juno, and its keys. The rest of the reactor's settings
 * may be missing, for keys come before everything else. Throws a CliError; production is refused, whatever the variable is
 * that names it.
 */
export function readJunoCheckSettings(environment: NodeJS.ProcessEnv): JunoCheckSettings {
  if (environment['JUNO_ENV'] === 'production') throw refuseProduction();
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data, error } = ENVIRONMENT.safeParse(given);
  if (!data) {
    const lines = error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new CliError(
      `These settings are missing or wrong:\n${lines.join('\n')}\nSee .env.example for what each is.`,
      EXIT.usage,
      { code: 'settings' },
    );
  }
  const baseUrl = data.JUNO_BASE_URL ?? (data.JUNO_ENV === 'stage' ? STAGE_URL : undefined);
  if (!baseUrl) throw new CliError('JUNO_ENV=sandbox needs JUNO_BASE_URL.', EXIT.usage, { code: 'settings' });
  const { hostname } = new URL(baseUrl);
  if (isProduction(hostname)) throw refuseProduction();
  return {
    junoEnv: data.JUNO_ENV,
    baseUrl,
    apiKey: data.JUNO_STAGE_API_KEY,
    apiSecret: data.JUNO_STAGE_API_SECRET,
    maySpend: hostname === new URL(STAGE_URL).hostname || isLoopback(hostname),
  };
}

const refuseProduction = () =>
  new CliError('This makes believe in deposits: it never speaks with production. Nothing was asked.', EXIT.refused, {
    code: 'production',
  });
