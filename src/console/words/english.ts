import { lasting, moment } from '../look/format.ts';

const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const SECONDS = /\((\d+) s by the chain’s clock\)/g;

/** A sentence of the reactor's in its own language, with moments and lengths of time as people write them. */
export const inEnglish = (sentence: string): string =>
  sentence
    .replaceAll(SECONDS, (_, left: string) => `(${lasting(Number(left), 'en-GB')} by the chain’s clock)`)
    .replaceAll(MOMENT, (at) => moment(at, 'en-GB'));
