import pg from 'pg';
import { expect, test } from 'vitest';
import { boundSessions, SESSION_LIMITS, type SessionPool } from '../../src/graphql/sessions.ts';
import { startPostgres } from '../support/postgres.ts';

test('a session is bounded before it is first asked something, and what fails for good says so', async () => {
  const postgres = await startPostgres();
  const pool = new pg.Pool({ connectionString: await postgres.createDatabase(), max: 1 });
  try {
    await pool.query('SELECT 1');
    boundSessions(pool as unknown as SessionPool);
    const show = async (name: string) => Object.values((await pool.query(`SHOW ${name}`)).rows[0] as object)[0];
    expect([await show('statement_timeout'), await show('work_mem')]).toEqual([
      ...[`${SESSION_LIMITS.statement_ms / 1_000}s`, `${SESSION_LIMITS.memory_mb}MB`],
    ]);
    await expect(pool.query('SELECT 1/0')).rejects.toThrow('division by zero. An answer to it does not exist.');
    const session = await pool.connect();
    await expect(session.query('SELECT 1/0')).rejects.toThrow('does not exist');
    // Of what passes by itself nothing is said: it is asked again.
    const gone = expect(session.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.not.toThrow(
      'does not exist',
    );
    session.on('error', () => undefined);
    await gone;
    session.release(true);
  } finally {
    await pool.end();
    await postgres.stop();
  }
});
