/**
 * A reactor's process that sends one effect: says `sending` once its intent to send is committed, waits for a line, and only then
 * goes on to write. Then it says what came of the write, and which error ended it. Arguments: the database's address, Juno's, the
 * effect, its lane.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { pino } from 'pino';
import type { Context } from '../../src/reactor/context.ts';
import { openDatabase } from '../../src/reactor/db/client.ts';
import { driverOf } from '../../src/reactor/effects/drivers/index.ts';
import { withLane } from '../../src/reactor/effects/lane.ts';
import { sendEffect } from '../../src/reactor/effects/send.ts';
import { clientAt } from '../sandbox/support/client.ts';

const [databaseUrl = '', baseUrl = '', effectId = '', name = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const db = openDatabase(databaseUrl, { max: 4, onError: () => undefined });
const juno = clientAt(baseUrl, { timeout_ms: 20_000 });
const ctx = {
  db,
  juno,
  settings: { keySecret: 'unused', junoReplayWindow_ms: 3_600_000 },
  log: pino({ level: 'silent' }),
  now: () => new Date(),
  monotonic: () => performance.now(),
  newId: randomUUID,
  holder: 'the sleeper',
} as unknown as Context;
const real = driverOf('juno_withdrawal');

await withLane({ db, holder: ctx.holder }, name, (lane) =>
  sendEffect(
    ctx,
    lane,
    {
      ...real,
      send: async (...args) => {
        say('sending');
        await once(process.stdin, 'data');
        const outcome = await real.send(...args);
        say('text' in outcome ? outcome.text : outcome.is);
        return outcome;
      },
    },
    effectId,
    { switches: ['all', 'rail:juno'] },
  ),
).catch((error: Error) => say(error.name));
process.exit(0);
