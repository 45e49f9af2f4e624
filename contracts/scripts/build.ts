/**
 * Builds the contracts with forge and hands out what came of it. Everything runs offline, from node_modules.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Abi } from 'viem';
import { z } from 'zod';
import { runToEnd } from './run-to-end.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, 'contracts', 'cache');
const LOCK = join(CACHE, 'build.lock');
const BUILD_TIMEOUT_MS = 120_000;
const LOCK_POLL_MS = 50;

export class ContractsError extends Error {
  override readonly name = 'ContractsError';
}

/**
 * Forge's own binary. The command that npm links (node_modules/.bin/forge) exits with 0 whatever becomes of forge, so a
 * failed build or test would look like a good one.
 */
export function forgeBinary(): string {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/forge-${platform}/bin/forge${suffix}`);
  } catch (cause) {
    throw new ContractsError(`npm has installed no forge for ${platform}. Run \`npm install\` again.`, { cause });
  }
}

export type ForgeOptions = Readonly<{
  timeoutMs?: number;
  /** Settings over those of foundry.toml, as `FOUNDRY_…`. */
  settings?: Readonly<Record<`FOUNDRY_${string}`, string>>;
}>;

/**
 * Runs `forge` with these arguments and gives back its standard output. Throws a ContractsError with all of its output
 * if it fails or takes longer than `timeoutMs`.
 */
export async function runForge(
  args: readonly string[],
  { timeoutMs = BUILD_TIMEOUT_MS, settings = {} }: ForgeOptions = {},
): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1', ...settings };
  const { code, killed, stdout, stderr } = await runToEnd(forgeBinary(), args, { cwd: ROOT, env, timeoutMs });
  if (code === 0) return stdout;
  const why = killed === null ? '' : `It was ended: ${killed}. `;
  throw new ContractsError(`\`forge ${args.join(' ')}\` failed. ${why}${stdout}${stderr}`.trim());
}

/**
 * Compiles contracts/ into contracts/out, tests included. Builds nothing that is up to date, and any number of processes
 * may call it at once: one builds, the others wait for it. Throws a ContractsError.
 */
export async function buildContracts(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  await takeLock();
  try {
    await runForge(['build']);
  } finally {
    await rm(LOCK, { force: true });
  }
}

/**
 * Forge itself takes no lock, and a reader could see an artifact that another forge is just writing. The lock is a link
 * whose target is the holder's process id: made in one step, and told from the lock of a process that was killed.
 */
async function takeLock(): Promise<void> {
  const deadline = performance.now() + 2 * BUILD_TIMEOUT_MS;
  while (performance.now() < deadline) {
    try {
      return await symlink(String(process.pid), LOCK);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const holder = await readlink(LOCK).catch(() => undefined);
    if (holder !== undefined && !isAlive(Number(holder))) await rm(LOCK, { force: true });
    else await delay(LOCK_POLL_MS);
  }
  throw new ContractsError(`Another process has been building the contracts for too long. If none is, remove ${LOCK}.`);
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 reaches nobody: it only asks whether the process exists.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

const code = z.object({ object: z.templateLiteral(['0x', z.string().regex(/^(?:[0-9a-f]{2})+$/)]) });
const artifactSchema = z.object({
  // Whatever forge wrote as an ABI is one: the test of src/chain/abi compares it entry by entry.
  abi: z.custom<Abi>(Array.isArray),
  bytecode: code,
  deployedBytecode: code,
});

export type ContractName =
  | 'KustodiaEscrow'
  | 'MockMXNB'
  | 'EscrowV2Double'
  | 'EscrowV2PausableDouble'
  | 'EscrowProxyDouble'
  | 'NothingBeside'
  | 'TalkativeMXNB';
export type Artifact = Readonly<{ abi: Abi; bytecode: `0x${string}`; deployedBytecode: `0x${string}` }>;

/**
 * What `buildContracts` made of a contract: its ABI, its creation bytecode before the constructor's arguments, and the code that it leaves on chain.
 *
 * @example
 * await buildContracts();
 * await wallet.deployContract({ ...readArtifact('MockMXNB'), args: [owner, pauser, blacklister] });
 */
export function readArtifact(name: ContractName): Artifact {
  const path = join(ROOT, 'contracts', 'out', `${name}.sol`, `${name}.json`);
  const { abi, bytecode, deployedBytecode } = artifactSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return { abi, bytecode: bytecode.object, deployedBytecode: deployedBytecode.object };
}
