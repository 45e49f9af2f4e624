/** What the interface refuses, in Spanish: by its code, which never changes its meaning, and what it says besides by its sentence. */
import type { Problem } from '../../../reactor/http/routes/problem.ts';
import { moment } from '../../look/format.ts';
import { byRule, type Rule, type Tell } from './rule.ts';
import { WHYS } from './whys.ts';

/** Its title, and what holds whatever else it says. `more`: its own sentence says more than this. */
type Told = readonly [title: string, always: string, more?: 'more'];

const NOTHING = 'No se hizo nada.';

const PROBLEMS: Readonly<Record<string, Told>> = {
  account_not_verified: ['La cuenta no está verificada', NOTHING, 'more'],
  already_approved: ['Ya está aprobado', `La aprobación de esa parte sigue en pie. ${NOTHING}`],
  already_proposed: ['Lo mismo ya está propuesto', 'Apruébalo, o retíralo y propónlo de nuevo.'],
  amount_differs: [
    'Las partes no suman el depósito',
    `${NOTHING} Divídelo: partes por todo el depósito, al centavo, cada pago una vez; lo que sobra se devuelve.`,
  ],
  appeal_too_late: ['Terminó el plazo para apelar', 'No se cambió nada: se lleva a cabo lo decidido.'],
  appealed_before: ['Cada parte puede apelar una vez', 'Esa parte ya apeló en esta disputa. No se cambió nada.'],
  approval_not_asked: ['Este pago no pide aprobaciones', `Se libera solo por su fecha. ${NOTHING}`],
  approval_not_found: ['No existe esa aprobación', 'Ninguna aprobación de este pago tiene ese id.'],
  approval_withdrawn: ['Esta aprobación ya se retiró', `Ya no cuenta. ${NOTHING}`],
  bad_split: ['El dinero no puede dividirse así', 'No se decidió nada.', 'more'],
  body_too_large: ['Es demasiado grande', NOTHING],
  break_not_found: ['No existe esa diferencia', 'No se cambió nada.'],
  cap_not_found: ['No existe ese tope', 'No se cambió nada.'],
  carry_over_refused: ['No puede registrarse como traspasado', 'No se registró nada.', 'more'],
  carry_over_short: [
    'Llegó muy poco MXNB a la cartera actual',
    'No se registró nada. Envía lo que falta, desde una cartera y no directo de Juno, y señala juntas las transacciones.',
    'more',
  ],
  clabe_not_theirs: ['Esta CLABE no puede darse a este usuario', 'No se cambió nada de este usuario.', 'more'],
  day_not_begun: ['Ese día no ha comenzado', 'En la Ciudad de México aún falta. Pide el de hoy o uno anterior.'],
  deposit_claimed: [
    'El pago ya tiene su depósito',
    `Llegó dinero para él, así que hay algo que devolver. ${NOTHING} Dos personas ordenan la devolución con «Devolver».`,
  ],
  deposit_not_found: ['No existe ese depósito', 'Juno no ha mostrado un depósito con ese id.'],
  dispute_decided: [
    'Una disputa de este pago es definitiva',
    'Se decidió, y terminó el plazo para apelar. No se cambió nada. Para dejar el dinero donde está, abre una retención.',
  ],
  dispute_not_found: ['No existe esa disputa', 'Ninguna disputa tiene ese id.'],
  dispute_not_open: ['La disputa ya no lo admite', 'Está en otro estado. No se cambió nada.'],
  disputed_already: [
    'El pago ya está en disputa',
    'No se cambió nada. Lo que diga otra persona es evidencia de esa disputa.',
  ],
  duplicate_amount: [
    'Otro pago espera el mismo depósito',
    'Espera lo mismo en la misma CLABE, o terminó sin depósito en los últimos 7 días: un depósito no podría distinguirse. No se creó nada. Usa ese pago, o un monto que difiera por un centavo.',
  ],
  effect_not_found: ['No existe ese efecto', 'Ningún efecto tiene ese id.'],
  evidence_full: [
    'La disputa tiene toda la evidencia que puede tener',
    'No se conservó nada. Señala lo esencial en el texto de la próxima propuesta.',
  ],
  hold_closed: ['Esta retención está cerrada', 'No se cambió nada.'],
  hold_is_dispute: ['Esto es una disputa', 'Una disputa no se cierra: se resuelve. No se cambió nada.'],
  hold_not_found: ['No existe esa retención', 'Ninguna retención tiene ese id.'],
  hold_of_another: ['Esta retención es de otro equipo', 'No se cambió nada. Pídeles que la cierren.', 'more'],
  hold_on_nothing: [
    'No hay nada con ese nombre que retener',
    'No es un pago, un usuario ni un riel. No se retuvo nada.',
  ],
  idempotency_key_missing: ['Falta la llave de idempotencia', NOTHING],
  idempotency_key_reused: [
    'Esta llave de idempotencia es de otra petición',
    `${NOTHING} Cierra la ventana y ábrela de nuevo.`,
  ],
  in_progress: [
    'En este momento se trabaja en ello',
    'No se hizo nada por esta petición. Repite lo mismo en unos segundos.',
  ],
  internal: [
    'Algo falló dentro',
    'El reactor no pudo terminar la petición. Repítela desde esta misma ventana: se hace una sola vez. Si sigue, mira el estado de los procesos (GET /health).',
  ],
  invalid_request: ['Algunos campos están mal', `${NOTHING} Corrígelos y envíalo de nuevo.`],
  invalid_url: ['Los webhooks no van ahí', 'No se creó nada: da una dirección pública y https.'],
  key_not_found: ['No existe esa llave', `Ninguna llave tiene ese id. ${NOTHING}`],
  revoked: ['La llave está revocada', NOTHING],
  leg_not_found: ['No existe esa parte', 'Ninguna parte de este pago tiene ese id.'],
  leg_not_payable_now: ['Esta parte no está para eso ahora', NOTHING, 'more'],
  link_not_found: ['No se conoce este enlace', `Se copió en parte, o no es nuestro. ${NOTHING}`],
  link_over: [
    'Este enlace ya no puede usarse',
    `Un enlace aprueba una liberación una sola vez. ${NOTHING} Quien lo envió puede enviar otro.`,
  ],
  money_not_seen: [
    'No se sabe dónde está el dinero que regresó',
    'El regreso está asentado, y ningún registro dice si Juno hizo de él MXNB o si Bitso tiene sus pesos. No se hizo nada. Una emisión suele verse en minutos. Si no llega, mira ambos saldos y repite diciendo dónde está el dinero: lo que se diga se compara con el saldo de ahí.',
  ],
  money_seen_elsewhere: [
    'El dinero se vio en otro lugar',
    `Los registros dicen otra cosa. ${NOTHING} Deja vacío dónde está el dinero, o corrígelo.`,
  ],
  name_written_otherwise: [
    'Una llave de este nombre se escribe de otro modo',
    'Dos llaves de un mismo nombre son de una misma persona. No se creó ninguna. Escríbelo igual para la misma persona; a otra dale un nombre que difiera en algo más que mayúsculas, acentos o espacios.',
  ],
  no_endpoint: ['No existe ese destino', 'A ningún destino de ese id se le avisa de nada.'],
  no_event: ['No existe ese evento', 'Ningún evento de ese id va a un destino actual.'],
  no_key: ['Esa llave no se conoce', 'Está mal escrita o se revocó. Una administración crea otra.'],
  no_standing_terms: [
    'Este usuario no tiene condiciones permanentes',
    'No hay ninguna en vigor que terminar. No se cambió nada.',
  ],
  no_such_payment: ['No existe ese pago', 'No se revisó nada.'],
  not_an_act: ['No es ninguno de los actos que quedan', 'No se cambió nada por esta petición.', 'more'],
  not_cancellable: ['El pago no espera un depósito de un pagador', `Empezó con dinero que ya está aquí. ${NOTHING}`],
  not_decidable: ['Esto no lo decide una persona por ahora', 'No se cambió nada.', 'more'],
  not_found: ['Aquí no hay nada', 'No existe esa dirección.'],
  not_from_console: ['Esto no vino de la consola', `${NOTHING} Recarga la página.`],
  not_issued: [
    'Juno no ha emitido MXNB por este depósito',
    `${NOTHING} Repítelo en un momento; si dura, pregunta al soporte de Juno.`,
  ],
  not_json: ['El cuerpo no es JSON', NOTHING],
  not_the_party: ['Este usuario no es quien debe aprobar', `Esa parte del pago es otro usuario. ${NOTHING}`],
  not_the_payees_account: [
    'Esta cuenta está a otro nombre',
    `El nombre no es el del beneficiario ni el de la cuenta anterior. ${NOTHING} Si se quiere otro titular, dilo: quien aprueba lo ve.`,
  ],
  not_the_payers_account: [
    'Esta cuenta no es del pagador',
    `Una devolución va al pagador y a nadie más: a la CLABE de la que llegó todo el depósito, o a una cuenta a su nombre. ${NOTHING}`,
  ],
  not_what_it_did: ['Esto no puede ser lo que hizo', 'No se cambió nada.', 'more'],
  nothing_to_approve: ['No hay liberación que aprobar', NOTHING, 'more'],
  nothing_to_dispute: [
    'Nada de él puede retenerse',
    'Una disputa se abre antes de que salga el dinero. No se cambió nada.',
    'more',
  ],
  nothing_to_refund: [
    'Nada de él puede devolverse',
    `${NOTHING} Lo que ya salió solo puede pagarse de nuevo del dinero propio de Kustodia.`,
    'more',
  ],
  outside_silent: ['No se pudo preguntar afuera', 'No se cambió nada. Repítelo cuando responda.', 'more'],
  over_cap: ['El monto supera lo que puede salir', 'Nunca podría pagarse. No se creó nada.', 'more'],
  own_key: ['Es tu propia llave', `${NOTHING} Que otra persona de administración la revoque.`],
  own_proposal: [
    'Aprueba una segunda persona',
    'Quien lo propuso no puede aprobarlo, ni otra llave del mismo nombre. Pídelo a alguien que apruebe o administre.',
  ],
  payer_without_clabe: [
    'El pagador aún no tiene CLABE de depósito',
    'Juno no se la ha asignado; suele tardar segundos y sigue por sí solo. Repítelo cuando su página muestre una.',
  ],
  payment_disputed: [
    'El pago está en disputa',
    `Su dinero queda donde está, también para las personas. ${NOTHING} Decide la disputa; luego sigue por sí solo.`,
  ],
  payment_ended: ['El pago ya terminó', `Se canceló antes o venció. ${NOTHING}`],
  payment_expired: [
    'El pago venció',
    `Lo que terminó no se abre de nuevo. ${NOTHING} Crea otro pago por el mismo monto y asígnale el depósito, o devuélvelo.`,
  ],
  payment_not_found: ['No existe ese pago', NOTHING],
  payment_not_open: [
    'El pago no espera un depósito',
    `Ya lo recibió, o terminó sin él. ${NOTHING} Asigna el depósito a un pago que espere, o devuélvelo.`,
  ],
  payout_clabe_unreachable: [
    'Esta CLABE no puede alcanzarse',
    'Las CLABE de prefijo 710 son de NVIO (Juno y Bitso): solo las alcanza el riel «Transferencia Bitso», y ninguna otra; los dos rieles sobre el saldo de Bitso requieren BITSO_BASE_URL. No se creó nada.',
  ],
  payout_may_stand: [
    'Su dispersión aún puede llegar, o llegó',
    `${NOTHING} Pagarlo de nuevo podría pagarlo dos veces. Sigue por sí solo al leerse otra vez el registro del riel; si no, pregunta a su soporte.`,
    'more',
  ],
  proposal_not_found: ['No existe esa propuesta', 'Ninguna propuesta tiene ese id.'],
  proposal_not_open: ['Esta propuesta ya no está abierta', `${NOTHING} Si aún se quiere, propónlo de nuevo.`],
  receipt_used: [
    'Este comprobante es de otro pago',
    `${NOTHING} Revisa en el CEP de Banxico la clave y el comprobante.`,
  ],
  refund_account_missing: [
    'No se sabe a dónde va el dinero del pagador',
    'Las condiciones del pago no nombran una cuenta para devoluciones. Da una del propio pagador. No se decidió nada.',
  ],
  release_needs_one: ['Esta liberación no requiere una segunda persona', NOTHING],
  release_not_carried: [
    'Aquí ninguna custodia termina antes de su fecha',
    'Por ese acuerdo terminaría cuando ambos aprueben, y no puede. No se creó nada. Usa la fecha, o fecha y aprobaciones.',
  ],
  release_sent: [
    'La liberación ya salió',
    `Lo aprobado se firmó y se envió, o está hecho. ${NOTHING} Quien no esté de acuerdo abre una disputa.`,
  ],
  sender_unknown: [
    'No se conoce completa la cuenta del remitente',
    `Juno no muestra la CLABE y el nombre de quien envió este depósito, o es una dispersión que regresó. ${NOTHING} Averigua de quién es, y repítelo con CLABE y nombre.`,
  ],
  signed_out: ['Tu sesión terminó', `${NOTHING} Entra de nuevo con tu llave.`],
  still_rotating: [
    'El secreto anterior aún firma',
    'Así quien verifica puede tomar el nuevo; otro más lo impediría. No se cambió nada. Espera a que termine.',
  ],
  suspense_closed: ['Este depósito ya no está en suspenso', NOTHING],
  suspense_not_found: ['No existe ese depósito en suspenso', 'Ninguno tiene ese id.'],
  switch_not_found: ['No existe ese interruptor', 'No se cambió nada.'],
  switch_not_peoples: [
    'Este interruptor no es para personas',
    'Está apagado mientras afuera se conozcan actos nuestros que aquí no; lo abre «Recuperar». No se cambió nada.',
  ],
  switch_open: ['Este interruptor está abierto', 'Ahora no detiene nada. No se cambió nada.'],
  too_many_endpoints: ['Ya hay suficientes destinos', 'Quita uno antes.'],
  too_many_requests: [
    'Esta llave pregunta demasiado',
    `Hay un máximo de peticiones por minuto (API_RATE_PER_MINUTE). ${NOTHING} Repítelo en un momento.`,
  ],
  too_many_strangers: [
    'Se pregunta demasiado sin una llave conocida',
    `Antes de saber quién pregunta, hay un máximo por minuto para cada dirección y para todas juntas (STRANGER_RATE_PER_MINUTE, STRANGERS_RATE_PER_MINUTE). ${NOTHING} Repítelo en un momento; una llave conocida en la última hora sí entra.`,
  ],
  tracking_key_used: [
    'Esta clave de rastreo es de otro pago',
    `${NOTHING} Revisa en el CEP de Banxico la clave y el comprobante.`,
  ],
  user_erased: ['Este usuario está borrado', 'No se guarda cuenta suya. No se cambió nada.'],
  user_not_at_rest: [
    'Este usuario tiene algo abierto',
    'No se borró nada. Deja que termine, o termínalo, y propónlo de nuevo.',
    'more',
  ],
  user_not_found: ['No existe ese usuario', 'Ningún usuario tiene ese id.'],
  user_unknown: [
    'No existe ese usuario',
    'Pagador, beneficiario y quien recibe una comisión son usuarios. No se hizo nada.',
  ],
  wrong_role: ['Esta llave no puede hacer eso', `Tiene otro papel. ${NOTHING}`],
};

