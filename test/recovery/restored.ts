import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EscrowVersion } from '../../src/chain/escrow-versions.ts';
import { run } from '../../src/cli/run.ts';
import { driveAndJudge } from '../../src/local/drive-and-judge.ts';
import { isFlawless } from '../../src/local/report.ts';
import { startWorld, type World } from '../../src/local/world.ts';
import { query, until } from '../journey/support.ts';
import { takeBackup } from '../support/backup.ts';

const PAYMENTS = 8;
const TIMEOUT_MS = 280_000;

/** A backup of the database, taken in mid-payment, is restored after Juno and the chain went on. */
export function testRestored(version: EscrowVersion): void {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      escrows: [version],
      sandbox: { ratePerMinute: 6_000, delays: { issuance: 200, withdrawal: 400, credit: 400, redemption: 500 } },
    });
  }, TIMEOUT_MS);
  afterAll(() => world?.stop());

  async function kustodia(...args: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const environment = { KUSTODIA_URL: world.urls.reactor, KUSTODIA_API_KEY: world.apiKey };
    const code = await run(args, environment, { out: (line) => out.push(line), err: (line) => err.push(line) });
    return { code, text: [...out, ...err].join('\n'), last: () => JSON.parse(out.at(-1) ?? 'null') };
  }

  const health = async () => {
    const response = await fetch(`${world.urls.reactor}/health`);
    return (await response.json()) as { automation: { ok: boolean; sentence: string; recovery: string } };
  };
  const count = async (where: string): Promise<number> =>
    (await query<{ n: number }>(world, `SELECT count(*)::int AS n FROM reactor.leg WHERE ${where}`))[0]?.n ?? 0;
  const reactor = () => {
    const [first] = world.reactors();
    if (!first) throw new Error('no reactor');
    return first;
  };

  test(
    'money is off until recover has rebuilt what was lost, and then each payment is paid once',
    async () => {
      let isRecovered = false;
      const driven = driveAndJudge(world, {
        payments: PAYMENTS,
        rails: ['bank_redemption', 'bitso_spei'],
        timeoutMs: TIMEOUT_MS - 20_000,
        isDone: (statuses) => isRecovered && statuses.every((status) => status === 'completed'),
      });
      const meanwhile = async () => {
        await until(
          async () =>
            (await count(`state IN ('withdrawing', 'withdrawn', 'creating', 'created', 'funding', 'in_custody')`)) >=
            PAYMENTS / 2,
        );
        await reactor().stop();
        const backup = await takeBackup(world.urls.database);
        await world.restartReactor(0);
        await until(async () => (await count(`state = 'completed'`)) >= PAYMENTS / 2);
        await reactor().stop();
        await backup.restore();
        const before = await world.outbox();
        expect(await count(`state = 'completed'`)).toBe(0);

        await world.restartReactor(0);
        await until(async () => (await health()).automation.recovery === 'needed');
        expect((await health()).automation).toMatchObject({
          ok: false,
          sentence: expect.stringContaining('Money is off'),
        });
        const dry = await kustodia('recover', '--reason', 'a drill', '--dry-run', '--json');
        expect(dry.last()).toMatchObject({ dryRun: true, state: 'needed', left: [] });
        expect(dry.last().adopted.length).toBeGreaterThan(PAYMENTS);
        const kinds = dry.last().adopted.map(({ kind }: { kind: string }) => kind);
        expect(kinds).toEqual(expect.arrayContaining(['juno_redemption', 'bitso_payout']));
        expect(await query(world, `SELECT 1 FROM reactor.audit_log WHERE command = 'recover'`)).toEqual([]);
        // Nothing was sent, though every leg of the backup had something to send.
        expect(
          await query(
            world,
            `SELECT 1 FROM reactor.effect_history WHERE to_state = 'sending' AND at > (SELECT changed_at FROM reactor.guard_switch WHERE name = 'recovery')`,
          ),
        ).toEqual([]);

        await until(async () => {
          const { code, text } = await kustodia('recover', '--reason', 'the disk was lost', '--json');
          if (code !== 0 && !text.includes('"state":"needed"')) throw new Error(text);
          return code === 0;
        });
        // The effects are there again; their evidence is read as ever.
        await until(async () => (await count(`state = 'completed'`)) >= before.length);
        expect((await health()).automation.recovery).toBe('clear');
        const audited = await query<{ actor: string }>(
          world,
          `SELECT actor, reason FROM reactor.audit_log WHERE command = 'recover'`,
        );
        expect(audited).toContainEqual(expect.objectContaining({ reason: 'the disk was lost' }));
        isRecovered = true;
      };
      const [report] = await Promise.all([driven, meanwhile()]);
      expect({ ...report, isFlawless: isFlawless(report) }).toMatchObject({
        payments: PAYMENTS,
        completed: PAYMENTS,
        spei_payouts: PAYMENTS,
        paid_twice: 0,
        lost_centavos: 0,
        breaks: 0,
        isFlawless: true,
      });
    },
    TIMEOUT_MS,
  );
}
