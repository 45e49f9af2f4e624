/** What a command would do (its preview), in Spanish. */
import type { Rule } from './rule.ts';

const ACCRUED =
  ' Juno no redime menos de $100.00: se le debe a su cuenta como acumulado, y se liquida junto con lo demás que ahí se deba cuando alcance el mínimo.';
const accrued = (more: string | undefined): string => (more === undefined ? '' : ACCRUED);
const FOUND: readonly (readonly [RegExp, string])[] = [
  [/(\d+) withdrawals or redemptions at Juno/g, '$1 retiros o redenciones en Juno'],
  [/(\d+) payouts at Bitso/g, '$1 dispersiones en Bitso'],
  [/(\d+) CLABEs at Juno/g, '$1 CLABE en Juno'],
  [/(\d+) transactions of the bridge wallet/g, '$1 transacciones de la cartera puente'],
];

/** When a part goes back. */
const WHEN: Readonly<Record<string, string>> = {
  'once Juno has issued MXNB for its deposit': 'cuando Juno emita MXNB por su depósito',
  'at once, before any escrow is made': 'de inmediato, antes de crear la garantía',
  'once Juno’s withdrawal has arrived and its MXNB is back at Juno':
    'cuando llegue el retiro de Juno y su MXNB esté de vuelta en Juno',
  'once its MXNB is back at Juno; no escrow is made': 'cuando su MXNB esté de vuelta en Juno; no se crea garantía',
  'once its MXNB is back at Juno; the escrow that is being made stays empty':
    'cuando su MXNB esté de vuelta en Juno; la garantía que se está creando queda vacía',
  'once its MXNB is back at Juno; the escrow that was made stays empty':
    'cuando su MXNB esté de vuelta en Juno; la garantía creada queda vacía',
  'once its escrow is over and its MXNB is back at Juno': 'cuando termine su garantía y su MXNB esté de vuelta en Juno',
  'once its escrow is over and its MXNB is back at Juno: at once where all of it goes back and an approver signs for that, else at the end of the custody':
    'cuando termine su garantía y su MXNB esté de vuelta en Juno: de inmediato si regresa todo y un aprobador firma por ello; si no, al final de la custodia',
  'once its MXNB is back at Juno': 'cuando su MXNB esté de vuelta en Juno',
  'once Juno has credited its MXNB': 'cuando Juno haya abonado su MXNB',
  'at once': 'de inmediato',
  'at once, from the Bitso balance': 'de inmediato, del saldo en Bitso',
};

export const PLANS: readonly Rule[] = [
  ...Object.entries(WHEN).map(([english, spanish]): Rule => [new RegExp(`^${english}$`), () => spanish]),
  [
    /^The escrow holds it until the custody is over; then it is paid\.( Under .*)?$/s,
    ([more]) => `La garantía lo guarda hasta que termine la custodia; luego se paga.${accrued(more)}`,
  ],
  [
    /^It is earned, and paid, when the part in custody is\.( Under .*)?$/s,
    ([more]) => `Se gana, y se paga, cuando la parte en custodia.${accrued(more)}`,
  ],
  [
    /^It is paid as soon as the deposit is MXNB\.( Under .*)?$/s,
    ([more]) => `Se paga en cuanto el depósito sea MXNB.${accrued(more)}`,
  ],
  [
    /^Each share is of the whole it is a share of/,
    () =>
      'Cada parte se calcula sobre el total del que es parte y se redondea hacia abajo al centavo. Lo que deja el redondeo queda para el beneficiario, en la parte que se paga de inmediato; de una comisión a cargo del pagador no se cobra.',
  ],
  [
    /^its release is signed and may be in a block/,
    () =>
      'su liberación está firmada y puede estar en un bloque: si lo está, su MXNB se queda en la cartera puente; si no, se renuncia a ella',
  ],
  [
    /^goes back to the payer, as was ordered before/,
    () => 'regresa al pagador, como se ordenó antes; mientras tanto espera',
  ],
  [/^stays where it is$/, () => 'queda donde está'],
  [
    /^(?:Money is off: )?the database was set back while a reactor ran on it/,
    () =>
      'La base de datos retrocedió mientras un reactor trabajaba en ella: se restauró un respaldo en su lugar, o la reemplazó una copia que no tenía todo. El dinero está detenido.',
  ],
  [
    /^(?:Money is off: )?the outside knows (.+) that this database does not: it was restored/,
    ([found = '']) =>
      `Afuera se conocen ${FOUND.reduce((text, [english, spanish]) => text.replaceAll(english, spanish), found)} que esta base no conoce: se restauró de un respaldo, o alguien más actuó. El dinero está detenido.`,
  ],
  [
    /^dispute (\S+), (\w+), opened (?:by (?:the )?(\w+)|in the escrow contract)$/,
    ([id, code = '', by = 'chain'], { name }) =>
      `Disputa ${id}, ${name('reason', code)}, abierta por ${name('party', by)}`,
  ],
  [
    /^Nothing is known outside that is not known here/,
    () => 'Afuera no se conoce nada que aquí no. El dinero se mueve.',
  ],
  [/^Money is on\.$/, () => 'El dinero se mueve.'],
  [
    /^Juno’s deposit address (\S+) to be proved/,
    ([address]) =>
      `Falta probar la dirección de depósito ${address} de Juno: antes debe regresar como CRYPTO_DEPOSIT una pequeña transferencia de MXNB propio de Kustodia (kustodia doctor dice qué falta).`,
  ],
  [
    /^Payment (\S+) is of another payer than the one/,
    ([id]) => `El pago ${id} es de otro pagador que el de la CLABE a la que llegó.`,
  ],
  [
    /^Payment (\S+) was made after the deposit came/,
    ([id]) => `El pago ${id} se creó después de que llegara el depósito.`,
  ],
  [
    /^Payment (\S+) was not made by another person/,
    ([id]) => `El pago ${id} no lo creó otra persona que quien le da el depósito.`,
  ],
  [/^It is, or may be, a payout that came back/, () => 'Es, o puede ser, una dispersión que regresó.'],
];
