import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { encodeFunctionData } from 'viem';
import { MXNB_ABI } from '../chain/abi/mxnb.ts';
import { createPayment } from '../reactor/payment/create.ts';
import { PAYMENT_TERMS } from '../reactor/payment/terms.ts';
import { Refusal } from '../reactor/people/refusal.ts';
import { recordScreening } from '../reactor/people/screening.ts';
import { createUser } from '../reactor/people/user.ts';
import { readSettings } from '../reactor/settings.ts';
import { ADDRESS, BRIDGE_KEY } from './addresses.ts';
import { auditAtRest } from './auditor.ts';
import { createBank } from './bank.ts';
import { CHAIN_ID, createChain, type Mined } from './chain.ts';
import { createChance, type Draws } from './chance.ts';
import { openStore } from './database.ts';
import { createFaults } from './faults.ts';
import { createIndexer } from './indexer.ts';
import { createJobs } from './jobs.ts';
import { type Judged, judge } from './judge.ts';
import { createJuno } from './juno.ts';
import { GENESIS_S, START_MS } from './moments.ts';
import { COLLECTORS, type Planned, peopleFor, plan } from './population.ts';
import { createProcess, type News, type Process } from './process.ts';
import { createStops } from './stops.ts';
import { type Strikes, startStrikes } from './strikes.ts';
import { startTeam } from './team.ts';
import { createTime } from './time.ts';
import { createWire } from './wire.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A deposit is late by four days at most and a payout comes back within five; then nothing new happens any more. */
const AFTER_MS = 10 * DAY_MS;
/** Time for what is left to come to its end, with nothing going wrong any more. */
const QUIET_MS = 8 * DAY_MS;
const PROCESSES = 2;
const NEWS: readonly News[] = ['chain', 'juno', 'people', 'strike'];
const ACTOR = { id: 'simulation', name: 'simulation', role: 'operator' } as const;
const SOURCE = { ...ACTOR, role: 'screener' } as const;
/** Kustodia’s own MXNB in the bridge wallet, to prove Juno’s address with. */
const FLOAT_CENTAVOS = 1_000n;
const JUNO_OWN_CENTAVOS = 100_000_000_000n;

export type WorldParameters = Readonly<{
  seed: number;
  payments: number;
  /** A new database, prepared. */
  url: string;
  /** Which payments it does without, by number, and which kinds of faults. */
  withoutPayments?: ReadonlySet<number>;
  withoutFaults?: ReadonlySet<string>;
  /** Is told what happens, line by line. */
  tell?: (line: string) => void;
}>;
export type WorldResult = Judged &
  Readonly<{
    /** How many of the complaints are the auditor's. */
    auditFindings: number;
    steps: number;
    faults: Record<string, number>;
    digest: string;
    simulated_ms: number;
  }>;