/** What is wrong with one field. */
const isOne = (codes: string): string => `es uno de: ${codes}`;
const FIELDS: readonly Rule[] = [
  [/^is missing: say why/, () => 'falta: di por qué, para la bitácora'],
  [/^is (missing|needed)\b/, () => 'falta'],
  [/^is empty$/, () => 'está vacío'],
  [/^has fewer than (\d+) characters$/, ([n]) => `tiene menos de ${n} caracteres`],
  [/^has more than ([\d,]+) characters$/, ([n]) => `tiene más de ${n} caracteres`],
  [/^is too long$/, () => 'es demasiado largo'],
  [/^has characters that no bank accepts/, () => 'tiene caracteres que ningún banco acepta en un nombre'],
  [/^has 1 to 40 ASCII/, () => 'tiene de 1 a 40 letras sin acento, dígitos y espacios'],
  [/^has eighteen digits/, () => 'tiene dieciocho dígitos, como una CLABE'],
  [/^has 18 digits$/, () => 'tiene 18 dígitos'],
  [/^is a text of pesos|^is a plain decimal number of pesos/, () => 'es un monto en pesos como 1500.00'],
  [/^is not an amount such as/, () => 'es un monto como 5000000, 1500.50 o «600000 UDI»'],
  [/^has more than two decimals/, () => 'tiene más de dos decimales: un peso tiene 100 centavos'],
  [/^is not more than zero$/, () => 'no es mayor que cero'],
  [/^is under (.+), the least that Juno/, ([least]) => `es menos que ${least}, lo mínimo que Juno emite y redime`],
  [/^is over (.+)$/, ([most]) => `supera ${most}`],
  [/^is not an e-mail address$/, () => 'no es un correo'],
  [/^is (?:not )?the id of a user$/, () => 'no es el id de un usuario'],
  [/^there is no user with this id$/, () => 'no hay un usuario con este id'],
  [/^is (?:not )?the id (?:or number )?of (?:a|no) payment$/, () => 'no es el id de un pago'],
  [/^is nothing that is known$/, () => 'no es nada conocido'],
  [
    /^begins with (\d+), the code of no bank/,
    ([code]) => `empieza con ${code}, que no es la clave de un banco de SPEI`,
  ],
  [/^is a whole number of seconds$/, () => 'es un número de días'],
  [/^is more than 0 seconds$/, () => 'es más que cero'],
  [/^is at most 10 years/, () => 'es a lo más 10 años'],
  [/^is at most 30 days/, () => 'es a lo más 30 días'],
  [/^is a whole number of basis points/, () => 'es un por ciento con a lo más dos decimales'],
  [/^is at most 10000/, () => 'es a lo más 100 %'],
  [/^is at least (\d+)$/, ([least]) => `es al menos ${least}`],
  [/^is at most (\d+)$/, ([most]) => `es a lo más ${most}`],
  [/^is for a payment of which a share is in custody$/, () => 'es de un pago con una parte en custodia'],
  [/^is either of so many basisPoints/, () => 'es por ciento o un monto fijo'],
  [/^has more than one fee of the platform$/, () => 'tiene más de una comisión de la plataforma'],
  [/^are borne by the recipient/, () => 'van a cargo del beneficiario cuando nadie pide el depósito'],
  [/^is less than the minimum$/, () => 'es menos que el mínimo'],
  [/^leaves less than a peso/, () => 'deja menos de un peso a una parte del beneficiario'],
  [/^is not a clave de rastreo|^is SPEI’s clave/, () => 'es una clave de rastreo: de 1 a 30 letras y dígitos'],
  [/^is not a link to Banxico|^is the link to Banxico/, () => 'es un enlace al CEP de Banxico'],
  [/^is of another payout$/, () => 'es de otra dispersión'],
  [/^is the hash of (?:a|the) transaction/, () => 'es el hash de una transacción: 0x y 64 dígitos'],
  [/^is the number of a log/, () => 'es el número de un registro en su bloque'],
  [/^is the id of a leg$/, () => 'es el id de una parte'],
  [/^is not a rail$/, () => 'no es un riel'],
  [/^is a word such as/, () => 'es una palabra como not_received'],
  [/^is an address of a private network$/, () => 'es una dirección de una red privada'],
  [/^is (?:neither http nor|not) https$/, () => 'no es https'],
  [/^is \{"basisPoints"/, () => 'es un por ciento entre 0 y 100, o un monto en pesos'],
  [/^has no deposit CLABE yet$/, () => 'aún no tiene CLABE de depósito'],
  [/^makes the deposit that of payment (\S+)$/, ([id]) => `hace el depósito igual al del pago ${id}`],
  [/^has expired$/, () => 'venció'],
  [/^bring too few$/, () => 'traen muy poco'],
  [/^sums to (\S+), not (\S+)$/, ([sum, wanted]) => `suma ${sum}, no ${wanted}`],
  [/^has fewer than two parts/, () => 'tiene menos de dos partes: para todo el depósito usa «Asignar» o «Devolver»'],
  [/^is neither the payee’s name/, () => 'no es el nombre del beneficiario ni el de la cuenta anterior'],
  [/^is neither the sender/, () => 'no es la del remitente del depósito ni está a nombre del pagador'],
  [/^is not a part of what has not left$/, () => 'no es una parte de lo que no ha salido'],
  [/^is not a field of this request$/, () => 'no es un campo de esta petición'],
  [/CLABE has exactly 18 digits$/, () => 'una CLABE tiene exactamente 18 dígitos'],
  [/CLABE control digit is wrong/, () => 'el dígito de control de la CLABE no coincide: hay un dígito mal escrito'],
  [/^is platform or broker$/, () => 'es de la plataforma o de un intermediario'],
  [/^is payer or recipient$/, () => 'es el pagador o el beneficiario'],
  [/^is 64 hex digits/, () => 'son 64 dígitos hexadecimales: el SHA-256 de sus bytes'],
  [/^Invalid input: expected \w+, received undefined$/, () => 'falta'],
  [/^is one of (.+)$/, ([codes = '']) => isOne(codes)],
];

export type ToldProblem = Readonly<{
  title: string;
  text: string;
  /** What it says besides, in its own words. */
  quoted: string | null;
  errors: readonly Readonly<{ field: string; message: string; isQuoted: boolean }>[];
}>;

/** What was refused as people of the page's language read it; null where nobody has put it into that. */
export function tellProblem({ code, detail, errors = [] }: Problem, tell: Tell): ToldProblem | null {
  const told = PROBLEMS[code];
  if (tell.language !== 'es' || !told) return null;
  const [title, always, more] = told;
  const why = byRule(WHYS, detail, tell);
  return {
    title,
    text: why === null ? always : `${why} ${always}`,
    quoted: more && why === null ? detail.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => moment(at, 'en-GB')) : null,
    errors: errors.map(({ field, message }) => {
      const said = byRule(FIELDS, message, tell);
      return { field, message: said ?? message, isQuoted: said === null };
    }),
  };
}

/** The codes that have words. */
export const TOLD_CODES: ReadonlySet<string> = new Set(Object.keys(PROBLEMS));
