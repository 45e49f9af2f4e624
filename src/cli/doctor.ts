import type { Command } from 'commander';
import { openChain } from '../chain/door.ts';
import { INDEXER_SETTINGS, IndexerStartError, readEnvironment } from '../indexer/environment.ts';
import { createJunoClient } from '../juno/client.ts';
import { openDatabase } from '../reactor/db/client.ts';
import { readSettings, SETTINGS, type Settings, SettingsError } from '../reactor/settings.ts';
import { openSigning } from '../reactor/signing.ts';
import { DEFAULT_URL } from './api.ts';
import { connectionChecks } from './checks.ts';
import { EXIT, type ExitCode, type Output } from './output.ts';

type Finding = Readonly<{ name: string; ok: boolean; found: string; fix: string | null }>;

const DEFAULT_INDEXER_URL = 'http://127.0.0.1:42069';

/** `kustodia doctor`: every setting and connection, one line each, and what to do about each that is wrong. */
export function doctorCommand(
  program: Command,
  environment: NodeJS.ProcessEnv,
  { out }: Output,
  exitWith: (code: ExitCode) => void,
): void {
  program
    .command('doctor')
    .description('check every setting and connection; change nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const findings: Finding[] = [];
      const report = (finding: Finding) => {
        findings.push(finding);
        out(`${finding.ok ? '✓' : '✗'} ${finding.name}: ${finding.found}${finding.fix ? ` → ${finding.fix}` : ''}`);
      };
      const settings = checkSettings(environment, report);
      if (settings) await checkConnections(settings, environment, report);
      const wrong = findings.filter((finding) => !finding.ok).length;
      out(wrong === 0 ? '\nEverything is as it should be.' : `\n${wrong} of ${findings.length} need you.`);
      if (json) out(JSON.stringify({ ok: wrong === 0, wrong, checks: findings }));
      if (wrong > 0) exitWith(EXIT.refused);
    });
}

/** One line for each setting. Null when the reactor would refuse to start with them. */
function checkSettings(environment: NodeJS.ProcessEnv, report: (finding: Finding) => void): Settings | null {
  let settings: Settings | null = null;
  let complaint = '';
  let indexers = '';
  try {
    settings = readSettings(environment);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    complaint = error.message;
  }
  try {
    readEnvironment(environment);
  } catch (error) {
    if (!(error instanceof IndexerStartError)) throw error;
    indexers = error.message;
  }
  const wrong = new Map([...wrongIn(indexers), ...wrongIn(complaint)]);
  for (const [name, what] of Object.entries({ ...INDEXER_SETTINGS, ...SETTINGS })) {
    const why = wrong.get(name);
    const isSet = Boolean(environment[name]);
    if (why === undefined) report({ name, ok: true, found: isSet ? 'set' : 'not set, and may be', fix: null });
    else report({ name, ok: false, found: isSet ? why : 'not set, and needed', fix: `Set it: ${what}.` });
  }
  if (!settings) {
    const found = wrong.size > 0 ? 'the reactor refuses to start with these' : complaint;
    report({ name: 'environment', ok: false, found, fix: 'Mend the settings first; connections were not checked.' });
  }
  return settings;
}

/** The errors list each wrong setting on a line of its own, by name and never by value. */
const wrongIn = (complaint: string): [string, string][] =>
  [...complaint.matchAll(/^ {2}([A-Z0-9_]+): (.+)$/gm)].map(([, name = '', why = '']) => [name, why]);

async function checkConnections(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  report: (finding: Finding) => void,
): Promise<void> {
  const db = openDatabase(settings.databaseUrl, { max: 2 });
  const checks = connectionChecks({
    settings,
    db,
    chain: openChain(settings),
    juno: createJunoClient({
      baseUrl: settings.junoBaseUrl,
      apiKey: settings.junoApiKey,
      apiSecret: settings.junoApiSecret,
      ...openSigning(db, settings),
      // One call by a person needs no share of the rate limit, which the reactor keeps under the documented one.
      acquire: async () => undefined,
      log: () => undefined,
    }),
    reactorUrl: trimmed(environment['KUSTODIA_URL'] || DEFAULT_URL),
    indexerUrl: trimmed(environment['INDEXER_URL'] || DEFAULT_INDEXER_URL),
  });
  try {
    for (const { name, look, fix } of checks) {
      report(
        await look().then(
          (found) => ({ name, ok: true, found, fix: null }),
          (error: Error) => ({ name, ok: false, found: reasonOf(error), fix }),
        ),
      );
    }
  } finally {
    await db.$client.end();
  }
}

const trimmed = (url: string): string => url.replace(/\/+$/, '');

/** The first line of the innermost error: the outer ones list queries and requests. */
function reasonOf(error: Error): string {
  let innermost: Error = error;
  for (let depth = 0; innermost.cause instanceof Error && depth < 8; depth++) innermost = innermost.cause;
  const code = 'code' in innermost && typeof innermost.code === 'string' ? innermost.code : 'no answer';
  return innermost.message.split('\n')[0] || code;
}
