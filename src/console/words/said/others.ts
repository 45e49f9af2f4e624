/** What the reactor says elsewhere, in Spanish: of its parts, of deposits in suspense, of breaks, and its alerts. */

import { ASKS } from './asks.ts';
import { REASONS } from './reasons.ts';
import type { Rule, Tell } from './rule.ts';
import { byRule } from './rule.ts';
import { WAITS } from './waits.ts';

const SUSPENSE: readonly Rule[] = [
  [
    /^It came to a CLABE that is no user’s here/,
    () =>
      'Llegó a una CLABE que aquí no es de nadie: creada a mano, o después del respaldo con que se restauró esta base (kustodia recover dice cuáles). Averigua quién lo envió; devuélvelo si nadie sabe.',
  ],
  [
    /^No payment of this user waits/,
    () => 'Ningún pago de este usuario espera un depósito. Crea uno y asígnalo, o devuélvelo.',
  ],
  [
    /^It is more than what is waited for/,
    () => 'Es más de lo que se espera. Divídelo: el pago, y el resto como devolución; o devuélvelo.',
  ],
  [/^It is less than what is waited for/, () => 'Es menos de lo que se espera. Espera el resto, o devuélvelo.'],
  [
    /^It fits several payments together/,
    () => 'Cuadra con varios pagos juntos, o con un pago junto con otros depósitos. Divídelo, o devuelve todos.',
  ],
  [
    /^The payment of this amount expired before it came/,
    () => 'El pago de este monto venció antes de que llegara. Crea uno nuevo y asígnalo, o devuélvelo.',
  ],
  [
    /^A payment of this amount got its deposit lately/,
    () => 'Un pago de este monto recibió su depósito hace poco: parece que se pagó dos veces. Devuélvelo.',
  ],
  [
    /^It is less than Juno issues/,
    () => 'Es menos de lo que Juno emite. Juno lo devuelve por sí mismo; no hay nada que hacer.',
  ],
  [
    /^A payout came back, and which one it was/,
    () =>
      'Un pago regresó, y no se distingue con certeza cuál. Encuéntralo; luego dos personas lo dan a quien se debe.',
  ],
  [
    /^Juno shows that it came in, and no list/,
    () =>
      'Juno muestra que entró, y ninguna lista de depósitos dice de quién; puede ser un pago que regresó. Pregunta al soporte de Juno, y luego asígnalo o devuélvelo, entre dos personas.',
  ],
];

const GUARDS: readonly Rule[] = [
  [
    /^What was sent is looked for and followed to its end; deposits are read/,
    () =>
      'Lo que se envió se busca y se sigue hasta su fin; los depósitos se leen y se registran. Nada se pierde, y lo que espera sigue por sí solo cuando dos personas lo abren de nuevo.',
  ],
];

const BREAKS: readonly Rule[] = [
  [
    /^Find what left the account/,
    () =>
      'Encuentra qué salió de la cuenta: compara su propio historial (las transacciones de Juno, la cartera o el contrato en un explorador) con kustodia effect list. Repón lo que falta con dinero propio de Kustodia, o registra la pérdida como dice el manual; luego dos personas abren el interruptor.',
  ],
  [
    /^Treat the key of the wallet as stolen/,
    () =>
      'Da por robada la llave de la cartera hasta saber quién firmó: revisa la transacción en un explorador y kustodia wallet nonces. Cambia la llave si no fue de los nuestros; repón el MXNB; luego dos personas abren el interruptor.',
  ],
  [
    /^Treat the API key of Juno as stolen/,
    () =>
      'Da por robada la llave de API de Juno hasta saber quién lo pidió: revisa la transacción en Juno y pregunta a su soporte. Revoca la llave si no fue de los nuestros; luego dos personas abren el interruptor.',
  ],
  [
    /^Tell engineering: an entry was posted/,
    () =>
      'Avisa a ingeniería: se registró un asiento que nada de fuera prueba. Nadie registra a mano; revisa quién escribió en la base de datos.',
  ],
  [
    /^Ask Juno’s support where the withdrawal is/,
    () =>
      'Pregunta al soporte de Juno dónde está el retiro, con su id y el hash que Juno da: Juno dice que está completo, y la cadena no muestra ninguna transferencia a la cartera.',
  ],
  [
    /^Ask Juno’s support to credit the transfer/,
    () =>
      'Pide al soporte de Juno que abone la transferencia: envía el hash, el monto y la dirección de depósito. El pago sigue por sí solo cuando se abone.',
  ],
  [
    /^Ask Juno’s support for the ISSUANCE/,
    () => 'Pide al soporte de Juno la emisión (ISSUANCE) del depósito, con su id: los pesos están y el MXNB no.',
  ],
  [
    /^Look at the transaction at Juno and at kustodia suspense list/,
    () =>
      'Revisa la transacción en Juno y kustodia suspense list: entró al fondo MXNB que no tiene ningún pago ni depósito en suspenso. Si sigue así, avisa a ingeniería.',
  ],
  [
    /^Look who sent it\. Nothing has to be done/,
    () =>
      'Revisa quién lo envió. No hay nada que hacer: se queda en la cartera, no es de ningún pago y se cierra solo tras un día. Si es un pago de Juno que no se reconoció, su pago dice qué espera.',
  ],
  [
    /^Tell engineering: what the books owe/,
    () =>
      'Avisa a ingeniería: lo que los libros deben por el pago no es lo que son sus partes. Mientras tanto, retén el pago.',
  ],
  [
    /^Nothing is compared with this side/,
    () =>
      'No se compara nada con este lado hasta que responda: revisa kustodia doctor y la bitácora, y arranca o corrige lo que no responde.',
  ],
  [
    /^Tell engineering: the ledger says something else/,
    () =>
      'Avisa a ingeniería: el libro mayor dice de un día cerrado algo distinto de cuando se cerró. Compara ambos (kustodia report closing) y encuentra quién escribió en la base de datos.',
  ],
];

