import { type Command, Option } from 'commander';
import { GET_SCREENING, LIST_UNSCREENED, SCREEN_USER } from '../reactor/http/routes/screenings.ts';
import { BLACKLIST_STATES, KYC_STATES } from '../reactor/people/screening-states.ts';
import { openApi } from './api.ts';
import { facts, type Output, table } from './output.ts';

type SayOptions = { kyc: string; blacklist: string; reference: string; checkedAt?: string; json?: boolean };

/** `kustodia user screening | screen | unscreened`: whether somebody’s money may move. */
export function screeningCommands(user: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  user
    .command('screening <id>')
    .description('whether a person is cleared, and what was last found')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const { isCleared, newest } = await openApi(environment).call(GET_SCREENING, { parameters: { id } });
      if (json) return out(JSON.stringify({ isCleared, newest }));
      out(
        facts([
          ['cleared', isCleared ? 'yes' : 'no: nothing of theirs moves'],
          ['identity', newest?.kyc ?? 'never reported'],
          ['blacklist', newest?.blacklist ?? 'never reported'],
          ['checked', newest ? `${newest.checkedAt} by ${newest.source} as ${newest.reference}` : 'never'],
          ['counts until', newest?.validUntil ?? ''],
        ]),
      );
    });

  user
    .command('unscreened')
    .description('people whose money waits for a screening, or will within a week')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).call(LIST_UNSCREENED, {});
      if (json) return out(JSON.stringify(found));
      const rows = found.users.map((row) => [row.userId, row.validUntil ?? 'never reported']);
      out(rows.length > 0 ? table(['user', 'counts until'], rows) : 'None.');
    });

  user
    .command('screen <id>')
    .description('say what the outside source found; needs a key of the role screener, in KUSTODIA_SCREENER_KEY')
    .addOption(new Option('--kyc <state>', 'the identity check').choices(KYC_STATES).makeOptionMandatory())
    .addOption(new Option('--blacklist <state>', 'the blacklists').choices(BLACKLIST_STATES).makeOptionMandatory())
    .requiredOption('--reference <text>', 'the source’s own name of the check, without names of people')
    .option('--checked-at <moment>', 'when it was checked, as 2026-01-31T12:00:00Z; now unless told')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json, checkedAt = new Date().toISOString(), ...found }: SayOptions) => {
      const key = environment['KUSTODIA_SCREENER_KEY'] ?? environment['KUSTODIA_API_KEY'];
      const api = openApi({ ...environment, KUSTODIA_API_KEY: key });
      const recorded = await api.call(SCREEN_USER, { parameters: { id }, body: { ...found, checkedAt } });
      if (json) return out(JSON.stringify(recorded));
      out(recorded.isCleared ? `Cleared until ${recorded.validUntil}.` : 'Not cleared: nothing of theirs moves.');
    });
}
