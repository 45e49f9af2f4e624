import { constants, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compactJson, cutMember } from '../../src/juno/scan.ts';
import { verifyWebhook } from '../../src/juno/verifyWebhook.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKeyOf = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const [ours, other] = [pair(), pair()];
const keys = [
  { keyId: 'k-0', publicKey: publicKeyOf(other.publicKey) },
  { keyId: 'k-1', publicKey: publicKeyOf(ours.publicKey) },
];
const sign = (text: string, key = ours.privateKey, padding: number = constants.RSA_PKCS1_PADDING) =>
  createSign('sha256').update(text, 'utf8').sign({ key, padding }, 'base64');

/** What no parser gives back as it was: order, digits, escapes, an emoji, a brace in a text. */
const PAYLOAD = String.raw`{"b":1.10,"a":12345678901234567890,"n":"Ñandú \u00e9 ☕ \"}, {\\","e":1E+3,"l":[{},[]]}`;
const BODY = `{"event":"withdrawal","payload":${PAYLOAD},"x":{"payload":{"y":1}}}`;
const check = (body: string, change: object = {}) =>
  verifyWebhook({ body: bytes(body), signature: sign(PAYLOAD), keyId: 'k-1', keys, ...change });

describe('a webhook that was signed', () => {
  test.each([
    ['as it was signed', BODY],
    ['with spaces and lines between its tokens', BODY.replace(/([,:])(?=["{[\d])/g, '$1\n  ')],
    ['with its payload first', `{"payload":${PAYLOAD},"event":"withdrawal"}`],
    ['with the name of its payload escaped', BODY.replace('"payload"', String.raw`"pa\u0079load"`)],
  ])('is valid %s', (_, body) => expect(check(body)).toBe('valid'));

  test('over a payload that had spaces when it was signed is valid, too', () => {
    const spaced = '{"id": "t-1"}';
    expect(check(`{"payload":${spaced}}`, { signature: sign(spaced) })).toBe('valid');
  });

  test('is valid by either of two keys of one id', () => {
    const twins = [keys[0], keys[1]].map((key) => ({ ...key, keyId: 'k-1' }));
    expect(check(BODY, { keys: twins })).toBe('valid');
  });
});

describe('a webhook that was not', () => {
  test.each<[string, string, object?]>([
    ['changed by a digit', BODY.replace('1.10', '1.11')],
    ['changed in its number’s text alone', BODY.replace('1.10', '1.1')],
    [
      'changed in the order of its keys',
      BODY.replace('"b":1.10,"a":12345678901234567890', '"a":12345678901234567890,"b":1.10'),
    ],
    ['changed by a space inside a text', BODY.replace('Ñandú ', 'Ñandú  ')],
    ['signed over the whole body', BODY, { signature: sign(BODY) }],
    ['signed with another key', BODY, { signature: sign(PAYLOAD, other.privateKey) }],
    [
      'signed with another padding',
      BODY,
      { signature: sign(PAYLOAD, ours.privateKey, constants.RSA_PKCS1_PSS_PADDING) },
    ],
    ['signed with nothing', BODY, { signature: 'AAAA' }],
    ['signed in no Base64', BODY, { signature: '%'.repeat(344) }],
    ['given two payloads', BODY.replace('"x":', `"payload":{"id":"t-2"},"x":`)],
    ['given the same payload twice', BODY.replace('"x":', `"payload":${PAYLOAD},"x":`)],
    ['given no payload', '{"event":"x"}'],
    ['no object', '[1]'],
    ['no JSON', '{"payload":'],
    ['larger than it may be', `{"more":"${'x'.repeat(300_000)}","payload":${PAYLOAD}}`],
  ])('is invalid: %s', (_, body, change) => expect(check(body, change)).toBe('invalid'));

  test.each(['', null, undefined])('is unsigned with the signature %j', (signature) => {
    expect(check(BODY, { signature })).toBe('unsigned');
  });

  test.each<[string, object]>([
    ['no id of a key', { keyId: undefined }],
    ['the id of none', { keyId: 'k-9' }],
    ['no keys', { keys: [] }],
    ['a key that is none', { keys: [{ keyId: 'k-1', publicKey: 'AAAA' }] }],
    [
      'a key that is not RSA',
      { keys: [{ keyId: 'k-1', publicKey: publicKeyOf(generateKeyPairSync('ed25519').publicKey) }] },
    ],
  ])('has an unknown key with %s', (_, change) => expect(check(BODY, change)).toBe('unknown_key'));

  test('never throws, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.base64String({ maxLength: 400 }), (body, signature) => {
        expect(verifyWebhook({ body, signature, keyId: 'k-1', keys })).not.toBe('valid');
      }),
    );
  });
});

describe('the text of JSON', () => {
  test('is cut and made compact without changing what it says', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), fc.integer({ min: 0, max: 4 }), (payload, rest, indent) => {
        const body = `{"rest":${rest},"payload":${payload}}`;
        expect(cutMember(bytes(body), 'payload')).toBe(payload);
        const pretty = JSON.stringify(JSON.parse(payload), null, indent);
        expect(compactJson(pretty)).toBe(JSON.stringify(JSON.parse(payload)));
      }),
    );
  });
});
