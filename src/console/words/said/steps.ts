/** What the reader is to do (src/reactor/payment/attention.ts and barrier.ts), in Spanish. Commands are as they are typed. */
import type { Rule } from './rule.ts';

const SECOND = '; una segunda persona lo aprueba';

export const STEPS: readonly Rule[] = [
  [
    /^a person decides what becomes of the money: (kustodia .+) has what was found$/,
    ([command]) => `una persona decide qué será del dinero: ${command} tiene lo que se encontró`,
  ],
  [/^ask Juno about that deposit/, () => 'pregunta a Juno por ese depósito; no hay que enviar nada'],
  [
    /^ask Juno’s support whether its credit stands/,
    () => 'pregunta al soporte de Juno si su abono sigue en pie, y da la respuesta a ingeniería',
  ],
  [
    /^ask for an account that takes the pesos, then (kustodia .+); a second person approves it$/,
    ([command]) => `pide una cuenta que reciba los pesos, y luego ${command}${SECOND}`,
  ],
  [
    /^ask for another account, then (kustodia .+), or wait until this one is mended at Juno$/,
    ([command]) => `pide otra cuenta, y luego ${command}, o espera a que Juno corrija esta`,
  ],
  [
    /^call engineering; (kustodia .+) has all that happened$/,
    ([command]) => `llama a ingeniería; ${command} tiene todo lo que ocurrió`,
  ],
  [/^check ETH_RPC_URL and the indexer: (\S+)$/, ([page]) => `revisa ETH_RPC_URL y el indexador: ${page}`],
  [
    /^compare both RPCs with a block explorer/,
    () => 'compara ambos RPC con un explorador de bloques y reemplaza el equivocado',
  ],
  [
    /^compare the escrow on chain with the indexer: (.+)$/,
    ([command]) => `compara la garantía en la cadena con el indexador: ${command}`,
  ],
  [
    /^compare the indexer’s chain with the RPC’s: (\S+)$/,
    ([page]) => `compara la cadena del indexador con la del RPC: ${page}`,
  ],
  [
    /^compare the withdrawal’s hash with a block explorer/,
    () => 'compara el hash del retiro con un explorador de bloques; si la cadena lo tiene, revisa el indexador',
  ],
  [
    /^confirm at Juno that the pesos went back, then (.+)$/,
    ([command]) => `confirma en Juno que los pesos regresaron, y luego ${command}`,
  ],
  [
    /^decide it: (kustodia .+), then (kustodia .+); a second person approves it$/,
    ([first, then]) => `decídela: ${first}, y luego ${then}${SECOND}`,
  ],
  [
    /^decide whose it is; if it goes back to the payer, (kustodia .+); else call engineering$/,
    ([command]) => `decide de quién es; si vuelve al pagador, ${command}; si no, llama a ingeniería`,
  ],
  [/^(docs\/contract-operations\.md), “At 3 a\.m\.”$/, ([page]) => `${page}, «At 3 a.m.»`],
  [
    /^find out at Juno or Bitso, then (kustodia .+) --as happened --external-id ID, or --as not-happened; a second person approves it$/,
    ([command]) =>
      `averígualo en Juno o Bitso, y luego ${command} --as happened --external-id ID, o --as not-happened${SECOND}`,
  ],
  [
    /^find out what used the nonce, then (kustodia .+); a second person approves it$/,
    ([command]) => `averigua qué usó el nonce, y luego ${command}${SECOND}`,
  ],
  [
    /^find out who ended it; if the money is to go back, (kustodia .+)$/,
    ([command]) => `averigua quién la terminó; si el dinero debe volver, ${command}`,
  ],
  [
    /^find the money at Juno; once it is seen back, (kustodia .+); a second person approves it$/,
    ([command]) => `encuentra el dinero en Juno; cuando se vea de vuelta, ${command}${SECOND}`,
  ],
  [
    /^find the settlement’s money; if it is to be paid by hand, (kustodia .+)$/,
    ([command]) => `encuentra el dinero de la liquidación; si se paga a mano, ${command}`,
  ],
  [
    /^find the transfer on a block explorer, then (kustodia .+); a second person approves it$/,
    ([command]) => `encuentra la transferencia en un explorador de bloques, y luego ${command}${SECOND}`,
  ],
  [/^have them screened, then (kustodia .+)$/, ([command]) => `pide su verificación, y luego ${command}`],
  [
    /^if no more is to come, pay it by hand, then (kustodia .+)$/,
    ([command]) => `si no vendrá más, págalo a mano, y luego ${command}`,
  ],
  [
    /^(kustodia contract verify) says what stopped it, and (kustodia guard list) names the switch to open$/,
    ([first, then]) => `${first} dice qué lo detuvo, y ${then} nombra el interruptor por abrir`,
  ],
  [/^(kustodia doctor) says what is missing$/, ([command]) => `${command} dice qué falta`],
  [
    /^(kustodia doctor) says what the proof of Juno’s deposit address lacks$/,
    ([command]) => `${command} dice qué le falta a la prueba de la dirección de depósito de Juno`,
  ],
  [
    /^(kustodia effect look \S+); then look at Juno, Bitso or the chain by hand\. Send nothing$/,
    ([command]) => `${command}; luego revisa a mano en Juno, Bitso o la cadena. No envíes nada`,
  ],
  [
    /^(kustodia guard stop all .+), then (docs\/\S+), “At 3 a\.m\.”; what is paid by hand: (kustodia .+)$/,
    ([stop, page, pay]) => `${stop}, y luego ${page}, «At 3 a.m.»; lo que se pague a mano: ${pay}`,
  ],
  [
    /^(kustodia payment approve .+), or send them a link: (kustodia .+)$/,
    ([first, then]) => `${first}, o envíales un enlace: ${then}`,
  ],
  [
    /^(kustodia recover --dry-run), read the plan, then (kustodia recover)$/,
    ([first, then]) => `${first}, lee el plan, y luego ${then}`,
  ],
  [/^(kustodia user unscreened), then (kustodia .+)$/, ([first, then]) => `${first}, y luego ${then}`],
  [
    /^(kustodia wallet former); bring as much to today’s wallet, then (kustodia .+)$/,
    ([first, then]) => `${first}; lleva la misma cantidad a la cartera actual, y luego ${then}`,
  ],
  [/^(kustodia [^;,]+); a second person approves it$/, ([command]) => `${command}${SECOND}`],
  [
    /^look for the account at Juno; ask its support why/,
    () => 'busca la cuenta en Juno; pregunta a su soporte por qué no está registrada',
  ],
  [
    /^mend the cause, then (kustodia .+); a second person approves it$/,
    ([command]) => `corrige la causa, y luego ${command}${SECOND}`,
  ],
  [/^nothing yet; if it lasts, (\S+)$/, ([page]) => `nada aún; si persiste, ${page}`],
  [
    /^once its reason is gone, (kustodia hold close .+); (kustodia hold list .+) names it$/,
    ([close, list]) => `cuando desaparezca su motivo, ${close}; ${list} la nombra`,
  ],
  [
    /^once its reason is gone, (kustodia .+); a second person approves it$/,
    ([command]) => `cuando desaparezca su motivo, ${command}${SECOND}`,
  ],
  [
    /^wait for tomorrow, or raise it: (kustodia .+); a second person approves it$/,
    ([command]) => `espera a mañana, o auméntalo: ${command}${SECOND}`,
  ],
  [/^raise it: (kustodia .+); a second person approves it$/, ([command]) => `auméntalo: ${command}${SECOND}`],
  [/^set BITSO_BASE_URL and restart the reactor$/, () => 'configura BITSO_BASE_URL y reinicia el reactor'],
  [
    /^set ETH_RPC_URL \(and ETH_RPC_URL_2\) to a node that knows “finalized”/,
    () => 'apunta ETH_RPC_URL (y ETH_RPC_URL_2) a un nodo que conozca «finalized», y reinicia el reactor',
  ],
  [
    /^set MXN_PER_UDI and restart the reactor, or set a cap in pesos: (.+)$/,
    ([command]) => `configura MXN_PER_UDI y reinicia el reactor, o fija un límite en pesos: ${command}`,
  ],
  [
    /^wait a few minutes; if it stays, resolve it in the contract by hand/,
    () => 'espera unos minutos; si sigue así, resuélvela a mano en el contrato, a favor del vendedor',
  ],
  [
    /^wait a few minutes; if the contract does not have it back/,
    () => 'espera unos minutos; si el contrato no la recupera, averigua quién terminó ahí la disputa',
  ],
  [
    /^wait for the chain to settle; if it stays/,
    () => 'espera a que la cadena se asiente; si sigue así, compara la transacción con un explorador de bloques',
  ],
  [/^wait; if Juno is well, tell engineering$/, () => 'espera; si Juno está bien, avisa a ingeniería'],
  [
    /^wait; if it lasts, (kustodia .+) has what the other side answered/,
    ([command]) => `espera; si persiste, ${command} tiene lo que respondió la otra parte, y el manual qué hacer`,
  ],
  [
    /^write to Juno’s support with that text/,
    () => 'escribe al soporte de Juno con ese texto; no envíes nada de nuevo',
  ],
  // A command alone is the same in every language.
  [/^(kustodia [^;,]+)$/, ([command]) => command ?? null],
];
