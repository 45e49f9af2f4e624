import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { APPROVER_SETTINGS } from '../../src/approver/settings.ts';
import { CONTRACT_SETTINGS } from '../../src/cli/contract/settings.ts';
import { GATEWAY_SETTINGS } from '../../src/gateway/settings.ts';
import { readSettings, SETTINGS, SettingsError } from '../../src/reactor/settings.ts';

const address = (digit: string) => `0x${digit.repeat(40)}`;
const GOOD = {
  DATABASE_URL: 'postgresql://user@127.0.0.1/kustodia',
  CHAIN_ID: '31337',
  ETH_RPC_URL: 'http://127.0.0.1:8545',
  ESCROW_CONTRACT_ADDRESS: address('a'),
  MXNB_CONTRACT_ADDRESS: address('B'),
  ESCROW_BRIDGE_WALLET: address('c'),
  ESCROW_PRIVATE_KEY: `0x${'1'.repeat(64)}`,
  JUNO_DEPOSIT_ADDRESS: address('d'),
  JUNO_ENV: 'sandbox',
  JUNO_BASE_URL: 'http://127.0.0.1:4010',
  JUNO_STAGE_API_KEY: 'key',
  JUNO_STAGE_API_SECRET: 'secret',
  KUSTODIA_KEY_SECRET: 'a secret that is long enough to be one',
};
const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');

test('good settings are read; addresses are lower case', () => {
  expect(readSettings(GOOD)).toMatchObject({ chainId: 31337, token: address('b'), port: 4000, junoRatePerMinute: 240 });
});

test('the earlier names are read too', () => {
  const { DATABASE_URL: _a, MXNB_CONTRACT_ADDRESS: _b, ...rest } = GOOD;
  const earlier = {
    ...rest,
    MOCK_ERC20_ADDRESS: address('e'),
    POSTGRES_HOST: 'db',
    POSTGRES_USER: 'u',
    POSTGRES_PASSWORD: 'p@ss',
    POSTGRES_DB: 'k',
  };
  expect(readSettings(earlier)).toMatchObject({ token: address('e'), databaseUrl: 'postgresql://u:p%40ss@db:5432/k' });
});

describe('a forbidden pair of environment and chain refuses to boot', () => {
  test.each([
    ['production', '421614'],
    ['production', '31337'],
    ['stage', '42161'],
    ['stage', '31337'],
    ['sandbox', '42161'],
    ['sandbox', '421614'],
    ['production', '1'],
  ])('%s with chain %s', (JUNO_ENV, CHAIN_ID) => {
    expect(() => readSettings({ ...GOOD, JUNO_ENV, CHAIN_ID, JUNO_API_KEY: 'k', JUNO_API_SECRET: 's' })).toThrow(
      `JUNO_ENV=${JUNO_ENV} may only be driven with chain`,
    );
  });
});

test('what is wrong is listed by name, all of it, and never by value', () => {
  const secret = `0x${'9'.repeat(63)}`;
  const read = () =>
    readSettings({ ...GOOD, ESCROW_PRIVATE_KEY: secret, CHAIN_ID: 'one', KUSTODIA_KEY_SECRET: 'short' });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(/CHAIN_ID: [\s\S]*ESCROW_PRIVATE_KEY: is not a 32-byte hex key[\s\S]*KUSTODIA_KEY_SECRET: /);
  expect(read).not.toThrow(secret);
});

test('production cannot be pointed anywhere else', () => {
  expect(() =>
    readSettings({ ...GOOD, JUNO_ENV: 'production', CHAIN_ID: '42161', JUNO_API_KEY: 'k', JUNO_API_SECRET: 's' }),
  ).toThrow('JUNO_BASE_URL of JUNO_ENV=production can only be https://buildwithjuno.com');
});

