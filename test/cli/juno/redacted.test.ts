import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keysOf, redacted } from '../../../src/cli/juno/shape.ts';

describe('an example that is kept', () => {
  test('is the text as it came, but for names, accounts, ids and addresses', () => {
    const text = `{ "fid":"037c028ccfc714940e5274d9fa9a219d",
      "amount": 100.50, "big": 1731349200123123456, "status":"COMPLETE", "more": [1, {"sender_name": "DARTH \\"V\\" VADER"}],
      "clabe":"646180157042875763", "digits": 646180157042875763, "names": ["Paula", "Vera"],
      "address":"0x871697383394d6fbB253A2D6c799C398dAe08365" }`;
    expect(redacted(text)).toBe(`{ "fid":"037c028c…",
      "amount": 100.50, "big": 1731349200123123456, "status":"COMPLETE", "more": [1, {"sender_name": "…"}],
      "clabe":"646…5763", "digits": "646…5763", "names": ["…", "…"],
      "address":"…" }`);
  });

  test('tells of what is no JSON its length alone', () => {
    expect(redacted('Paula Pagadora')).toBe('"14 bytes that are no JSON"');
  });

  test('keeps every name and every kind, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(keysOf(JSON.parse(redacted(text)))).toBe(keysOf(JSON.parse(text)));
      }),
    );
  });
});