const inner = (text = '', tell: Tell): string => byRule([...ASKS, ...PARTS], text, tell) ?? text;
/** “2 h 3 min” is the same in both, but for days. */
const span = (text = ''): string => text.replaceAll(/\bdays?\b/g, 'd').replaceAll(/\bhours?\b/g, 'h');

const ALERTS: readonly Rule[] = [
  [
    /^The (\w+) leg of payment (\S+) \((\S+) MXN\) is (\w+) for (.+?), longer than 99 of 100 were\./,
    ([kind = '', id, amount, state = '', age], { name }) =>
      `La parte «${name('kind', kind)}» del pago ${id} ($${amount}) lleva ${span(age)} en «${name('state', state)}», más que 99 de 100. Se revisa de nuevo por sí sola. Pregunta qué espera: kustodia payment why ${id}`,
  ],
  [
    /^Payment (\S+) needs (\w+) \((\S+)\): (.*) Its money stays where it is until then\.$/s,
    ([id, owner = '', code, what], tell) =>
      `El pago ${id} requiere a ${tell.name('owner', owner)} (${code}): ${inner(what, tell)} Su dinero se queda donde está hasta entonces.`,
  ],
  [
    /^Effect (\S+) \((\w+)\) of (no payment|payment \S+) was sent (.+) ago and its answer is lost\./,
    ([id, code = '', of = '', age], { name }) =>
      `El envío ${id} («${name('effect', code)}») de ${of === 'no payment' ? 'ningún pago' : of.replace('payment', 'pago')} salió hace ${span(age)} y se perdió su respuesta. El sistema sigue buscando y no envía nada dos veces. Mira dónde buscó: kustodia effect show ${id}`,
  ],
  [
    /^Deposit (\S+) of (.+?) belongs to no payment \((\w+)\) for (.+?)\. It stays in suspense/,
    ([id, amount, reason, age]) =>
      `El depósito ${id} de ${amount} no es de ningún pago (${reason}) desde hace ${span(age)}. Queda en suspenso hasta que una persona lo dé a alguien.`,
  ],
  [
    /^Ledger, chain and Juno do not agree: (\d+) open breaks? of (\w+), the oldest for (.+?)\./,
    ([count, kind = '', age], { name }) =>
      `Libros, cadena y Juno no coinciden: ${count} abiertas de «${name('break', kind)}», la más antigua desde hace ${span(age)}. La conciliación no paga nada; lo que falta detiene su riel o su cartera. Lee la evidencia y cierra lo explicado.`,
  ],
  [
    /^Money is off: (.*) Nothing is begun or sent until it is rebuilt: kustodia recover$/s,
    ([why]) => `El dinero está detenido: ${why} No se inicia ni se envía nada hasta reconstruirlo: kustodia recover`,
  ],
  [
    /^The automation is silent: (.*?)\. Payments wait where they are\./s,
    ([what = '']) =>
      `La automatización está en silencio: ${what
        .replaceAll(/(\d+) legs were not looked at in time/g, '$1 partes no se revisaron a tiempo')
        .replaceAll(
          /the loop “([^”]+)” had no turn for/g,
          'el ciclo «$1» no tuvo turno en',
        )}. Los pagos esperan donde están. No se pierde nada. Reinicia el reactor; si sigue así, su bitácora dice por qué.`,
  ],
  [
    /^Money on chain waits for (.*) It goes on by itself\. Start the indexer/s,
    ([what = ''], tell) =>
      `El dinero en la cadena espera ${byRule(WAITS, what.replace(/\.$/, ''), tell) ?? what.replace(/\.$/, '')}. Sigue por sí solo. Arranca el indexador (npm run indexer) o mira su bitácora.`,
  ],
  [
    /^The RPC has not answered for (.+?)\. Steps/,
    ([age]) =>
      `El RPC no responde desde hace ${span(age)}. Los pasos en la cadena esperan y siguen por sí solos. Pregunta a su proveedor, o apunta ETH_RPC_URL a otro.`,
  ],
  [
    /^Juno usually takes (\S+) s to answer now\./,
    ([seconds]) =>
      `Juno suele tardar ahora ${seconds} s en responder. Los pagos tardan más; lo que no recibe respuesta a tiempo se busca, nunca se repite a ciegas. Si persiste, pregunta a Juno.`,
  ],
  [
    /^Juno locked us out for too many calls, (\d+) times in a day\. Nothing is sent before (\S+);/,
    ([times, until]) =>
      `Juno nos bloqueó por demasiadas llamadas, ${times} veces en un día. No se envía nada antes de ${until}; luego una consulta vuelve a probar por sí sola. Averigua quién más usa esta llave de API.`,
  ],
  [
    /^Juno does not answer and is left alone\. Nothing is sent before (\S+);/,
    ([until]) =>
      `Juno no responde y se le deja en paz. No se envía nada antes de ${until}; luego una consulta vuelve a probar por sí sola. Los pagos esperan. No se pierde nada. Si persiste, pregunta a Juno.`,
  ],
  [
    /^Contract (0x\w+): no new money goes into it: people stopped it, and (kustodia guard list) says why/,
    ([address, look]) => `Contrato ${address}: no entra dinero nuevo; alguien lo detuvo, y ${look} dice por qué.`,
  ],
  [
    /^Contract (0x\w+): (.*)$/s,
    ([address, why = ''], tell) => `Contrato ${address}: ${byRule(REASONS, why, tell) ?? why}`,
  ],
  [
    /^The bridge wallet's ether pays for (\d+) more transactions, fewer than (\d+)\./,
    ([left, least]) =>
      `El éter de la cartera puente alcanza para ${left} transacciones más, menos de ${least}. Sin él nada se fondea, se libera ni regresa; espera. Envíale éter.`,
  ],
  [
    /^Juno’s deposit address is not proved and the bridge wallet has no MXNB/,
    () =>
      'La dirección de depósito de Juno no está probada y la cartera puente no tiene MXNB para probarla. Los pagos liberados esperan. Envía a la cartera puente un MXNB propio de Kustodia.',
  ],
  [
    /^Kustodia's own MXNB in the bridge wallet pay for (\d+) more proofs of a deposit address, fewer than (\d+)\./,
    ([left, least]) =>
      `El MXNB propio de Kustodia en la cartera puente alcanza para ${left} pruebas más de una dirección de depósito, menos de ${least}. Ahora nada espera; esperaría si Juno diera otra dirección o cambiara el token. Envíale MXNB propio de Kustodia, uno por prueba.`,
  ],
  [
    /^Endpoint (\S+) did not take (\d+) webhooks within three days \((.*)\); they are given up/s,
    ([id, count, why]) =>
      `El destino ${id} no recibió ${count} webhooks en tres días (${why}); se desiste de ellos y los nuevos se siguen enviando. Ningún dinero espera por eso. Corrige el destino y reenvíalos.`,
  ],
  [
    /^The channel (\S+) did not take (\d+) alerts \((.*)\); they are given up/s,
    ([channel, count, why]) =>
      `El canal ${channel} no recibió ${count} alertas (${why}); se desiste de ellas. Los otros canales las tienen, y la bitácora también. Corrige el canal; la próxima alerta lo prueba de nuevo.`,
  ],
];

