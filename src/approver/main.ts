/** The approver's process: `npm run approver`. Needs only its environment (.env.example). */
import { SettingsError } from '../reactor/settings-signers.ts';
import { LoginTooStrongError } from './books.ts';
import { JournalError } from './journal.ts';
import { log, nameOf } from './log.ts';
import { startApprover } from './open.ts';
import { readApproverSettings } from './settings.ts';

const SAID = [SettingsError, LoginTooStrongError, JournalError];

async function main(): Promise<void> {
  const settings = readApproverSettings(process.env);
  const { port, close } = await startApprover(settings, log);
  log('info', { event: 'listening', host: settings.host, port, approver: settings.approver.address });
  let isStopping = false;
  const stop = async (why: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log('info', { event: 'stopping', why });
    await close();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  if (process.env['KUSTODIA_PARENT_PIPE'] === '1')
    process.stdin.on('end', () => void stop('its parent is gone')).resume();
}

main().catch((error: unknown) => {
  const why =
    error instanceof Error && SAID.some((one) => error instanceof one) ? { why: error.message } : nameOf(error);
  log('fatal', { event: 'not_started', ...why });
  process.exit(1);
});
