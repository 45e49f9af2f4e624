import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { openChain } from '../chain/door.ts';
import { exchange } from '../juno/transport.ts';
import type { Context } from '../reactor/context.ts';
import { type Db, openDatabase } from '../reactor/db/client.ts';
import { openDoors } from '../reactor/doors.ts';
import { type DrillReturnType, drill } from '../reactor/drill/drill.ts';
import { createLogger } from '../reactor/log.ts';
import { memoryQueue } from '../reactor/queue/memory.ts';
import { createJunoLimit } from '../reactor/rate/juno-limit.ts';
import { readSettings, type Settings, SettingsError } from '../reactor/settings.ts';
import { openSigning } from '../reactor/signing.ts';
import { createWatchdog } from '../reactor/watch/watchdog.ts';
import { failed, ownerUrl } from './db.ts';
import { CliError, EXIT, type ExitCode, type Output, table } from './output.ts';
import { progress } from './progress.ts';

type Options = Readonly<{ restored?: string; keep?: string; json?: boolean }>;

/** `kustodia drill`: whether a backup would serve, tried. */
export function drillCommand(
  program: Command,
  environment: NodeJS.ProcessEnv,
  { out, err }: Output,
  exitWith: (code: ExitCode) => void,
): void {
  program
    .command('drill')
    .description('take a backup, restore it beside, and say whether it would have served; sends and changes nothing')
    .option('--restored <url>', 'judge a database into which you restored a backup of your own instead')
    .option('--keep <file>', 'leave the backup there: it has everybody’s names and CLABEs')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ restored, keep, json }: Options) => {
      const settings = settingsFrom(environment);
      const live = openDatabase(settings.databaseUrl, { max: 2 });
      const shown = progress(err);
      let done: DrillReturnType;
      try {
        done = await drill({
          ownerUrl: ownerUrl(environment),
          restoredUrl: restored,
          keepIn: keep,
          contextOver: contextOver(settings, live),
          step: shown.step,
        });
      } catch (error) {
        throw failed(error);
      } finally {
        shown.done();
        await live.$client.end();
      }
      if (!done.served) exitWith(EXIT.refused);
      out(done.sentence);
      if (done.removed.length > 0)
        out(`What drills before had left that were killed is removed: ${done.removed.join(', ')}.`);
      if (done.left.length > 0)
        out(
          table(
            ['act', 'what it is'],
            done.left.map(({ act, what }) => [act, what]),
          ),
        );
      if (json) out(JSON.stringify(done));
    });
}

/** A reactor that only looks: its calls are counted and signed by the database that is live, whose share of the limit they take. */
const contextOver =
  (settings: Settings, live: Db) =>
  (db: Db): Context => {
    const now = () => new Date();
    const monotonic = () => performance.now();
    const log = createLogger('drill', 'silent');
    const chain = openChain(settings);
    const holder = `drill:${randomUUID().slice(0, 8)}`;
    const junoLimit = createJunoLimit({
      db: live,
      most: settings.junoRatePerMinute,
      window_s: settings.junoRateWindow_s,
      caller: holder,
      sleep,
      log,
    });
    const nobody = () => undefined;
    return {
      ...{ settings, db, junoLimit, chain, log, holder, now, monotonic },
      ...openDoors({ settings, signing: openSigning(live, settings), junoLimit, monotonic, exchange, log: nobody }),
      queue: memoryQueue(),
      watchdog: createWatchdog({
        db,
        chain,
        lagBound_s: settings.indexerLagBound_s,
        now,
        onHead: nobody,
        onReorg: nobody,
      }),
      newId: randomUUID,
    };
  };

function settingsFrom(environment: NodeJS.ProcessEnv): Settings {
  try {
    return readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(error.message, EXIT.usage, { code: 'settings_wrong' });
    throw error;
  }
}