const PARTS: readonly Rule[] = [
  [/^The indexer is at block (\d+)\.$/, ([block]) => `El indexador está en el bloque ${block}.`],
  [/^The RPC is at block (\d+)\.$/, ([block]) => `El RPC está en el bloque ${block}.`],
  [/^Juno is being read\.$/, () => 'Se está leyendo a Juno.'],
  [/^Postgres answers in (\d+) ms\.$/, ([ms]) => `Postgres responde en ${ms} ms.`],
  [/^(\d+) legs are under way, none overdue\.$/, ([open]) => `Hay ${open} partes en camino, ninguna atrasada.`],
  [/^open$/, () => 'abierta'],
  [
    /^its answer was lost and no trace of it is found outside/,
    () => 'se perdió su respuesta y no se encuentra rastro fuera',
  ],
  [
    /^its answer was lost, and which record outside is its own cannot be told/,
    () => 'se perdió su respuesta, y no se distingue cuál registro de fuera es suyo',
  ],
];

const HIDDEN: readonly Rule[] = [[/^\(only for those on duty\)$/, () => '(solo para quienes están de guardia)']];

export const OTHERS: readonly Rule[] = [...HIDDEN, ...PARTS, ...SUSPENSE, ...GUARDS, ...BREAKS, ...ALERTS];

/** In Spanish; null of what it says elsewhere. */
export const retellOthers = (sentence: string, tell: Tell): string | null => byRule(OTHERS, sentence, tell);
