import { afterAll, beforeAll } from 'vitest';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { deployEscrows, type TestEscrows } from './escrows.ts';

const START_TIMEOUT_MS = 240_000;

/** A Postgres, and a chain with our contracts on it, for one file. */
export function useEscrows() {
  let postgres: TestPostgres;
  let anvil: TestAnvil;
  let contracts: TestEscrows;
  beforeAll(async () => {
    [postgres, anvil] = await Promise.all([startPostgres(), startAnvil()]);
    contracts = await deployEscrows(anvil);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await anvil?.stop();
    await postgres?.stop();
  });
  return {
    get postgres() {
      return postgres;
    },
    get anvil() {
      return anvil;
    },
    get contracts() {
      return contracts;
    },
  };
}
