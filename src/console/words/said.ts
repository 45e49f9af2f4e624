/** What the reactor says of a payment, as people of each language read it: it says it in English, and with the numbers of machines. */
import { lasting, moment } from '../look/format.ts';
import type { Language } from './language.ts';

type Tell = Readonly<{ language: Language; locale: string; name: (of: string, code: string) => string }>;
type Rule = readonly [RegExp, (words: readonly string[], tell: Tell) => string | null];

const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const SECONDS = /\((\d+) s by the chain’s clock\)/g;

/** What a payment can wait for. */
const WAITS: readonly Rule[] = [
  [
    /^the payer’s SPEI deposit, until (\S+)$/,
    ([until = ''], { locale }) => `el depósito SPEI del pagador, hasta el ${moment(until, locale)}`,
  ],
  [/^Juno’s deposits to be read/, () => 'a que se lean los depósitos de Juno posteriores a su vencimiento'],
  [
    /^the custody to end at (\S+) \((\d+) s by the chain’s clock\)$/,
    ([end = '', left = '0'], { locale }) =>
      `el fin de la custodia el ${moment(end, locale)} (faltan ${lasting(Number(left), locale)})`,
  ],
  [/^Juno to complete the redemption$/, () => 'a que Juno complete la redención'],
  [/^Bitso to complete the withdrawal$/, () => 'a que Bitso complete el retiro'],
  [/^Juno to credit the return \((\S+)\)$/, ([hash]) => `a que Juno abone el retorno (${hash})`],
  [/^Juno’s own credit of the return/, () => 'a que Juno complete el abono del retorno'],
  [/^its dispute to be final$/, () => 'a que su disputa sea definitiva'],
  [/^the time to appeal/, () => 'el fin del plazo para apelar la decisión de su disputa'],
  [/^its escrow to be funded and undisputed/, () => 'a que su garantía esté fondeada y sin disputa en la cadena'],
  [/^the indexer to show the escrow that was made$/, () => 'a que el indexador muestre la garantía creada'],
  [/^the indexer to show the funded escrow$/, () => 'a que el indexador muestre la garantía fondeada'],
  [/^the indexer to show the released escrow$/, () => 'a que el indexador muestre la garantía liberada'],
  [/^the indexer/, () => 'al indexador'],
  [/^the RPC to answer$/, () => 'a que responda el RPC'],
  [/^more blocks on top/, () => 'más bloques sobre la evidencia, como pide FINALITY_POLICY'],
];

const rule = (rules: readonly Rule[], text: string, tell: Tell): string | null => {
  for (const [pattern, say] of rules) {
    const found = pattern.exec(text);
    if (found) return say(found.slice(1), tell);
  }
  return null;
};

const SENTENCES: readonly Rule[] = [
  [/^The indexer is at block (\d+)\.$/, ([block]) => `El indexador está en el bloque ${block}.`],
  [/^The RPC is at block (\d+)\.$/, ([block]) => `El RPC está en el bloque ${block}.`],
  [/^Juno is being read\.$/, () => 'Se está leyendo a Juno.'],
  [/^Postgres answers in (\d+) ms\.$/, ([ms]) => `Postgres responde en ${ms} ms.`],
  [/^(\d+) legs are under way, none overdue\.$/, ([open]) => `Hay ${open} partes en camino, ninguna atrasada.`],
  [/^open$/, () => 'abierta'],
  [
    /^It is more than what is waited for/,
    () => 'Es más de lo que se espera. Divídelo: el pago, y el resto como devolución; o devuélvelo.',
  ],
  [
    /^No payment of this user waits/,
    () => 'Ningún pago de este usuario espera un depósito. Crea uno y asígnalo, o devuélvelo.',
  ],
  [/^Nothing is left to do/, () => 'No queda nada por hacer: cada parte llegó a su fin.'],
  [/^Nobody appealed in time/, () => 'Nadie apeló a tiempo: ahora se lleva a cabo lo que se decidió de su disputa.'],
  [
    /^(?:It|Its (\w+) leg of (\S+) MXN \((\w+)\)) waits for (.*)\. It looks again when told, and at (\S+) at the latest\.$/,
    ([kind, amount, state = '', what = '', until = ''], tell) => {
      const said = rule(WAITS, what, tell);
      const who = kind && `Su parte «${tell.name('kind', kind)}» de $${amount} («${tell.name('state', state)}») espera`;
      return (
        said &&
        `${who ?? 'Espera'} ${said}. Se revisa al recibir aviso, y a más tardar el ${moment(until, tell.locale)}.`
      );
    },
  ],
  [
    /^The (\w+) leg moves from (\w+) to (\w+) now/,
    ([kind = '', from = '', to = ''], { name }) =>
      `La parte «${name('kind', kind)}» pasa ahora de «${name('state', from)}» a «${name('state', to)}».`,
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
  const said = tell.language === 'es' ? rule(SENTENCES, sentence, tell) : null;
  if (said !== null) return { text: said, language: 'es' };
  const text = sentence
    .replaceAll(SECONDS, (_, left: string) => `(${lasting(Number(left), 'en-GB')} by the chain’s clock)`)
    .replaceAll(MOMENT, (at) => moment(at, 'en-GB'));
  return { text, language: 'en' };
}
