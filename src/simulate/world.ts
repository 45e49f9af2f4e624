import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { encodeFunctionData } from 'viem';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import { readSettings } from '../reactor/settings.ts';
import { createActs } from './acts.ts';
import { ADDRESS, APPROVER_KEY, BRIDGE_KEY } from './addresses.ts';
import { auditAtRest } from './auditor.ts';
import { startBackOffice } from './back-office.ts';
import { createBank } from './bank.ts';
import { createChain, type Mined } from './chain.ts';
import { createChance, type Draws } from './chance.ts';
import { createCustomers } from './customers.ts';
import { openStore } from './database.ts';
import { createTally } from './fates.ts';
import { createFaults } from './faults.ts';
import { createIndexer } from './indexer.ts';
import { createJobs } from './jobs.ts';
import { type Judged, judge } from './judge.ts';
import { createJuno } from './juno.ts';
import { CHAIN_ID, GENESIS_S, START_MS } from './moments.ts';
import { plan } from './population.ts';
import { createProcess, type News, type Process } from './process.ts';
import { createStops } from './stops.ts';
import { type Strikes, startStrikes } from './strikes.ts';
import { startTeam } from './team.ts';
import { createTime } from './time.ts';
import { createWire } from './wire.ts';

const DAY_MS = 86_400_000;
/** A deposit is late by four days at most and a payout comes back within five; then nothing new happens any more. */
const AFTER_MS = 10 * DAY_MS;
/** Time for what is left to come to its end, with nothing going wrong any more. */
const QUIET_MS = 8 * DAY_MS;
const PROCESSES = 2;
const NEWS: readonly News[] = ['chain', 'juno', 'people', 'strike'];
/** Kustodia’s own MXNB in the bridge wallet, to prove Juno’s address with. */
const FLOAT_CENTAVOS = 1_000n;
const JUNO_OWN_CENTAVOS = 100_000_000_000n;

/** Of the amounts that are drawn, only the few that are large are over it. */
const RELEASE_FOUR_EYES = '50000';

export type WorldParameters = Readonly<{
  seed: number;
  payments: number;
  /** A new database, prepared. */
  url: string;
  /** Which payments it does without, by number, and which kinds of faults and of fates. */
  withoutPayments?: ReadonlySet<number>;
  withoutFaults?: ReadonlySet<string>;
  /** The processor that it has to itself, where several worlds run at once. */
  processor?: number | undefined;
  /** Is told what happens, line by line. */
  tell?: (line: string) => void;
}>;
export type WorldResult = Judged &
  Readonly<{
    /** How many of the complaints are the auditor's. */
    auditFindings: number;
    steps: number;
    faults: Record<string, number>;
    /** How many payments had which fate, and how often what came to pass. */
    fates: Record<string, number>;
    acts: Record<string, number>;
    digest: string;
    simulated_ms: number;
  }>;

