/** What a payment can wait for (src/reactor/payment), in Spanish: each follows “Espera”. */
import { lasting, moment } from '../../look/format.ts';
import type { Rule, Tell } from './rule.ts';

const effect = (code = '', { name }: Tell): string => `«${name('effect', code)}»`;
const custody = (end = '', left = '0', { locale }: Tell): string =>
  `el fin de la custodia el ${moment(end, locale)} (faltan ${lasting(Number(left), locale)})`;

const UNCLEARED: Readonly<Record<string, string>> = {
  'no screening of them has been reported': 'aún no se ha informado de su verificación',
  'their identity check is not finished': 'la verificación de su identidad no ha terminado',
  'their identity check was refused': 'la verificación de su identidad fue rechazada',
  'their last screening is too old': 'su última verificación es demasiado antigua',
  'they are on a blacklist': 'aparece en una lista negra',
};
const PARTIES: Readonly<Record<string, string>> = {
  'approvals of payer and recipient': 'las aprobaciones del pagador y del beneficiario',
  'approval of the payer': 'la aprobación del pagador',
  'approval of the recipient': 'la aprobación del beneficiario',
};
const parties = (text = ''): string | null => PARTIES[text] ?? null;

/** People’s own words stay as they are; what stands in their place does not. */
const reason = (text = ''): string =>
  text === '(only for those on duty)' ? '(solo para quienes están de guardia)' : text;

