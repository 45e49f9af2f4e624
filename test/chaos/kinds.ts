import pg from 'pg';
import { JOURNEYS, type Journey } from '../../src/chaos/stories.ts';

/**
 * Legs of one kind and rail alone, which people have beside others or not at all: `immediate` and `commission`, and refunds over the
 * Bitso balance. A trigger in the database of this world makes them of refunds to accounts of these names; the reactor knows nothing
 * of it.
 */
const MADE = [
  { legalName: 'Ines Inmediata', kind: 'immediate', rail: 'bank_redemption' },
  { legalName: 'Irma Inmediata', kind: 'immediate', rail: 'bitso_spei' },
  { legalName: 'Isis Inmediata', kind: 'immediate', rail: 'bitso_transfer' },
  { legalName: 'Carla Comision', kind: 'commission', rail: 'bank_redemption' },
  { legalName: 'Celia Comision', kind: 'commission', rail: 'bitso_spei' },
  { legalName: 'Clara Comision', kind: 'commission', rail: 'bitso_transfer' },
  { legalName: 'Rosa Reembolso', kind: 'refund', rail: 'bitso_spei' },
] as const;

/** Every kind of leg by every rail. */
export const ALL: readonly Journey[] = [
  ...JOURNEYS,
  ...MADE.map(({ legalName, rail }) => ({ journey: 'refund', rail, legalName }) as const),
];

export async function prepareKinds(databaseUrl: string): Promise<void> {
  const cases = MADE.map(
    ({ legalName, kind, rail }) => `WHEN '${legalName}' THEN NEW.kind := '${kind}'; NEW.rail := '${rail}';`,
  );
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    CREATE FUNCTION reactor.made_kinds() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      CASE (SELECT legal_name FROM reactor.destination WHERE id = NEW.destination_id) ${cases.join(' ')} ELSE NULL; END CASE;
      RETURN NEW;
    END $$;
    CREATE TRIGGER made_kinds BEFORE INSERT ON reactor.leg FOR EACH ROW EXECUTE FUNCTION reactor.made_kinds();`);
  await client.end();
}
