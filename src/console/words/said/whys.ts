/** Why the interface refuses something now, where its code alone does not tell (src/reactor/effects, replace, release, wallet), in Spanish. */
import type { Rule, Tell } from './rule.ts';

const state = (code: string | undefined, { name }: Tell): string => `«${name('state', code ?? '')}»`;
const effectState = (code: string | undefined, { name }: Tell): string => `«${name('effectState', code ?? '')}»`;
const VERDICTS: Readonly<Record<string, string>> = {
  shallow: 'aún faltan bloques',
  mismatch: 'el nodo no la tiene en ese bloque',
  rpcs_disagree: 'los dos nodos no coinciden',
  finalized_unknown: 'el nodo no conoce la etiqueta «finalized»',
};

export const WHYS: readonly Rule[] = [
  [
    /^(\S+) was done for a payment here, or paid what is owed here/,
    ([act]) =>
      `${act} es de un pago de aquí, o pagó algo que aquí se debe: si se apartara, se pagaría otra vez. Repite lo mismo sin nombrarlo: se une por sí solo, en cuanto se lea su evidencia.`,
  ],
  [
    /^(\S+) is no act that recovery found/,
    ([act]) => `${act} no es un acto que la recuperación haya encontrado. Mira con --dry-run.`,
  ],
  [
    /^(\S+): It went to an account to which (.+) are owed here, .* kustodia guard stop (user:\S+) --reason/s,
    ([act, sum, owner]) =>
      `${act} fue a una cuenta a la que aquí se le deben ${sum}, en montos que por pequeños no se pagan solos, y pudo pagar alguno. Primero detén a su titular, para que nada se pague otra vez: kustodia guard stop ${owner} --reason "…". Luego nómbralo de nuevo; registra lo que pagó con kustodia payment settle-outside, y solo entonces abre el interruptor.`,
  ],
  [
    /^A payout that came to nothing gets a new account/,
    () => 'Una dispersión que no llegó a nada se paga a otra cuenta con otra parte, no con otro intento.',
  ],
  [/^A refund of the leg is ordered/, () => 'Ya se ordenó una devolución de la parte, y la paga en su lugar.'],
  [/^Another attempt has been allowed already/, () => 'Ya se permitió otro intento.'],
  [/^Attempt (\d+) was made since/, ([n]) => `Desde entonces se hizo el intento ${n}.`],
  [/^BITSO_BASE_URL is not set/, () => 'Falta BITSO_BASE_URL, así que no puede preguntarse el saldo de Bitso.'],
  [
    /^(Juno|Bitso)’s balance does not agree that it did not leave: (.+) are available, (.+) would have to be\.(?: (.+) of that are of what is under way)?(?: Juno says that (\S+) failed)?/,
    ([where, has, needs, open, failed]) =>
      [
        `El saldo de ${where} no concuerda con que no haya salido: hay ${has}, y tendría que haber ${needs}.`,
        open &&
          ` De eso, ${open} son de lo que va en camino o aún no se anota, y no prueban nada: repite esto cuando termine; kustodia guard stop impide que empiece más.`,
        failed &&
          ` Juno dice que ${failed} falló, y no dónde está su dinero: pregunta con ese id al soporte de Juno, y repite esto cuando esté en el saldo.`,
      ]
        .filter(Boolean)
        .join(''),
  ],
  [
    /^Juno’s list of transactions is being read still/,
    () => 'La lista de transacciones de Juno aún se está leyendo, tras una interrupción. Repite esto cuando termine.',
  ],
  [
    /^Juno has made more than (\d+) pages of transactions since/,
    ([pages]) =>
      `Desde entonces Juno hizo más de ${pages} páginas de transacciones, más de las que se leen de una vez. Avisa a ingeniería.`,
  ],
  [
    /^Juno lists (\d+) transactions that cannot be read/,
    ([count]) =>
      `Juno muestra ${count} transacciones que no pueden leerse, y una de ellas puede ser esta. Avisa a ingeniería: están en juno_observation.`,
  ],
  [
    /^Effect (\S+) \((\w+)\) of the leg is (\w+): (?:it may still pay it|what becomes of it is not known yet)/,
    ([id, kind = '', now], tell) =>
      `«${tell.name('effect', kind)}» (${id}) está en ${effectState(now, tell)}: aún puede pagarla.`,
  ],
  [/^Settlement leg (\S+) pays it/, ([id]) => `La paga la liquidación ${id}.`],
  [
    /^It happened: the outside has it as (\S+), and (our records)?/,
    ([id, ours]) =>
      `Sí ocurrió: afuera está como ${id}, y ${ours ? 'según nuestros registros no. Avisa a ingeniería.' : 'se confirma por sí solo.'}`,
  ],
  [
    /^Several records outside could be it\. (Tell)?/,
    ([isOver]) =>
      `Varios registros de afuera podrían serlo. ${isOver ? 'Avisa a ingeniería.' : 'Di que ocurrió, con el id del que es.'}`,
  ],
  [
    /^What was sent less than (\d+ (?:h|min)) ago may still show/,
    ([span]) => `Lo enviado hace menos de ${span} aún puede mostrarse. Se busca por sí solo.`,
  ],
  [
    /^It is (\w+): only what is unknown is resolved by people/,
    ([now], tell) => `Está en ${effectState(now, tell)}: las personas solo resuelven lo que se desconoce.`,
  ],
  [
    /^It is (\w+): another attempt beside it could move/,
    ([now], tell) => `Está en ${effectState(now, tell)}: otro intento a su lado podría mover el dinero dos veces.`,
  ],
  [
    /^It is (\w+): nothing is to be found out/,
    ([now], tell) => `Está en ${effectState(now, tell)}: no hay nada que averiguar.`,
  ],
  [
    /^Juno says of it: (\S+)\. Only one that failed/,
    ([status]) => `Juno dice de él «${status}». Solo se intenta de nuevo el que falló.`,
  ],
  [
    /^Nobody was told that another transaction used its nonce/,
    () => 'A nadie se le avisó que otra transacción usara su nonce: la cartera lo atiende por sí sola.',
  ],
  [/^Nothing that was signed for it is on its way/, () => 'Ya no va en camino nada de lo que se firmó para él.'],
  [
    /^The chain has (\S+) at nonce (\d+), not the transaction/,
    ([hash, nonce]) => `La cadena tiene ${hash} en el nonce ${nonce}, no la transacción señalada.`,
  ],
  [
    /^The chain has our own transaction at it/,
    () => 'La cadena tiene ahí nuestra propia transacción. La cartera lo termina por sí sola.',
  ],
  [
    /^No block has nonce (\d+)/,
    ([nonce]) => `Ningún bloque tiene el nonce ${nonce}: se entregan otra vez nuestros mismos bytes.`,
  ],
  [
    /^(\S+) has (\d+) blocks on top, and a reorganisation may still take it out: it needs (\d+)/,
    ([hash, has, needs]) =>
      `${hash} tiene ${has} bloques encima, y una reorganización aún puede quitarla: necesita ${needs}.`,
  ],
  [/^The leg is (\w+) now/, ([now], tell) => `La parte está ahora en ${state(now, tell)}.`],
  [
    /^The leg is (\w+): its escrow is not waited for/,
    ([now], tell) => `La parte está en ${state(now, tell)}: no se espera su garantía.`,
  ],
  [
    /^The leg is (\w+): its money is not where a payout begins/,
    ([now], tell) => `La parte está en ${state(now, tell)}: su dinero no está donde empieza una dispersión.`,
  ],
  [
    /^The leg is (\w+): only what waits to be paid/,
    ([now], tell) =>
      `La parte está en ${state(now, tell)}: solo se paga de otro modo lo que espera pagarse, o cuya dispersión falló o regresó.`,
  ],
  [/^The leg is ordered back already/, () => 'Ya se ordenó devolver la parte.'],
  [
    /^The payment has no money that is not ordered back/,
    () => 'El pago no tiene dinero cuya devolución no esté ya ordenada, o no llegó un depósito para él.',
  ],
  [/^All of it has left/, () => 'Todo ya salió.'],
  [/^No end of its escrow is seen/, () => 'No se ve que su garantía haya terminado.'],
  [/^Its contract is not one of the settings/, () => 'Su contrato no es ninguno de la configuración.'],
  [
    /^Its escrow ended in transaction (\S+), and is paid in no other/,
    ([hash]) => `Su garantía terminó en la transacción ${hash}, y no se paga en ninguna otra.`,
  ],
  [
    /^Transaction (\S+), which ended its escrow, tells what paid it/,
    ([hash]) => `La transacción ${hash}, que terminó su garantía, dice qué la pagó.`,
  ],
  [
    /^Log (\d+) of it is no Transfer of (\S+) MXNB out of (\S+)/,
    ([log, amount, escrow]) =>
      `Su registro ${log} no es una transferencia de ${amount} MXNB desde ${escrow} que haya podido pagar esta garantía y ninguna otra.`,
  ],
  [/^Log (\S+) is evidence of (\w+) (\S+) already/, ([log, , id]) => `El registro ${log} ya es evidencia de ${id}.`],
  [/^It was named for this leg already/, () => 'Ya se señaló para esta parte.'],
  [/^It was named for leg (\S+), and claimed/, ([id]) => `Se señaló para la parte ${id}, y ya se tomó para ella.`],
  [
    /^Transaction (\S+)(?:, which paid \S+,)? is not settled on the chain as FINALITY_POLICY asks \((\w+)\)/,
    ([hash, verdict = '']) =>
      `La transacción ${hash} aún no es tan definitiva en la cadena como pide FINALITY_POLICY (${VERDICTS[verdict] ?? verdict}).`,
  ],
  [
    /^What the chain says of (?:it|its escrow) is not what was proposed/,
    () => 'Lo que la cadena dice ya no es lo que se propuso.',
  ],
  [
    /^Juno has not confirmed (\S+) yet/,
    ([account]) => `Juno aún no confirma ${account}. Suele tardar segundos: apruébalo entonces de nuevo.`,
  ],
  [
    /^Juno has another CLABE or name for (?:(\S+) than it was given|the account)/,
    () =>
      'Juno tiene otra CLABE u otro nombre para la cuenta que los que se le dieron. Compáralos y propón otra cuenta.',
  ],
  [/^The account that was proposed is not known here/, () => 'La cuenta propuesta no se conoce aquí.'],
  [
    /^Its release is not due|^Nothing of it waits to leave its custody/,
    () => 'Nada de él espera salir de su custodia hacia el beneficiario.',
  ],
  [/^Nothing of it is in custody, or it has ended/, () => 'Nada de él está en custodia, o ya terminó.'],
  [/^Its money has left the custody/, () => 'Su dinero salió de la custodia, o está saliendo.'],
  [/^Its money goes back to the payer/, () => 'Su dinero regresa al pagador.'],
  [/^The RPC gave no answer/, () => 'El nodo de la cadena (ETH_RPC_URL) no respondió.'],
  [/^Juno gave no answer|^Juno’s list could not be read/, () => 'Juno no respondió.'],
  [
    /^The RPC has no transaction (\S+) that succeeded/,
    ([hash]) => `El nodo no tiene una transacción ${hash} que haya tenido éxito.`,
  ],
  [
    /^Transaction (\S+) brought today’s wallet (\S+) no MXNB/,
    ([hash, wallet]) => `La transacción ${hash} no trajo MXNB a la cartera actual ${wallet}.`,
  ],
  [
    /^No payment’s MXNB lie in (\S+) by the books/,
    ([wallet]) => `Según los libros no hay MXNB de ningún pago en ${wallet}: no hay nada que registrar.`,
  ],
  [/^(\S+) is the bridge wallet of today/, ([wallet]) => `${wallet} es la cartera puente actual.`],
  [
    /^Transfer (\S+) of transaction (\S+) is evidence of (\w+) (\S+) already/,
    ([, hash, , id]) => `La transacción ${hash} ya es evidencia de ${id}.`,
  ],
  [
    /^(.+) of (\d+) legs lie in (\S+) by the books, and (.+) of that are still to come to (\S+)\. Nothing/,
    ([lies, legs, from, short, to]) =>
      `Según los libros hay ${lies} de ${legs} partes en ${from}, y aún falta que ${short} llegue a ${to}.`,
  ],
  [
    /^No payment can be larger than the cap “(\w+)”, which is (.+?): it could/,
    ([cap = '', most], { name }) => `Ningún pago puede superar el tope «${name('cap', cap)}», que es ${most}.`,
  ],
  [/^It belongs to (\w+), whose keys have the role/, ([owner = ''], { name }) => `Es de ${name('owner', owner)}.`],
];
