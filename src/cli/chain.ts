import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { openChain } from '../chain/door.ts';
import { EscrowMismatchError } from '../chain/escrow.ts';
import { openDatabase } from '../reactor/db/client.ts';
import { acceptContract, pinContract, readContractPin } from '../reactor/guards/breaker.ts';
import { lookAtPin, newestKept, repin } from '../reactor/guards/pins.ts';
import { GET_CHAIN } from '../reactor/http/routes/chain.ts';
import { audit } from '../reactor/people/audit.ts';
import { readSettings, SettingsError } from '../reactor/settings.ts';
import { noteReorganisation } from '../reactor/watch/reorganisations.ts';
import { openApi } from './api.ts';
import { examine } from './contract/verify.ts';
import { CliError, EXIT, facts, type Output, table } from './output.ts';

type Options = Readonly<{ by: string; reason: string; dryRun?: boolean; json?: boolean }>;
type AcceptOptions = Options & Readonly<{ mismatchesKnown?: boolean }>;

/**
 * `kustodia chain accept-reorg`, straight in the database: a reactor that found the block gone that it last acted on does not
 * start, so nobody could be asked. Everything that was claimed in the lost blocks is read again before anything builds on it.
 */
export function chainCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const group = program
    .command('chain')
    .description('the chain that the database belongs to (needs the settings of the reactor)');
  acceptContractCommand(group, environment, out);
  showCommand(group, environment, out);
  group
    .command('accept-reorg')
    .description('let the reactor start after a reorganisation took out the newest block that it acted on')
    .requiredOption('--by <name>', 'who accepts it')
    .requiredOption('--reason <text>', 'how it is known to be a reorganisation, for the audit log')
    .option('--dry-run', 'only say what it would do')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ by, reason, dryRun = false, json }: Options) => {
      const settings = settingsFrom(environment);
      const chain = openChain(settings);
      const db = openDatabase(settings.databaseUrl, { max: 2 });
      try {
        const pin = await lookAtPin(db, chain).catch((cause: unknown) => {
          throw new CliError('The chain or the database does not answer: see kustodia doctor.', EXIT.unreachable, {
            cause: cause instanceof Error ? cause.name : 'unknown',
          });
        });
        if (pin.is !== 'reorganised')
          throw new CliError(REFUSALS[pin.is](pin.blockNumber), EXIT.refused, { is: pin.is });
        const kept = await newestKept(db, chain);
        if (!dryRun) {
          const [fromBlock, toBlock] = [kept.blockNumber + 1, pin.blockNumber];
          const gone = { fromBlock, toBlock, goneHash: pin.blockHash };
          await noteReorganisation({ db, chain, now: () => new Date(), newId: randomUUID }, gone);
          await db.transaction(async (tx) => {
            await repin(tx, chain, kept);
            await audit(tx, {
              actor: { id: 'command line', name: by, role: 'admin' },
              command: 'chain accept-reorg',
              subject: `chain:${settings.chainId}`,
              reason,
              detail: { acted: pin.blockNumber, kept: kept.blockNumber, gone: kept.gone },
            });
          });
        }
        out(
          facts([
            ['acted on', `block ${pin.blockNumber}, which is gone`],
            ['still there', `block ${kept.blockNumber}`],
            ['gone', `${kept.gone} blocks with evidence of ours; it is read again before anything builds on it`],
            ['done', dryRun ? 'nothing: --dry-run' : 'accepted; start the reactor'],
          ]),
        );
        if (json)
          out(JSON.stringify({ acted: pin.blockNumber, kept: kept.blockNumber, gone: kept.gone, accepted: !dryRun }));
      } finally {
        await db.$client.end();
      }
    });
}

/** `kustodia chain show`, asked of a reactor: how far finality and the indexer are behind, and what the chain took back. */
function showCommand(group: Command, environment: NodeJS.ProcessEnv, out: Output['out']): void {
  group
    .command('show')
    .description(
      'how far the indexer and finality are behind the head, and the newest reorganisations (asks the reactor)',
    )
    .option('--limit <n>', 'how many reorganisations', '20')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: { json?: boolean; limit: string }) => {
      const found = await openApi(environment).call(GET_CHAIN, { query });
      if (json) return out(JSON.stringify(found));
      const known = (value: number | null) => (value === null ? 'not known' : String(Math.round(value)));
      const blocks = found.blocks.map((one) => [one.of, known(one.number), known(one.behind), known(one.age_s)]);
      out(table(['block', 'number', 'behind', 'seconds old'], blocks));
      const gone = found.reorganisations.map((one) => [
        ...[one.seenAt, `${one.fromBlock}–${one.toBlock}`, String(one.depth)],
        one.events.map(({ as, txHash, blockNow }) => `${as} ${txHash} now in ${known(blockNow)}`).join(', '),
      ]);
      out('');
      out(gone.length > 0 ? table(['seen', 'blocks gone', 'deep', 'events'], gone) : 'No reorganisation was seen.');
    });
}