/** Runs one world from its first payment to its end, and judges it. */
export async function runWorld(parameters: WorldParameters): Promise<WorldResult> {
  const { seed, url, withoutPayments = new Set(), withoutFaults = new Set(), tell = () => undefined } = parameters;
  const time = createTime(START_MS);
  const tally = createTally();
  const chance = createChance(seed);
  const faults = createFaults(withoutFaults);
  const skew = (name: string) => {
    const minutes = chance.of(`skew ${name}`).int(-300, 300);
    if (withoutFaults.has('clock_skew')) return 0;
    faults.count('clock_skew');
    return minutes;
  };
  const settings = readSettings({
    DATABASE_URL: url,
    CHAIN_ID: String(CHAIN_ID),
    ETH_RPC_URL: 'http://127.0.0.1:1',
    ESCROW_CONTRACT_ADDRESS: ADDRESS.escrow,
    MXNB_CONTRACT_ADDRESS: ADDRESS.token,
    ESCROW_BRIDGE_WALLET: ADDRESS.bridge,
    ESCROW_PRIVATE_KEY: BRIDGE_KEY,
    ESCROW_APPROVER: ADDRESS.approver,
    ESCROW_APPROVER_KEY: APPROVER_KEY,
    JUNO_DEPOSIT_ADDRESS: ADDRESS.juno,
    JUNO_ENV: 'sandbox',
    JUNO_BASE_URL: 'http://127.0.0.1:2',
    BITSO_BASE_URL: 'http://127.0.0.1:3',
    JUNO_STAGE_API_KEY: 'simulated',
    JUNO_STAGE_API_SECRET: 'simulated secret',
    KUSTODIA_KEY_SECRET: `the secret of the simulated world ${seed}`,
    DAILY_PAYOUT_CAP_MXN: '100000000',
    PAYMENT_CAP: '100000000',
    USER_DAILY_CAP: '100000000',
    SCREENING_VALID_DAYS: '3650',
    RELEASE_FOUR_EYES,
    DISPUTE_APPEAL_S: String(DAY_MS / 1000),
  });
  // What the reactors warn of is told beside what happens to them, and is no part of the history.
  const warned = {
    write: (line: string) => parameters.tell?.(`${new Date(time.now_ms()).toISOString()} reactor: ${line.trimEnd()}`),
  };
  const log = pino({ level: parameters.tell ? 'warn' : 'silent', base: null, timestamp: false }, warned);

  const story: string[] = [];
  const say = (text: string) => {
    const line = `${new Date(time.now_ms()).toISOString()} ${text}`;
    story.push(line);
    tell(line);
  };
  const stirred: Partial<Record<News, number>> = {};
  const stirredAt = (except: readonly News[] = []): number =>
    Math.max(...NEWS.filter((news) => !except.includes(news)).map((news) => stirred[news] ?? START_MS));
  let steps = 0;
  let processes: Process[] = [];
  let strikes: Strikes | undefined;
  const stir = (news: News) => {
    stirred[news] = time.now_ms();
    for (const one of processes) one.stir(news);
    if (news !== 'strike') strikes?.wake();
  };
  const alive = (name: string): Process | undefined => {
    const living = processes.filter((one) => !one.isDead());
    return living.length > 0 ? chance.next(`who ${name}`).pick(living) : undefined;
  };

  const chain_skew_s = skew('chain');
  const store = await openStore(url, time, parameters.processor);
  const root = store.open({ fateOf: () => 'run', delay: () => undefined });
  await root.db.$client.query('UPDATE indexed.stands_at SET skew_s = $1', [chain_skew_s]);

  const bank = createBank();
  const indexer = createIndexer({
    db: root.db,
    time,
    chance,
    token: ADDRESS.token,
    escrow: ADDRESS.escrow,
    genesis_s: GENESIS_S,
    onIndexed: () => {
      stir('chain');
      for (const one of processes) if (!faults.strikes('wakeup_lost', chance.next('indexed wakes'))) one.pokeIndexed();
    },
  });
  const credited = new Set<string>();
  const chain = createChain({
    time,
    chance,
    faults,
    addresses: ADDRESS,
    genesis_s: GENESIS_S,
    skew_s: chain_skew_s,
    onMined: (mined) => {
      say(
        `mined ${mined.hash.slice(0, 10)} in block ${mined.block}at nonce ${mined.nonce}${mined.isSuccess ? '' : ', reverted'}: ${logsText(mined)}`,
      );
      indexer.onMined(mined, chain.blockHash(mined.block));
      for (const one of mined.logs) {
        if (one.is === 'transfer' && one.to === ADDRESS.juno)
          time.after(chance.next(`seen ${mined.hash}`).int(2_000, 30_000), `seen ${mined.hash}`, () => {
            if (credited.has(mined.hash) || !chain.isMined(mined.hash)) return;
            credited.add(mined.hash);
            juno.credit(one.value / 10_000n, mined.hash);
          });
        if (one.is === 'early')
          tally.count(mined.logs.some(({ is }) => is === 'cancelled') ? 'cancelled_early' : 'released_early');
        if (one.is === 'funded') {
          const wait_s = one.escrow.deadline - chain.now_s();
          time.after(wait_s * 1000, `deadline ${one.escrow.reference}`, () => stir('chain'));
        }
      }
      stir('chain');
    },
    onReorg: (fromBlock) => indexer.onReorg(fromBlock),
  });
  chain.contracts.mint(ADDRESS.faucet, FLOAT_CENTAVOS * 10_000n);
  chain.send(
    ADDRESS.faucet,
    ADDRESS.token,
    encodeFunctionData({
      abi: MXNB_ABI,
      functionName: 'transfer',
      args: [ADDRESS.bridge, FLOAT_CENTAVOS * 10_000n],
    }),
  );
  // Juno's wallet is that of all its customers: a reorganisation that swaps two of its transfers leaves none without money.
  chain.contracts.mint(ADDRESS.juno, JUNO_OWN_CENTAVOS * 10_000n);
  const juno = createJuno({
    time,
    chance,
    faults,
    bank,
    chain,
    wallet: ADDRESS.juno,
    token: ADDRESS.token,
    skew_ms: skew('juno') * 1000,
    onNews: (what) => {
      say(`juno: ${what}`);
      stir('juno');
      const of = chance.next(`webhook ${what}`);
      if (faults.strikes('webhook_lost', of)) return;
      const arrive = (wait_ms: number) => time.after(wait_ms, `webhook ${what}`, () => alive('webhook')?.pokeIntake());
      arrive(of.int(100, 3_000) + (faults.strikes('webhook_reordered', of) ? of.int(3_000, 60_000) : 0));
      if (faults.strikes('webhook_duplicated', of)) arrive(of.int(1_000, 90_000));
    },
  });
  const wire = createWire({ time, chance, faults, juno, apiSecret: settings.junoApiSecret, say });

  const jobs = createJobs({ time, chance, faults, processes: () => processes, stirredAt });
  let born = 0;
  const bear = (slot: number) => {
    const name = `reactor-${slot}-${++born}`;
    const process = createProcess({
      name,
      store,
      time,
      chance,
      faults,
      chain,
      wire,
      settings,
      log,
      skew_ms: skew(`slot ${slot}`) * 1000,
      stirredAt,
      ...jobs,
      onStep: () => {
        steps++;
      },
      say,
    });
    processes[slot] = process;
    time.after(chance.next('start').int(100, 5_000), `${name} start`, () => process.start());
  };
  for (let slot = 0; slot < PROCESSES; slot++) bear(slot);

  const struck = () => stir('strike');
  const stops = createStops({ db: root.db, time, chance, tally, stir: struck, say });
  const acts = createActs({
    ...{ db: root.db, time, chance, tally, settings, stops, say, chainNow_s: chain.now_s },
    desk: () => alive('desk')?.ctx,
    enqueue: (job) => jobs.enqueue(job, 0),
    stir: () => stir('people'),
  });
  const asked = plan(parameters.payments, (index) => !withoutPayments.has(index), chance, faults, withoutFaults);
  const customers = createCustomers({
    ...{ db: root.db, time, chance, tally, settings, juno, acts, payments: parameters.payments, asked, say },
    enqueue: (job) => jobs.enqueue(job, 0),
    stir: () => stir('people'),
  });
  customers.begin();

  const restart = (of: Draws) => {
    const slot = of.int(0, PROCESSES - 1);
    const process = processes[slot];
    if (!process || process.isDead()) return;
    process.dieAt(of.int(1, 400), of.int(0, 1) === 1, () => {
      say(`${process.name} died`);
      stir('strike');
      time.after(of.int(500, 40_000), `reborn ${slot}`, () => {
        bear(slot);
      });
    });
  };
  const backOffice = startBackOffice({
    ...{ db: root.db, time, chance, tally, settings, stops, say },
    ...{ paidIn: customers.paidIn, paymentOf: customers.paymentOf, people: customers.people },
    desk: () => alive('desk')?.ctx,
    enqueue: (job) => jobs.enqueue(job, 0),
    stir: () => stir('people'),
  });
  strikes = startStrikes({
    ...{ time, chance, faults, withoutFaults, chain, wire, indexer, stops, backOffice, alive, restart, say },
    stir: struck,
    newsAt: () => stirredAt(['strike']),
  });

  startTeam({
    ...{ db: root.db, time, chance, tally, say },
    desk: () => alive('desk')?.ctx,
    stir: () => stir('people'),
  });

  const last_ms = Math.max(0, ...asked.map(({ at_ms, custody_s }) => at_ms + custody_s * 1000));
  const horizon_ms = START_MS + last_ms + AFTER_MS;
  const run = async (until_ms: number): Promise<void> => {
    while (await time.step(until_ms))
      if (store.isTaken()) throw new Error('A transaction waits for something that is not the database.');
  };
  await run(horizon_ms);
  faults.end();
  for (const [slot, process] of processes.entries()) if (process.isDead()) bear(slot);
  stir('strike');
  await run(horizon_ms + QUIET_MS);

  const judged = await judge({
    db: root.db,
    bank,
    juno,
    chain,
    asked,
    made: await customers.made(),
    ended: acts.ended(),
    backOffice,
    addresses: ADDRESS,
    float: FLOAT_CENTAVOS,
    faults,
    wire,
    now_ms: time.now_ms(),
  });
  const stopped = await stops.violations(wire.sent());
  const findings = await auditAtRest({ url, settings, chain, juno });
  await Promise.all(processes.map((process) => process.drop()));
  await store.close();
  processes = [];
  return {
    ...judged,
    complaints: [...judged.complaints, ...stopped, ...findings],
    auditFindings: findings.length,
    steps,
    faults: faults.counts(),
    fates: customers.fates(),
    acts: tally.counts(),
    simulated_ms: time.now_ms() - START_MS,
    digest: digestOf(story, judged.digest),
  };
}

const digestOf = (story: readonly string[], books: string): string =>
  createHash('sha256')
    .update(`${story.join('\n')}\n${books}`)
    .digest('hex');

const logsText = ({ logs }: Mined): string =>
  logs
    .map((log) =>
      log.is === 'transfer'
        ? `${log.value / 10_000n} centavos ${log.from.slice(2, 4)} to ${log.to.slice(2, 4)}`
        : `${log.is} ${log.escrow.id}`,
    )
    .join(', ');
