/** No answer of the REST interface may be another than its route declares: in production that is only logged, here it fails. */
import { subscribe } from 'node:diagnostics_channel';
import { afterEach, expect } from 'vitest';
import { MISFITS } from '../../src/reactor/http/answer.ts';

const seen: unknown[] = [];
subscribe(MISFITS, (misfit) => void seen.push(misfit));

/** Those since it was asked last: a test that makes one takes it away. */
export const takeMisfits = (): unknown[] => seen.splice(0);

afterEach(() => {
  expect(takeMisfits(), 'answers that are not as their routes declare').toEqual([]);
});