/**
 * `kustodia chain accept-contract`, straight in the database likewise: a reactor does not start against a contract that is not what
 * it was. The contract must pass every check of a start; what its admins did up to now is taken for known. Of the one in use, `contract
 * verify` must find nothing, or whoever accepts it says that all it finds is known: new money goes in after this.
 */
function acceptContractCommand(group: Command, environment: NodeJS.ProcessEnv, out: Output['out']): void {
  group
    .command('accept-contract')
    .argument('[address]', 'one of ESCROW_CONTRACTS_ALSO; the contract in use unless told')
    .description('let new money go into an escrow contract again, after its admins changed something')
    .requiredOption('--by <name>', 'who accepts it')
    .requiredOption('--reason <text>', 'what was changed and why that is sound, for the audit log')
    .option('--mismatches-known', 'also though kustodia contract verify complains: each of its sentences is known')
    .option('--dry-run', 'only say what it would do')
    .option('--json', 'print one JSON object as the last line')
    .action(async (which: string | undefined, options: AcceptOptions) => {
      const { by, reason, dryRun = false, mismatchesKnown = false, json } = options;
      const settings = settingsFrom(environment);
      const chain = openChain(settings);
      const contract = which === undefined ? chain.escrow : chain.escrowAt(which);
      if (!contract)
        throw new CliError(
          `Neither ESCROW_CONTRACT_ADDRESS nor ESCROW_CONTRACTS_ALSO names ${which}. Nothing was accepted.`,
          EXIT.usage,
        );
      const { address } = contract;
      const db = openDatabase(settings.databaseUrl, { max: 2 });
      try {
        const refused = (cause: unknown): never => {
          if (cause instanceof EscrowMismatchError)
            throw new CliError(`${cause.message} It cannot be accepted.`, EXIT.refused);
          throw new CliError('The chain does not answer: see kustodia doctor.', EXIT.unreachable);
        };
        // Read before it is looked at: of what is done meanwhile nobody has said that it is known.
        const block = await chain.blockNumber().catch(refused);
        const found = await contract.check(settings.bridge).catch(refused);
        const isVerified = contract === chain.escrow && contract.version === 'v3';
        const mismatches = isVerified ? (await examine(environment, {})).mismatches : [];
        for (const mismatch of mismatches) out(`✗ ${mismatch}`);
        if (mismatches.length > 0 && !mismatchesKnown)
          throw new CliError(
            'Nothing was accepted: kustodia contract verify complains, as above. Put it right first; or, if you know of each, add --mismatches-known.',
            EXIT.refused,
            { code: 'mismatches', mismatches },
          );
        const before = await readContractPin(db, settings.chainId, address);
        const isChanged = before !== null && before.identity !== found.identity;
        if (!dryRun)
          await db.transaction(async (tx) => {
            await pinContract(tx, settings.chainId, address, { identity: found.identity, block });
            await acceptContract(tx, address);
            await audit(tx, {
              actor: { id: 'command line', name: by, role: 'admin' },
              command: 'chain accept-contract',
              subject: `contract:${address}`,
              reason,
              detail: {
                from: before?.identity ?? 'none',
                to: found.identity,
                block: block.toString(),
                known: mismatches.join('\n'),
              },
            });
          });
        out(
          facts([
            ['contract', `${address}, version ${contract.version}${found.isPaused ? ', which is paused' : ''}`],
            [
              'changed',
              isChanged ? 'its code, its owner or its wallets' : 'nothing of its code, its owner and its wallets',
            ],
            ['done', dryRun ? 'nothing: --dry-run' : `accepted as it is at block ${block}`],
          ]),
        );
        if (json) out(JSON.stringify({ contract: address, changed: isChanged, accepted: !dryRun }));
      } finally {
        await db.$client.end();
      }
    });
}

const REFUSALS = {
  there: (block: number) =>
    `Block ${block}, the newest that was acted on, is on the chain: there is nothing to accept.`,
  behind: (block: number) =>
    `The chain behind ETH_RPC_URL has not come to block ${block}: its node is behind, or the chain was set back. Wait for the node; a chain that was set back needs an empty database.`,
  another_chain: () =>
    'The chain behind ETH_RPC_URL has another first block: it is another chain, not a reorganisation. Point ETH_RPC_URL at the old chain, or use an empty database.',
};

function settingsFrom(environment: NodeJS.ProcessEnv) {
  try {
    return readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(error.message, EXIT.usage);
    throw error;
  }
}
