/** What the reactor says of a payment, as people of each language read it: it says it in English, and with the numbers of machines. */
import { moment } from '../look/format.ts';
import { inEnglish } from './english.ts';
import type { Language } from './language.ts';
import { ASKS } from './said/asks.ts';
import { CAUSES } from './said/causes.ts';
import { OTHERS } from './said/others.ts';
import { PLANS } from './said/plans.ts';
import { REASONS } from './said/reasons.ts';
import { byRule, type Rule, type Tell } from './said/rule.ts';
import { STEPS } from './said/steps.ts';
import { WAITS } from './said/waits.ts';
import { WHYS as REFUSED } from './said/whys.ts';

/** Which part of a payment it is about. */
const WHO = '(?:It|Its (\\w+) leg of (\\S+) MXN \\((\\w+)\\))';
const partOf = ([kind, amount, state = '']: readonly string[], { name }: Tell): string | null =>
  kind === undefined ? null : `su parte «${name('kind', kind)}» de $${amount} («${name('state', state)}»)`;
const asLast = (more: string | undefined): string =>
  more === undefined
    ? ''
    : more === 'Another leg needs'
      ? ' Otra parte también requiere a una persona.'
      : ` ${more.split(' ')[0]} partes más también requieren a una persona.`;
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** What `kustodia payment why` says. */
const WHYS: readonly Rule[] = [
  [
    /^Nothing is left to do: what was to be paid is paid/,
    () => 'No queda nada por hacer: se pagó lo que debía pagarse.',
  ],
  [
    /^Nothing is left to do: no deposit came in time/,
    () => 'No queda nada por hacer: no llegó un depósito a tiempo, y venció.',
  ],
  [
    /^Nothing is left to do: it was called off/,
    () => 'No queda nada por hacer: se canceló antes de que llegara un depósito, o alguien lo resolvió por fuera.',
  ],
  [
    /^Nothing is left to do: other legs took the place/,
    () => 'No queda nada por hacer: otras partes tomaron el lugar de las suyas, y llegaron a su fin.',
  ],
  [/^Nothing is left to do/, () => 'No queda nada por hacer: cada parte llegó a su fin.'],
  [/^Nobody appealed in time/, () => 'Nadie apeló a tiempo: ahora se lleva a cabo lo que se decidió de su disputa.'],
  [
    new RegExp(`^${WHO} waits for (.*)\\. It looks again when told, and at (\\S+) at the latest\\.$`, 's'),
    (words, tell) => {
      const [what = '', until = ''] = words.slice(3);
      const said = byRule(WAITS, what, tell);
      const who = partOf(words, tell);
      return (
        said &&
        `${who === null ? 'Espera' : `${capital(who)} espera`} ${said}. Se revisa al recibir aviso, y a más tardar el ${moment(until, tell.locale)}.`
      );
    },
  ],
  [
    new RegExp(
      `^${WHO} needs a person \\((\\w+)\\): (.*?)( It is tried again by itself\\.)?(?: (Another leg needs|\\d+ more legs need) a person as well\\.)?$`,
      's',
    ),
    (words, tell) => {
      const [owner = '', what = '', again, more] = words.slice(3);
      const said = byRule(ASKS, what, tell);
      const who = partOf(words, tell);
      return (
        said &&
        `${who === null ? 'Requiere' : `${capital(who)} requiere`} a una persona (${tell.name('owner', owner)}): ${said}${again === undefined ? '' : ' Se intenta de nuevo por sí solo.'}${asLast(more)}`
      );
    },
  ],
  [
    /^The (\w+) leg moves from (\w+) to (\w+) now/,
    ([kind = '', from = '', to = ''], { name }) =>
      `La parte «${name('kind', kind)}» pasa ahora de «${name('state', from)}» a «${name('state', to)}».`,
  ],
  [
    /^The (\w+) leg is replaced now, where it is (\w+)/,
    ([kind = '', state = ''], { name }) =>
      `La parte «${name('kind', kind)}» se reemplaza ahora, en «${name('state', state)}».`,
  ],
  [
    /^The (\w+) leg’s escrow has id (\S+) after a reorganisation/,
    ([kind = '', id], { name }) =>
      `La garantía de la parte «${name('kind', kind)}» tiene el id ${id} tras una reorganización de la cadena; se anota ahora.`,
  ],
  [
    /^Somebody disputed the (\w+) leg’s escrow in its contract \((\S+)\)/,
    ([kind = '', hash], { name }) =>
      `Alguien disputó en su contrato la garantía de la parte «${name('kind', kind)}» (${hash}): ahora el pago se retiene aquí también.`,
  ],
  [
    /^The (\w+) leg begins (\w+) now \(attempt (\d+)\)/,
    ([kind = '', effect = '', attempt], { name }) =>
      `La parte «${name('kind', kind)}» inicia ahora «${name('effect', effect)}» (intento ${attempt}).`,
  ],
  [
    /^(\w+) \(attempt (\d+)\) is sent or looked for now/,
    ([effect = '', attempt], { name }) =>
      `«${name('effect', effect)}» (intento ${attempt}) se envía o se busca ahora; su intención está registrada y no puede hacerse dos veces.`,
  ],
];

/** The sentence, and the language that it is in: English where nobody has put it into another. */
export function retell(sentence: string, tell: Tell): Readonly<{ text: string; language: Language }> {
  const said =
    tell.language === 'es'
      ? byRule([...WHYS, ...STEPS, ...OTHERS, ...ASKS, ...PLANS, ...REFUSED, ...CAUSES, ...REASONS], sentence, tell)
      : null;
  return said === null ? { text: inEnglish(sentence), language: 'en' } : { text: said, language: 'es' };
}