export const WAITS: readonly Rule[] = [
  [
    /^the payer’s SPEI deposit, until (\S+)$/,
    ([until = ''], { locale }) => `el depósito SPEI del pagador, hasta el ${moment(until, locale)}`,
  ],
  [/^Juno’s deposits to be read/, () => 'a que se lean los depósitos de Juno posteriores a su vencimiento'],
  [
    /^the custody to end at (\S+) \((\d+) s by the chain’s clock\)(?: (and|or) the (.+))?$/,
    ([end, left, how, who], tell) => {
      if (how === undefined) return custody(end, left, tell);
      const said = parties(who);
      return said && `${custody(end, left, tell)} ${how === 'and' ? 'y' : 'o'} ${said}`;
    },
  ],
  [/^the (approvals? of .+)$/, ([who]) => parties(who)],
  [/^Juno to complete the redemption$/, () => 'a que Juno complete la redención'],
  [/^Juno to complete (\w+) (\S+)$/, ([code, id], tell) => `a que Juno complete ${effect(code, tell)} (${id})`],
  [/^Juno to issue MXNB for deposit (\S+)$/, ([id]) => `a que Juno emita MXNB por el depósito ${id}`],
  [/^Juno to credit the return \((\S+)\)$/, ([hash]) => `a que Juno abone el retorno (${hash})`],
  [/^Juno’s own credit of the return/, () => 'a que Juno complete el abono del retorno'],
  [/^Bitso to complete the withdrawal$/, () => 'a que Bitso complete el retiro'],
  [/^Bitso to complete (\w+) (\S+)$/, ([code, id], tell) => `a que Bitso complete ${effect(code, tell)} (${id})`],
  [/^the wallet’s turn to sign (\w+)$/, ([code], tell) => `el turno de la cartera para firmar ${effect(code, tell)}`],
  [/^(\w+) to be mined and indexed$/, ([code], tell) => `a que ${effect(code, tell)} esté en un bloque e indexado`],
  [
    /^(\w+) to be tried again: (.+)$/s,
    ([code, why], tell) => `a que se intente de nuevo ${effect(code, tell)}: ${why}`,
  ],
  [/^(\w+) to be sent$/, ([code], tell) => `a que se envíe ${effect(code, tell)}`],
  [
    /^its dispute to be decided; it is too late to freeze it$/,
    () => 'a que se decida su disputa; ya es tarde para congelarla en la cadena',
  ],
  [
    /^its dispute to be decided; the escrow is frozen in its contract$/,
    () => 'a que se decida su disputa; la garantía está congelada en su contrato',
  ],
  [/^its dispute to be decided/, () => 'a que se decida su disputa'],
  [/^its dispute to be final$/, () => 'a que su disputa sea definitiva'],
  [/^the time to appeal/, () => 'el fin del plazo para apelar la decisión de su disputa'],
  [/^the dispute to be closed: (.+)$/s, ([why]) => `el cierre de la disputa: ${why}`],
  [/^the hold to be closed: (.+)$/s, ([why]) => `a que se suelte la retención: ${reason(why)}`],
  [
    /^the hold on “(.+?)” to be closed: (.+)$/s,
    ([on, why]) => `a que se suelte la retención de «${on}»: ${reason(why)}`,
  ],
  [
    /^the switch “(.+?)” to be opened again: no reason given$/,
    ([of]) => `a que se reabra el interruptor «${of}»: no se dio motivo`,
  ],
  [
    /^the switch “(.+?)” to be opened again: (.+)$/s,
    ([of, why]) => `a que se reabra el interruptor «${of}»: ${reason(why)}`,
  ],
  [
    /^new money to be let into the escrow contract: (.+)$/s,
    ([why]) =>
      `a que se permita dinero nuevo en el contrato de garantía: ${why === 'it is paused' ? 'está en pausa' : why}`,
  ],
  [/^its escrow to be funded and undisputed/, () => 'a que su garantía esté fondeada y sin disputa en la cadena'],
  [/^the indexer to show the escrow that was made$/, () => 'a que el indexador muestre la garantía creada'],
  [/^the indexer to show the funded escrow$/, () => 'a que el indexador muestre la garantía fondeada'],
  [/^the indexer to show the released escrow$/, () => 'a que el indexador muestre la garantía liberada'],
  [
    /^the indexer to show the transfer to the bridge wallet$/,
    () => 'a que el indexador muestre la transferencia a la cartera puente',
  ],
  [
    /^the indexer to catch up: it is (\d+) s behind$/,
    ([behind = '0'], { locale }) => `a que el indexador se ponga al día: va ${lasting(Number(behind), locale)} atrás`,
  ],
  [/^the indexer/, () => 'al indexador'],
  [/^the RPC to answer$/, () => 'a que responda el RPC'],
  [/^more blocks on top/, () => 'más bloques sobre la evidencia, como pide FINALITY_POLICY'],
  [/^its evidence to be read from the chain again$/, () => 'a que su evidencia se lea de nuevo en la cadena'],
  [/^the deposit address to be proved$/, () => 'a que se pruebe la dirección de depósito'],
  [/^a probe$/, () => 'una prueba de la dirección de depósito'],
  [
    /^the payout account to be registered at Juno and read back$/,
    () => 'a que la cuenta de pago quede registrada en Juno y se lea de vuelta',
  ],
  [
    /^those whose money it is to be cleared; user (\S+): (.+)$/,
    ([user, why = '']) =>
      `a que se autorice a las personas de quienes es el dinero; usuario ${user}: ${UNCLEARED[why] ?? why}`,
  ],
  [
    /^settlement (\S+), which pays it, to complete: its payout came back, and a person gives a new account$/,
    ([id]) => `a que se complete la liquidación ${id}, que la paga: su pago regresó y una persona dará otra cuenta`,
  ],
  [/^settlement (\S+), which pays it, to complete$/, ([id]) => `a que se complete la liquidación ${id}, que la paga`],
  [
    /^what is owed to this account to reach Juno’s minimum$/,
    () => 'a que lo que se debe a esta cuenta llegue al mínimo de Juno',
  ],
  [
    /^what is owed to this account to reach Juno’s minimum\. For (\d+) days it has not, and nothing pays it before\./,
    ([days]) =>
      `a que lo que se debe a esta cuenta llegue al mínimo de Juno. En ${days} días no ha llegado, y nada lo paga antes. Si no vendrá más, págalo a mano y regístralo`,
  ],
];
