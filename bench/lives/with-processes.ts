import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ASKED, type Asked, type Told } from './messages.ts';
import type { Outside } from './outside.ts';

/** Reactors in processes of their own over one database, and over the chain and the rails of this process. */
export async function startProcesses(count: number, databaseUrl: string, outside: Outside) {
  const children = await Promise.all(
    Array.from({ length: count }, (_, i) => startOne(databaseUrl, `bench-${i + 1}`, outside)),
  );
  const tell = (told: Told) => {
    for (const child of children) if (child.connected) child.send(told);
  };
  return {
    onIndexed: () => tell({ tell: 'indexed' }),
    /** A webhook reaches one of them. */
    onJuno: () => children[0]?.send({ tell: 'juno' } satisfies Told),
    stop: async () => {
      const ended = children.map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())));
      tell({ tell: 'stop' });
      await Promise.all(ended);
    },
  };
}

function startOne(databaseUrl: string, holder: string, { request, rail }: Outside): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'process.ts'), [databaseUrl, holder]);
  return new Promise((resolve, reject) => {
    const answer = async (asked: Asked): Promise<void> => {
      if (asked.ask === 'started') return resolve(child);
      const { id } = asked;
      const told: Told = await (asked.ask === 'chain' ? request(asked) : rail(asked)).then(
        (result: unknown): Told => ({ tell: 'answer', id, result }),
        (error: Error): Told => ({ tell: 'refusal', id, message: error.message }),
      );
      if (child.connected) child.send(told);
    };
    child.on('message', (message) => void answer(ASKED.parse(message)));
    child.once('exit', (code) => reject(new Error(`a reactor ended with code ${code}`)));
  });
}
