/** `npm start`: the whole of it on this machine, and a few payments driven through it. */
import { runCommand } from './command.ts';

runCommand({
  name: 'npm start',
  help: 'Starts Postgres, a chain with the contracts, a stand-in for Juno, the indexer, the approver and the reactor, and drives payments.',
});
