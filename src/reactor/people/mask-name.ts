import { ERASED } from './erased.ts';

/**
 * What those read of a name who may not read names: the first letter of each word. That somebody was erased is told to all.
 *
 * @example
 * maskName('María López'); // 'M… L…'
 */
export const maskName = (name: string): string =>
  name === ERASED || name.startsWith(`${ERASED}:`)
    ? ERASED
    : name
        .split(/[\s-]+/u)
        .flatMap((word) => word.match(/[\p{L}\p{N}]/u)?.[0] ?? [])
        .map((first) => `${first}…`)
        .join(' ');
