import { z } from 'zod';
import { type ForgeOptions, runForge } from '../../contracts/scripts/build.ts';

/** `forge test --json`: suites by file and contract, each with its results by test. */
const suitesSchema = z.record(
  z.string(),
  z.object({
    test_results: z.record(
      z.string(),
      z.object({ status: z.string(), reason: z.string().nullish(), kind: z.record(z.string(), z.unknown()) }),
    ),
  }),
);

/** Runs forge's tests; what each came to, whether good or not. `kind` is how often it ran, as forge says it. */
export async function forgeTests(args: readonly string[] = [], options?: ForgeOptions) {
  const output = await runForge(['test', '--json', '--allow-failure', ...args], options);
  return Object.entries(suitesSchema.parse(JSON.parse(output))).flatMap(([suite, { test_results }]) =>
    Object.entries(test_results).map(([name, result]) => ({ name: `${suite} ${name}`, ...result })),
  );
}
