/**
 * One of two processes that draw nonces from the same sequence: says `ready`, waits for a line, draws, and prints one nonce a
 * line. Arguments: the database's address, the sequence, how many.
 */
import { once } from 'node:events';
import pg from 'pg';
import { createNonce } from '../../src/juno/nonce.ts';

const AT_ONCE = 20;
const [url, sequence, count] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: AT_ONCE });
const nonce = createNonce({
  now: Date.now,
  nextSequence: async () => {
    const { rows } = await pool.query<{ next: string }>('SELECT nextval($1) AS next', [sequence]);
    return BigInt(rows[0]?.next ?? -1);
  },
});
await pool.query('SELECT 1');
process.stdout.write('ready\n');
await once(process.stdin, 'data');

const drawn: string[] = [];
let left = Number(count);
const draw = async () => {
  while (left-- > 0) drawn.push(await nonce());
};
await Promise.all(Array.from({ length: AT_ONCE }, draw));
process.stdout.write(`${drawn.join('\n')}\n`, () => process.exit(0));
