#!/usr/bin/env node
// Forge's compiler: npm's solc behind the two calls of the native one that forge makes. Forge would otherwise download
// a binary, and nothing here may need a network. Plain JavaScript, so that a machine whose own node is 20 runs it too.
// No import callback: forge sends every source inline.
import { readFileSync } from 'node:fs';
import solc from 'solc';

const args = process.argv.slice(2);
if (args.includes('--version')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (args.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8')));
} else {
  process.stderr.write('solc.mjs answers --version and --standard-json only, which is all that forge asks\n');
  process.exitCode = 1;
}