test.each([
  ['the sandbox', { JUNO_BASE_URL: 'https://buildwithjuno.com' }],
  ['the sandbox', { JUNO_BASE_URL: 'http://127.0.0.1:1', BITSO_BASE_URL: 'https://api.bitso.com' }],
  ['the sandbox', { JUNO_BASE_URL: 'http://127.0.0.1.example.com' }],
  ['stage', { JUNO_ENV: 'stage', CHAIN_ID: '421614', JUNO_BASE_URL: 'https://buildwithjuno.com' }],
  ['stage', { JUNO_ENV: 'stage', CHAIN_ID: '421614', JUNO_BASE_URL: 'http://127.0.0.1:1' }],
  ['stage', { JUNO_ENV: 'stage', CHAIN_ID: '421614', JUNO_BASE_URL: '', BITSO_BASE_URL: 'https://api.bitso.com' }],
])('%s cannot be pointed at another Juno or Bitso', (_, given) => {
  expect(() => readSettings({ ...GOOD, ...given })).toThrow(/can only be .* Test money and real money never meet/);
});

test('.env.example lists every setting, each said what it is, and holds no secret', () => {
  const listed = [...example.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  const names = listed.map(([name]) => name);
  const settings = { ...APPROVER_SETTINGS, ...CONTRACT_SETTINGS, ...GATEWAY_SETTINGS, ...SETTINGS };
  expect(Object.keys(settings).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.entries(settings).filter(([, what]) => what === '')).toEqual([]);
  expect(listed.filter(([name, value]) => /KEY|SECRET|PASSWORD|DATABASE_URL/.test(name) && value !== '')).toEqual([]);
});

describe('the approver of early ends', () => {
  const key = `0x${'7'.repeat(64)}`;
  const ESCROW_APPROVER = `0x${'8'.repeat(40)}`;
  const url = 'https://signer.internal:9001/';

  test('is nobody unless told, and has its key in one place', () => {
    expect(readSettings(GOOD).approver).toBeNull();
    expect(readSettings({ ...GOOD, ESCROW_APPROVER, ESCROW_APPROVER_KEY: key }).approver).toEqual({
      ...{ address: ESCROW_APPROVER, signer: { key } },
    });
    expect(readSettings({ ...GOOD, ESCROW_APPROVER, ESCROW_APPROVER_SIGNER_URL: url }).approver).toEqual({
      ...{ address: ESCROW_APPROVER, signer: { url, timeout_ms: 5_000 } },
    });
    for (const wrong of [
      { ESCROW_APPROVER },
      { ESCROW_APPROVER_KEY: key },
      { ESCROW_APPROVER, ESCROW_APPROVER_KEY: key, ESCROW_APPROVER_SIGNER_URL: url },
    ])
      expect(() => readSettings({ ...GOOD, ...wrong })).toThrow(/exactly one place/);
  });

  test('the approver has a key of its own, not the bridge wallet’s', () => {
    const bridge = { ESCROW_APPROVER: GOOD.ESCROW_BRIDGE_WALLET, ESCROW_APPROVER_KEY: key };
    expect(() => readSettings({ ...GOOD, ...bridge })).toThrow(/ESCROW_APPROVER is the bridge wallet/);
  });

  test('is asked with its token, and where money is real its key is not in a reactor', () => {
    const signer = { ESCROW_APPROVER, ESCROW_APPROVER_SIGNER_URL: 'http://127.0.0.1:4020/' };
    const token = 'a-token-of-thirty-two-characters-';
    expect(readSettings({ ...GOOD, ...signer, ESCROW_APPROVER_SIGNER_TOKEN: token }).approver?.signer).toEqual({
      ...{ url: 'http://127.0.0.1:4020/', timeout_ms: 5_000, token },
    });
    expect(() => readSettings({ ...GOOD, ...signer, ESCROW_APPROVER_SIGNER_TOKEN: 'short' })).toThrow(
      /ESCROW_APPROVER_SIGNER_TOKEN: is not 32 to 200 characters/,
    );
    const real = {
      JUNO_ENV: 'production',
      CHAIN_ID: '42161',
      JUNO_API_KEY: 'k',
      JUNO_API_SECRET: 's',
      JUNO_BASE_URL: '',
    };
    const local = { ESCROW_APPROVER, ESCROW_APPROVER_KEY: key };
    expect(() => readSettings({ ...GOOD, ...real, ...local })).toThrow(
      /JUNO_ENV=production refuses ESCROW_APPROVER_KEY/,
    );
    expect(() => readSettings({ ...GOOD, ...real, ...signer })).toThrow(/a signer that asks for no token/);
    const asked = { ...signer, ESCROW_APPROVER_SIGNER_TOKEN: token };
    expect(readSettings({ ...GOOD, ...real, ...asked }).approver?.address).toBe(ESCROW_APPROVER);
  });
});

describe('the key of the bridge wallet', () => {
  const { ESCROW_PRIVATE_KEY: key, ...rest } = GOOD;
  const fileOf = (text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'kustodia-key-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'key'), text);
    return join(folder, 'key');
  };
  const url = 'https://signer.internal:9000/';

  test('is in the environment, in a file, or with a signer', () => {
    expect(readSettings(GOOD).bridgeSigner).toEqual({ key });
    expect(readSettings({ ...rest, ESCROW_PRIVATE_KEY_FILE: fileOf(`${key}\n`) }).bridgeSigner).toEqual({ key });
    expect(readSettings({ ...rest, ESCROW_SIGNER_URL: url }).bridgeSigner).toEqual({ url, timeout_ms: 5_000 });
  });

  test('in none of them, or in two, refuses to boot', () => {
    const place = /exactly one place/;
    expect(() => readSettings(rest)).toThrow(place);
    expect(() => readSettings({ ...GOOD, ESCROW_SIGNER_URL: url })).toThrow(place);
    expect(() => readSettings({ ...GOOD, ESCROW_PRIVATE_KEY_FILE: fileOf(key) })).toThrow(place);
  });

  test('put where the name of a file belongs is not repeated, nor is a file that holds something else', () => {
    for (const ESCROW_PRIVATE_KEY_FILE of [key, fileOf(`${key}9`)]) {
      const read = () => readSettings({ ...rest, ESCROW_PRIVATE_KEY_FILE });
      expect(read).toThrow(/ESCROW_PRIVATE_KEY_FILE: (names no file|holds no)/);
      expect(read).not.toThrow(key);
    }
  });

  test('is not reached with a password in the address of the signer', () => {
    expect(() => readSettings({ ...rest, ESCROW_SIGNER_URL: 'https://name:secret@signer.internal/' })).toThrow(
      /ESCROW_SIGNER_URL: must not carry/,
    );
  });
});

describe('webhooks', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

  test('keys are read from JSON or from a file; none is none', () => {
    const json = JSON.stringify({ one: key, two: key });
    const folder = mkdtempSync(join(tmpdir(), 'kustodia-keys-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'keys.json');
    writeFileSync(file, json);
    for (const JUNO_WEBHOOK_KEYS of [json, file])
      expect(readSettings({ ...GOOD, JUNO_WEBHOOK_KEYS }).junoWebhook.keys.map(({ keyId }) => keyId)).toEqual([
        'one',
        'two',
      ]);
    expect(readSettings(GOOD).junoWebhook).toMatchObject({ keys: [], sources: null, trustedHops: 0 });
  });

  test.each([
    ['JUNO_WEBHOOK_KEYS', '{"one": "AAAA"}', /JUNO_WEBHOOK_KEYS: .*the key one is no RSA key/],
    ['JUNO_WEBHOOK_KEYS', '{"one"', /JUNO_WEBHOOK_KEYS: is not JSON/],
    ['JUNO_WEBHOOK_KEYS', '/no/such/file', /JUNO_WEBHOOK_KEYS: cannot be read/],
    ['JUNO_WEBHOOK_SOURCES', '3.129.233.228,example.com', /JUNO_WEBHOOK_SOURCES: .*example.com is neither/],
    ['JUNO_WEBHOOK_SOURCES', '10.0.0.0/99', /JUNO_WEBHOOK_SOURCES: /],
  ])('%s=%s refuses to boot', (name, value, complaint) => {
    expect(() => readSettings({ ...GOOD, [name]: value })).toThrow(complaint);
  });
});
