/** Why something is off or was done, where the reactor itself wrote it and no person did, in Spanish: of switches, and in the audit log. */
import type { Rule } from './rule.ts';

const LOOK = 'No entra dinero nuevo. Revisa qué cambió y luego usa kustodia chain accept-contract';

const SWITCHES: readonly Rule[] = [
  [
    /^reconciliation: (\S+)(?: (.+?))? is short, break (\w+)/,
    ([account = '', address, kind = ''], { name }) =>
      `Conciliación: falta dinero en «${name('account', account)}»${address === undefined ? '' : ` (${address})`}; la diferencia es «${name('break', kind)}».`,
  ],
  [
    /^the escrow contract is paused\./,
    () =>
      'el contrato de garantía está en pausa. No entra dinero nuevo hasta que deje de estarlo; luego sigue por sí solo.',
  ],
  [
    /^the escrow contract is not what the settings say/,
    () =>
      'el contrato de garantía no es el de la configuración, y no lo era al arrancar el reactor. No entra dinero nuevo. Compáralos: kustodia contract verify',
  ],
  [
    /^the admins of the escrow contract did (\w+) in block (\d+) \((\w+)\)\./,
    ([act, block, hash]) =>
      `los administradores del contrato de garantía hicieron ${act} en el bloque ${block} (${hash}). ${LOOK}`,
  ],
  [
    /^the escrow contract’s code, its owner or its wallets are not what they were\./,
    () => `el código del contrato de garantía, su dueño o sus carteras no son los que eran. ${LOOK}`,
  ],
  [
    /^the outside knows (.+) that this database does not: it was restored/s,
    ([what]) =>
      `afuera hay ${what} que esta base no conoce: se restauró de un respaldo, o alguien más actuó. El dinero está detenido. Revísalo con: kustodia recover --dry-run`,
  ],
  [/^who it was is erased$/, () => 'Se borró quién era.'],
];

const AUDITED: readonly Rule[] = [
  [/^asked for through the API$/, () => 'Se pidió por la API, sin decir por qué.'],
  [/^signed in to the console$/, () => 'Entró a la consola.'],
  [/^a key was asked for on the command line$/, () => 'Se pidió una llave en la línea de comandos.'],
  [/^approved by the link that was sent to them$/, () => 'Aprobó con el enlace que se le envió.'],
  [/^nobody appealed in time$/, () => 'Nadie apeló a tiempo.'],
  [/^its escrow was disputed in the contract$/, () => 'Su garantía se disputó en el contrato.'],
  [/^check (\S+)$/, ([reference]) => `Revisión ${reference}.`],
  [
    /^deposit (\S+) came without a request; standing terms version (\d+)$/,
    ([id, version]) => `El depósito ${id} llegó sin solicitud; condiciones permanentes, versión ${version}.`,
  ],
];

export const REASONS: readonly Rule[] = [...SWITCHES, ...AUDITED];
