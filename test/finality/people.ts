import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { run } from '../../src/cli/run.ts';
import { createApp } from '../../src/reactor/http/app.ts';
import { createApiKey } from '../../src/reactor/people/api-key.ts';
import { ALL_WELL } from '../http/world.ts';
import type { AnyWorld } from './world.ts';

const REASON = ['--reason', 'a drill of the team'];

/** Two people at the command line of the reactor as it is now: one proposes, the other approves. */
export async function peopleOf(world: AnyWorld) {
  const keyOf = async (name: string, role: 'operator' | 'approver') =>
    (await createApiKey(world.db, { name: `${name} of ${crypto.randomUUID()}`, role })).secret;
  const keys = { olga: await keyOf('olga', 'operator'), pablo: await keyOf('pablo', 'approver') };

  /** What a person types, and all that is printed; its last line is JSON where that is asked for. */
  async function kustodia(who: keyof typeof keys, ...args: string[]): Promise<{ code: number; text: string }> {
    const { fetch } = createApp(world.ctx, { health: async () => ALL_WELL });
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const said: string[] = [];
    const environment = { KUSTODIA_URL: url, KUSTODIA_API_KEY: keys[who] };
    const code = await run(args, environment, { out: (line) => said.push(line), err: (line) => said.push(line) });
    await new Promise((resolve) => server.close(resolve));
    return { code, text: said.join('\n') };
  }

  return {
    kustodia,
    /** Proposed by one and approved by the other; what is refused says why. */
    both: async (...args: string[]): Promise<string> => {
      const made = await kustodia('olga', ...args, ...REASON, '--json');
      if (made.code !== 0) return made.text;
      const { id } = JSON.parse(made.text.split('\n').at(-1) ?? '') as { id: string };
      return (await kustodia('pablo', 'effect', 'approve', id, ...REASON)).text;
    },
    /** The same without doing it. */
    dry: async (...args: string[]): Promise<string> => (await kustodia('olga', ...args, ...REASON, '--dry-run')).text,
  };
}