/** Runs one world from its first payment to its end, and judges it. */
export async function runWorld(parameters: WorldParameters): Promise<WorldResult> {
  const { seed, url, withoutPayments = new Set(), withoutFaults = new Set(), tell = () => undefined } = parameters;
  const time = createTime(START_MS);
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
  });
  const log = pino({ level: 'silent' });

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
  const store = await openStore(url, time);
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
        `mined ${mined.hash.slice(0, 10)} in block ${mined.block}${mined.isSuccess ? '' : ', reverted'}: ${logsText(mined)}`,
      );
      indexer.onMined(mined, chain.blockHash(mined.block));
      for (const one of mined.logs) {
        if (one.is === 'transfer' && one.to === ADDRESS.juno)
          time.after(chance.next(`seen ${mined.hash}`).int(2_000, 30_000), `seen ${mined.hash}`, () => {
            if (credited.has(mined.hash) || !chain.isMined(mined.hash)) return;
            credited.add(mined.hash);
            juno.credit(one.value / 10_000n, mined.hash);
          });
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

  // People, and what they ask for.
  const { payers, recipients } = peopleFor(parameters.payments);
  const users: string[] = [];
  const newId = () => chance.uuid('person');
  /** The outside source says of somebody that they are cleared. */
  const screen = (userId: string) =>
    root.db.transaction((tx) =>
      recordScreening(tx, { settings }, SOURCE, userId, {
        ...{ kyc: 'verified', blacklist: 'clear', reference: 'simulated' },
        checkedAt: new Date(time.now_ms()),
      }),
    );
  time.after(1, 'people', async () => {
    for (let i = 0; i < payers + recipients + COLLECTORS.length; i++) {
      const terms = { fullName: 'Ana Ruiz', email: `p${i}@example.com`, reason: 'simulated' };
      const { id } = await root.db.transaction((tx) => createUser(tx, { newId }, ACTOR, terms));
      await screen(id);
      users.push(id);
      jobs.enqueue({ lane: 'user', id }, 0);
    }
  });
  const asked = plan(parameters.payments, (index) => !withoutPayments.has(index), chance, faults);
  const made = new Map<number, string>();
  const ask = async (planned: Planned, tries = 0): Promise<void> => {
    const { index, amount, clabe, rail } = planned;
    const payerId = users[(planned.payer + tries) % payers] ?? '';
    const recipientId = users[payers + planned.recipient] ?? '';
    const terms = PAYMENT_TERMS.parse({
      payerId,
      recipientId,
      amount: pesos(amount),
      custodyBasisPoints: planned.custodyShare,
      ...(planned.custodyShare > 0 && { custodySeconds: planned.custody_s }),
      fees: planned.fees.map(({ kind, bearer, rate, clabe: account }) => ({
        ...{ kind, bearer },
        ...('amount' in rate ? { amount: pesos(rate.amount) } : rate),
        beneficiaryId: users[payers + recipients + COLLECTORS.indexOf(kind)] ?? '',
        payout: { clabe: account, legalName: 'Ana Ruiz' },
      })),
      payout: { clabe, legalName: 'Ana Ruiz', rail },
      concept: `Payment ${index}`,
      reason: 'simulated',
    });
    const context = { newId, now: () => new Date(time.now_ms()), settings };
    try {
      const { id, destinationIds } = await root.db.transaction((tx) => createPayment(tx, context, ACTOR, terms));
      made.set(index, id);
      const parts = planned.parts.map((part) => part.amount).join(' + ');
      say(`payment ${index} is ${id}: ${parts} centavos, custody ${planned.custody_s} s, ${rail}`);
      stir('people');
      for (const account of destinationIds) jobs.enqueue({ lane: 'destination', id: account }, 0);
      jobs.enqueue({ lane: 'payment', id }, 0);
      const { rows } = await root.db.$client.query('SELECT clabe FROM reactor.deposit_clabe WHERE user_id = $1', [
        payerId,
      ]);
      const [{ clabe: own }] = rows as [{ clabe: string }];
      for (const [n, deposit] of planned.deposits.entries())
        time.after(deposit.after_ms, `deposit ${index}.${n}`, () => juno.deposit(own, deposit.amount, `${index}.${n}`));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (tries < 20) time.after(5 * MINUTE_MS, `ask ${index}`, () => ask(planned, tries + 1));
      else say(`payment ${index} was refused: ${error.message}`);
    }
  };
  for (const planned of asked) time.after(planned.at_ms, `ask ${planned.index}`, () => ask(planned));

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
  const struck = () => stir('strike');
  const stops = createStops({ db: root.db, time, chance, stir: struck, say });
  strikes = startStrikes({
    ...{ time, chance, faults, withoutFaults, chain, wire, indexer, stops, alive, restart, say },
    stir: struck,
    newsAt: () => stirredAt(['strike']),
  });

  startTeam({
    ...{ db: root.db, time, chance, say },
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
    made,
    addresses: ADDRESS,
    float: FLOAT_CENTAVOS,
    faults,
    overLimit: wire.overLimit(),
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
    simulated_ms: time.now_ms() - START_MS,
    digest: digestOf(story, judged.digest),
  };
}

const pesos = (units: bigint): string => `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;

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
