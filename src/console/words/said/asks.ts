/** What a person is needed for (src/reactor/payment), in Spanish. */
import type { Rule, Tell } from './rule.ts';
import { byRule } from './rule.ts';
import { WAITS } from './waits.ts';

const effect = (code = '', { name }: Tell): string => `«${name('effect', code)}»`;

export const ASKS: readonly Rule[] = [
  [
    /^A live (\w+) \(attempt (\d+)\) exists, but the leg is (\w+)\./,
    ([code, attempt, state = ''], tell) =>
      `Hay un ${effect(code, tell)} vivo (intento ${attempt}), pero la parte está en «${tell.name('state', state)}». No se envía nada. Revisa ambos antes que nada.`,
  ],
  [
    /^(\w+) was signed, and another has its nonce\.$/,
    ([code], tell) => `${effect(code, tell)} se firmó, y otra transacción usó su nonce.`,
  ],
  [/^(\w+) was signed, and (.+)\.$/s, ([code, why], tell) => `${effect(code, tell)} se firmó, y ${why}.`],
  [
    /^ETH_RPC_URL and ETH_RPC_URL_2 disagree: one has transaction (\S+) in block (\S+) the other does not\./,
    ([hash, block]) =>
      `ETH_RPC_URL y ETH_RPC_URL_2 no coinciden: uno tiene la transacción ${hash} en el bloque ${block} y el otro no. Nada avanza hasta que coincidan; luego sigue por sí solo. Compara ambos con un explorador y reemplaza el equivocado.`,
  ],
  [
    /^FINALITY_POLICY asks for finalised blocks at this amount/,
    () =>
      'FINALITY_POLICY pide bloques finalizados para este monto, y el RPC no conoce la etiqueta «finalized». El dinero espera. Apunta ETH_RPC_URL (y ETH_RPC_URL_2) a un nodo que la conozca; luego sigue por sí solo.',
  ],
  [
    /^The leg is (\w+) without a recorded (\w+)\.$/,
    ([state = '', code], tell) =>
      `La parte está en «${tell.name('state', state)}» sin un ${effect(code, tell)} registrado.`,
  ],
  [/^The leg is in custody without a deadline/, () => 'La parte está en custodia sin una fecha límite de la cadena.'],
  [
    /^The chain no longer has what this leg stands on: transaction (\S+), once in block (\S+?)\.? Nothing more/,
    ([hash, block]) =>
      `La cadena ya no tiene aquello en lo que se apoya esta parte: la transacción ${hash}, antes en el bloque ${block}. No se hace nada más por la parte hasta que vuelva, o hasta que sea definitivo que otra tomó su lugar; luego sigue por sí solo. Lo que firmó nuestra cartera se entrega de nuevo al nodo con los mismos bytes; lo que envió Juno le toca a Juno. Si no vuelve, compara la cadena con un explorador y pregunta a Juno.`,
  ],
  [
    /^The escrow contract calls it disputed again/,
    () =>
      'El contrato de garantía la da otra vez por disputada, aunque ahí terminó su disputa. Una reorganización pudo deshacerlo, y entonces se entregan los mismos bytes; si no, resuélvela a mano en el contrato: a favor del vendedor, nunca en contra. No se paga nada hasta entonces.',
  ],
  [
    /^The escrow ended in transaction (\S+), and its money went to (\S+), not to the bridge wallet/,
    ([hash, to]) =>
      `La garantía terminó en la transacción ${hash}, y su dinero fue a ${to}, no a la cartera puente. No se hace nada más por esta parte y no se paga a nadie. Detén el dinero nuevo (kustodia guard stop all), compara el contrato con la configuración (kustodia contract verify) y averigua quién cambió a quién paga: docs/contract-operations.md. Lo perdido se paga a mano, del dinero propio de Kustodia.`,
  ],
  [
    /^The escrow has ended in transaction (\S+), and which Transfer paid it cannot be told/,
    ([hash]) =>
      `La garantía terminó en la transacción ${hash}, y entre lo demás que contiene no se distingue qué transferencia la pagó. No se intenta otra liberación y no se paga a nadie. Busca en un explorador el registro que movió el MXNB de este pago fuera del contrato; luego dos personas lo señalan, y sigue por sí solo.`,
  ],
  [
    /^The indexer shows an event that the RPC does not have/,
    () =>
      'El indexador muestra un evento que el RPC no tiene en ese bloque. El dinero espera hasta que coincidan; revisa que el indexador siga la cadena correcta.',
  ],
  [
    /^The payment is disputed and was frozen in the escrow contract/,
    () =>
      'El pago está en disputa y se congeló en el contrato de garantía, que ahora dice que no lo está: una reorganización lo deshizo, y se entregan los mismos bytes, o alguien la terminó a mano en el contrato. Nuestra propia retención sigue: no se paga nada. Si el contrato no la recupera pronto, averigua quién la terminó.',
  ],
  [
    /^escrow (\S+) would pay (\S+) if it ended now, and not the bridge wallet (\S+?)\. Nothing/,
    ([id, to, bridge]) =>
      `La garantía ${id} pagaría a ${to} si terminara ahora, y no a la cartera puente ${bridge}. No se libera nada; el dinero queda en la garantía mientras nadie más la termine, y sigue por sí solo cuando vuelva a pagar a la cartera puente. Si nadie de los tuyos lo cambió, robaron una llave del contrato: docs/contract-operations.md.`,
  ],
  [
    /^A release of (\S+) MXN is over RELEASE_FOUR_EYES/,
    ([amount]) =>
      `Una liberación de $${amount} supera lo que deja salir una sola persona: la dejan salir dos. Una la propone y otra la aprueba; luego sigue por sí solo.`,
  ],
  [
    /^(\w+) came to nothing (\d+) times; the money is back/,
    ([code, times], tell) =>
      `${effect(code, tell)} no llegó a nada ${times} veces; el dinero está de vuelta donde empezó el paso. Una persona decide si se intenta de nuevo.`,
  ],
  [
    /^(\w+) to be tried again: (.+) \((\d+) times in a row\)\./s,
    ([code, why, times], tell) =>
      `${effect(code, tell)} no logra pasar: ${why} (${times} veces seguidas). Sigue intentando; nada se envía dos veces.`,
  ],
  [
    /^(\w+) to be sent \((\d+) times in a row\)\./,
    ([code, times], tell) =>
      `${effect(code, tell)} no se ha podido enviar (${times} veces seguidas). Sigue intentando; nada se envía dos veces.`,
  ],
  [
    /^(\w+) was refused before it was processed: (.*)\. The money has not moved\./s,
    ([code, why], tell) =>
      `${effect(code, tell)} se rechazó antes de procesarse: ${why}. El dinero no se ha movido. Corrige la causa y permite otro intento.`,
  ],
  [
    /^(\w+) was sent and no trace of it was found\./,
    ([code], tell) =>
      `${effect(code, tell)} se envió y no se encontró rastro. Con otra llave nunca se envía de nuevo por sí solo; se sigue buscando. Averigua en Juno o Bitso qué fue de él, y dilo aquí.`,
  ],
  [
    /^For (\d+) minutes it has waited for (.+)\. It goes on looking; nothing is sent again\. Look there by hand\.$/s,
    ([minutes, what = ''], tell) => {
      const said = byRule(WAITS, what, tell);
      return (
        said &&
        `Desde hace ${minutes} minutos espera ${said}. Sigue buscando; no se envía nada de nuevo. Revísalo ahí a mano.`
      );
    },
  ],
  [/^It was refused\.$/, () => 'Se rechazó.'],
  [
    /^Its rail is (\w+), and BITSO_BASE_URL is not set\./,
    ([rail = ''], { name }) =>
      `Su riel es «${name('rail', rail)}», y falta BITSO_BASE_URL. El MXNB espera en el fondo de Juno. Configúrala y reinicia el reactor.`,
  ],
  [
    /^Juno could not issue MXNB for deposit (\S+); it sends the pesos back/,
    ([id]) =>
      `Juno no pudo emitir MXNB por el depósito ${id}; devuelve los pesos al pagador por sí mismo. Confírmalo y luego cancela el pago.`,
  ],
  [
    /^Juno credited the return (\S+), and a reorganisation undid it/,
    ([id]) =>
      `Juno abonó el retorno ${id}, y una reorganización lo deshizo: el MXNB nunca llegó a Juno. No se paga nada y nada se envía de nuevo. Pregunta al soporte de Juno si su abono sigue en pie; lo que respondan lo registra ingeniería, y mientras tanto la parte espera.`,
  ],
  [
    /^(.+) No deposit has come yet: let the payer wait until the account is mended\.$/s,
    ([why = ''], tell) =>
      `${byRule(ASKS, why, tell) ?? why} Aún no llega ningún depósito: que el pagador espere a que se corrija la cuenta.`,
  ],
  [/^Juno refuses it\.$/, () => 'Juno la rechaza.'],
  [
    /^Juno says that (\w+) (\S+) failed, and its money was not seen back/,
    ([code, id], tell) =>
      `Juno dice que ${effect(code, tell)} ${id} falló, y su dinero no se vio de vuelta donde empezó el paso. Nada se envía de nuevo por sí solo. Antes que nada, encuentra el dinero en Juno.`,
  ],
  [
    /^MXNB were sent to Juno in (\S+) and are not credited\./,
    ([hash]) =>
      `Se envió MXNB a Juno en ${hash} y no se ha abonado. Escribe al soporte de Juno: «Our deposit of MXNB on Arbitrum, transaction ${hash}, has not been credited.» Nada se envía de nuevo.`,
  ],
  [
    /^Settlement (\S+), which was to pay it, ended as (\w+)/,
    ([id, state = ''], { name }) =>
      `La liquidación ${id}, que debía pagarla, terminó en «${name('state', state)}», y ninguna parte suya paga en su lugar. Ninguna automatización paga esta parte. Encuentra el dinero de la liquidación; una nueva parte de ella paga entonces también esta.`,
  ],
  [
    /^The MXNB of payment (\S+) are in (\S+), which is not the bridge wallet any more\./,
    ([id, wallet]) =>
      `El MXNB del pago ${id} está en ${wallet}, que ya no es la cartera puente. Lo que hay en la actual es de otros pagos, así que no se envía nada por este; sigue por sí solo cuando se traiga la misma cantidad y dos personas lo registren. Muévelo a la cartera actual o, si robaron esa llave, envía la misma cantidad del dinero propio de Kustodia; luego usa «Traspasar».`,
  ],
  [
    /^The bank that was paid sent the pesos back\./,
    () =>
      'El banco al que se pagó devolvió los pesos. Pide una cuenta que los reciba y usa «Pagar de nuevo»; una segunda persona lo aprueba, y otra parte paga en su lugar.',
  ],
  [
    /^The payout failed for good, and its pesos are in the Bitso balance\./,
    () =>
      'El pago falló definitivamente, y sus pesos están en el saldo de Bitso. Pide una cuenta que los reciba y usa «Pagar de nuevo»; una segunda persona lo aprueba, y otra parte paga en su lugar.',
  ],
  [
    /^The payout failed for good/,
    () =>
      'El pago falló definitivamente. Pide una cuenta que reciba los pesos y usa «Pagar de nuevo»; una segunda persona lo aprueba, y otra parte paga en su lugar.',
  ],
  [
    /^The escrow was ended by somebody else before the payment’s own terms are met, in transaction (\S+); its money is in the bridge wallet/,
    ([hash]) =>
      `Otra persona terminó la garantía antes de que se cumplieran las condiciones del pago, en la transacción ${hash}; su dinero está en la cartera puente. No se paga a nadie antes de que se cumplan; luego sigue por sí solo. Averigua quién la terminó y para qué. Si el dinero debe volver al pagador, reembolsa el pago: eso no espera fecha.`,
  ],
  [
    /^What was in custody ended as (\w+) and was not paid, so nothing says that this commission is earned\./,
    ([state = ''], { name }) =>
      `Lo que estaba en custodia terminó en «${name('state', state)}» y no se pagó, así que nada dice que esta comisión se haya ganado. Sigue reservada. Reemplázala junto con la parte a la que correspondía.`,
  ],
  [
    /^Juno’s list of payout accounts could not be read (\d+) times in a row, for (\d+) minutes; the last time: (.*?)\. No account/s,
    ([times, minutes, why]) =>
      `La lista de cuentas de pago de Juno no se pudo leer ${times} veces seguidas, en ${minutes} minutos; la última vez: ${why}. No se paga a ninguna cuenta que no se acabe de comparar con ella, así que el dinero espera. Sigue intentando, cada vez con menos frecuencia, y continúa por sí solo cuando la lista pueda leerse. Si Juno está bien, avisa a ingeniería.`,
  ],
  [
    /^Juno’s record of the payout account has another CLABE or name/,
    () =>
      'El registro de Juno de la cuenta de pago tiene otra CLABE u otro nombre que el pago, o ya no está. No se envía nada. Compara ambos; una corrección es una cuenta nueva.',
  ],
  [
    /^(.+) does not carry this leg’s reference, or is of a contract/,
    ([which]) =>
      `${which} no lleva la referencia de esta parte, o es de un contrato que aquí no se maneja. No se libera nada. Compara la cadena con el indexador.`,
  ],
  [
    /^Looking at this payment failed (\d+) times in a row/,
    ([times]) =>
      `Revisar este pago falló ${times} veces seguidas; la bitácora del reactor dice por qué. Nada se mueve. Se intenta de nuevo en cada barrido.`,
  ],
  [
    /^The payment is over (\S+) MXN, the most that one may be\. /,
    ([most]) =>
      `El pago supera $${most}, lo más que puede ser uno. El límite se bajó después de crearlo. El pago espera a que se aumente: kustodia guard cap.`,
  ],
  [
    /^(.*) The payout waits for tomorrow’s, or for the cap to be raised: kustodia guard cap\.$/s,
    () => 'El límite del día está agotado. El pago espera al de mañana, o a que se aumente: kustodia guard cap.',
  ],
  [
    /^(.*) The payout waits for MXN_PER_UDI to be set, or for a cap in pesos\.$/s,
    () =>
      'El límite está en UDI y falta su valor. El pago espera a que se configure MXN_PER_UDI, o a un límite en pesos.',
  ],
];
