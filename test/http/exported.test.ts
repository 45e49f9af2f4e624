import { expect, test } from 'vitest';
import { EXPORTED, eachExported, OF_AUDIT } from '../../src/reactor/http/routes/exported.ts';

const HEAD = '"number","id"\r\n';
const ID = '00000000-0000-4000-8000-000000000001';
/** Pages of payments from a number down, as the route answers them. */
const answering = (newest: number) => {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    const from = cursor === undefined ? newest : Number(cursor.slice(1)) - 1;
    const numbers = Array.from({ length: Math.min(EXPORTED, from) }, (_, i) => from - i);
    return HEAD + numbers.map((number) => `"${number}","${ID}","Pago"\r\n`).join('');
  };
  return { asked, read };
};
const exported = async (newest: number, mostPages: number) => {
  const { asked, read } = answering(newest);
  const parts: string[] = [];
  return { ...(await eachExported(read, (csv) => parts.push(csv), mostPages)), asked, text: parts.join('') };
};

test('all are exported, each once, under one head', async () => {
  const { count, isCut, asked, text } = await exported(EXPORTED + 7, 3);
  expect([count, isCut, asked]).toEqual([EXPORTED + 7, false, [undefined, 'p8']]);
  const lines = text.trimEnd().split('\r\n');
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([EXPORTED + 8, HEAD.trim(), `"1","${ID}","Pago"`]);
  expect(new Set(lines).size).toBe(lines.length);
});

test('what is more than the bound is told', async () => {
  expect(await exported(2 * EXPORTED + 1, 2)).toMatchObject({ count: 2 * EXPORTED, isCut: true });
  expect(await exported(0, 2)).toMatchObject({ count: 0, isCut: false, text: HEAD });
});

test('the audit log’s goes on after its last line, and what somebody wrote is none', async () => {
  const asked: (string | undefined)[] = [];
  const line = (id: number, why: string) => `"${id}","2026-11-27T00:00:00.000Z","Olga","${why}"\r\n`;
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    if (cursor !== undefined) return `"id","at"\r\n${line(1, 'x')}`;
    return `"id","at"\r\n${Array.from({ length: EXPORTED }, (_, i) => line(EXPORTED + 1 - i, '\n""9"",""2026-11-27T')).join('')}`;
  };
  const parts: string[] = [];
  const { count, isCut } = await eachExported(read, (csv) => parts.push(csv), 3, OF_AUDIT);
  expect([count, isCut, asked, parts[1]]).toEqual([EXPORTED + 1, false, [undefined, 'a2'], line(1, 'x')]);
});
