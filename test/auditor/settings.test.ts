import { expect, test } from 'vitest';
import { AuditSettingsError, readAuditSettings } from '../../src/auditor/settings.ts';
import { policyFor } from '../../src/reactor/rate/policy.ts';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const GIVEN = {
  DATABASE_URL: 'postgresql://reactor@127.0.0.1/kustodia',
  ETH_RPC_URL: 'http://127.0.0.1:8545',
  ESCROW_CONTRACT_ADDRESS: ADDRESS,
  MXNB_CONTRACT_ADDRESS: ADDRESS,
  ESCROW_BRIDGE_WALLET: ADDRESS,
  JUNO_DEPOSIT_ADDRESS: ADDRESS,
  JUNO_ENV: 'stage',
  JUNO_STAGE_API_KEY: 'the reactor’s',
  JUNO_STAGE_API_SECRET: 'the reactor’s secret',
};

test('the auditor takes its own login and key where it has them, and the reactor’s otherwise', () => {
  expect(readAuditSettings(GIVEN)).toMatchObject({
    databaseUrl: GIVEN.DATABASE_URL,
    juno: { junoUrl: 'https://stage.buildwithjuno.com', apiKey: 'the reactor’s', ratePerMinute: 30 },
  });
  const own = { AUDIT_DATABASE_URL: 'postgresql://auditor@127.0.0.1/kustodia', AUDIT_JUNO_API_KEY: 'its own' };
  expect(readAuditSettings({ ...GIVEN, ...own })).toMatchObject({
    databaseUrl: own.AUDIT_DATABASE_URL,
    juno: { apiKey: 'its own' },
  });
});

test('what Juno can count in a minute, of all reactors and the auditor, is no more than it allows', () => {
  const { most, mostInFlight } = policyFor(240, 60);
  const { ratePerMinute } = readAuditSettings(GIVEN).juno;
  // One call at a time: besides its rate, one that was long on its way and one that begins the minute.
  expect(most + mostInFlight + ratePerMinute + 2).toBeLessThanOrEqual(300);
});

test('what is missing is named, and no value is repeated', () => {
  const read = () => readAuditSettings({ ...GIVEN, ETH_RPC_URL: 'ftp://secret@host', JUNO_STAGE_API_KEY: '' });
  expect(read).toThrow(AuditSettingsError);
  expect(read).toThrow(/ETH_RPC_URL.*AUDIT_JUNO_API_KEY/);
  expect(read).not.toThrow(/secret/);
});
