import { z } from 'zod';
import { MOST_CELL } from '../reactor/cell.ts';
import { SettingsError } from '../reactor/settings-signers.ts';

const MOST_CELLS = 64;
const NUMBER = z
  .string()
  .regex(/^\d{1,3}$/, 'is not the number of a cell')
  .transform(Number)
  .pipe(z.int().max(MOST_CELL));
const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
const CELL = z
  .string()
  .transform((text) => text.split(/=(.*)/s, 2))
  .pipe(z.tuple([NUMBER, z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''))]));
const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const ENVIRONMENT = z.object({
  GATEWAY_CELLS: z
    .string()
    .transform(words)
    .pipe(z.array(CELL).min(1).max(MOST_CELLS))
    .refine((cells) => new Set(cells.map(([cell]) => cell)).size === cells.length, 'names a cell twice')
    .transform((cells): ReadonlyMap<number, string> => new Map(cells))
    .describe('each cell with the address of its reactors: 1=https://one.example, 2=https://two.example'),
  GATEWAY_OPEN_CELLS: z
    .string()
    .default('')
    .transform(words)
    .pipe(z.array(NUMBER))
    .describe('the cells that take new people; all unless told'),
  GATEWAY_HOST: z.string().default('127.0.0.1').describe('address that the gateway listens on'),
  GATEWAY_PORT: whole(4040, 0, 65_535).describe('its port; 0 takes a free one'),
  GATEWAY_TIMEOUT_MS: whole(30_000, 100, 120_000).describe('how long a cell may take to answer'),
  GATEWAY_UNDER_WAY: whole(128, 1, 10_000).describe(
    'requests under way to one cell; more are refused, of that cell alone',
  ),
});

/** Each setting with what it is for. */
export const GATEWAY_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVIRONMENT.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

export type GatewaySettings = Readonly<{
  cells: ReadonlyMap<number, string>;
  open: readonly number[];
  host: string;
  port: number;
  timeout_ms: number;
  underWay: number;
}>;

/** Reads the gateway's settings. Throws a SettingsError that names every wrong one, and repeats no value. */
export function readGatewaySettings(environment: NodeJS.ProcessEnv): GatewaySettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const { data, error } = ENVIRONMENT.safeParse(given);
  if (error) throw wrong(error.issues.map(({ path, message }) => `${path[0]?.toString()} ${message}`));
  const open = data.GATEWAY_OPEN_CELLS.length === 0 ? [...data.GATEWAY_CELLS.keys()] : data.GATEWAY_OPEN_CELLS;
  const unknown = open.filter((cell) => !data.GATEWAY_CELLS.has(cell));
  if (unknown.length > 0)
    throw wrong([`GATEWAY_OPEN_CELLS names ${unknown.join(', ')}, which is no cell of GATEWAY_CELLS`]);
  return {
    ...{ cells: data.GATEWAY_CELLS, open, host: data.GATEWAY_HOST, port: data.GATEWAY_PORT },
    ...{ timeout_ms: data.GATEWAY_TIMEOUT_MS, underWay: data.GATEWAY_UNDER_WAY },
  };
}

const wrong = (complaints: readonly string[]) =>
  new SettingsError(
    `The gateway did not start: ${complaints.join('; ')}. Correct the environment (.env.example says what each is).`,
  );
