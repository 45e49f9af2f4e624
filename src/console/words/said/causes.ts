/** What moved a leg, in Spanish. */
import type { Rule } from './rule.ts';

export const CAUSES: readonly Rule[] = [
  [/^created$/, () => 'creado'],
  [/^created by standing terms$/, () => 'creado por condiciones permanentes'],
  [/^cancelled$/, () => 'cancelado'],
  [/^no deposit in time$/, () => 'no llegó un depósito a tiempo'],
  [/^ISSUANCE complete$/, () => 'Juno emitió el MXNB'],
  [/^assigned from suspense$/, () => 'asignado desde suspenso'],
  [/^refunded from suspense$/, () => 'devuelto desde suspenso'],
  [/^MXNB arrived at the bridge wallet$/, () => 'el MXNB llegó a la cartera puente'],
  [/^EscrowCreated$/, () => 'la garantía se creó en la cadena'],
  [/^EscrowFunded$/, () => 'la garantía se fondeó en la cadena'],
  [/^EscrowDisputed$/, () => 'la garantía se congeló en la cadena'],
  [/^EscrowDisputeResolved$/, () => 'terminó el congelamiento en la cadena'],
  [/^EscrowDisputed, by somebody else$/, () => 'alguien más congeló la garantía en la cadena'],
  [/^escrow unlocked to the bridge wallet again$/, () => 'la garantía salió de nuevo a la cartera puente'],
  [/^escrow unlocked to the bridge wallet$/, () => 'la garantía salió a la cartera puente'],
  [/^CRYPTO_DEPOSIT complete$/, () => 'Juno abonó el regreso'],
  [/^REDEMPTION complete$/, () => 'Juno completó la redención'],
  [/^Bitso withdrawal complete$/, () => 'Bitso completó el retiro'],
  [
    /^Bitso’s withdrawal came to nothing: (.*)$/s,
    ([why]) => `el retiro de Bitso quedó en nada: ${why === 'no reason given' ? 'sin motivo' : why}`,
  ],
  [
    /^the bank did not take it: (.*)$/s,
    ([why]) => `el banco no lo aceptó: ${why === 'no reason given' ? 'sin motivo' : why}`,
  ],
  [/^the payout came back$/, () => 'la dispersión regresó'],
  [
    /^the payout of settlement (\S+), which had paid it, came back$/,
    ([id]) => `regresó el pago de la liquidación ${id}, que lo había pagado`,
  ],
  [/^paid by settlement (\S+)$/, ([id]) => `pagado por la liquidación ${id}`],
  [/^paid by hand, tracking key (.*)$/s, ([key]) => `pagado a mano, clave de rastreo ${key}`],
  [/^paid again to another account$/, () => 'pagado de nuevo a otra cuenta'],
  [/^under Juno’s minimum$/, () => 'bajo el mínimo de Juno'],
  [/^(\d+) accrued legs reach Juno’s minimum$/, ([n]) => `${n} partes acumuladas llegan al mínimo de Juno`],
  [/^what was accrued is in it$/, () => 'contiene lo acumulado'],
  [/^its money is there$/, () => 'su dinero está ahí'],
  [/^its money goes back to the payer$/, () => 'su dinero regresa al pagador'],
  [
    /^it goes back to the payer: the escrow that was made stays empty$/,
    () => 'regresa al pagador: la garantía creada queda vacía',
  ],
  [/^refund ordered by proposal (\S+)$/, ([id]) => `reembolso ordenado por la propuesta ${id}`],
  [
    /^dispute (\S+), decided for: (\w+)$/,
    ([id, outcome = ''], { name }) => `disputa ${id}, decidida a favor de: ${name('outcome', outcome)}`,
  ],
  [/^it is disputed$/, () => 'está en disputa'],
  [
    /^it is disputed: (\w+) was recorded and not sent, and gives way$/,
    ([kind = ''], { name }) => `está en disputa: «${name('effect', kind)}» no se había enviado, y se retira`,
  ],
  [/^its escrow is disputed in the contract$/, () => 'su garantía está en disputa en el contrato'],
  [
    /^its dispute is final before the freeze was signed$/,
    () => 'su disputa es definitiva antes de que se firmara el congelamiento',
  ],
  [
    /^the contract says that the escrow is disputed no more$/,
    () => 'el contrato dice que la garantía ya no está en disputa',
  ],
  [/^somebody has frozen the escrow in its contract already$/, () => 'alguien ya congeló la garantía en su contrato'],
  [/^its escrow was ended in the contract by somebody else$/, () => 'alguien más terminó su garantía en el contrato'],
  [
    /^its escrow ended in (\S+) before (\w+) came to the contract, which refuses it since$/,
    ([hash, kind = ''], { name }) =>
      `su garantía terminó en ${hash} antes de que «${name('effect', kind)}» llegara al contrato, que lo rechaza desde entonces`,
  ],
  [/^two people ordered it back to the payer$/, () => 'dos personas ordenaron devolverlo al pagador'],
  [
    /^payer and recipient approved its release before its date$/,
    () => 'pagador y beneficiario aprobaron liberarlo antes de su fecha',
  ],
  [/^no signature is needed, or wanted, any more$/, () => 'ya no hace falta, o no se quiere, una firma'],
  [
    /^the approver’s signature is worth nothing any more/,
    () => 'la firma del aprobador ya no vale: venció, su garantía cambió, o debe terminar de otra forma',
  ],
  [
    /^its release lacks the approval of (.*) again$/,
    ([who = ''], { name }) =>
      `a su liberación le falta de nuevo la aprobación de: ${who
        .split(' and ')
        .map((one) => (one === 'two people' ? 'dos personas' : name('party', one)))
        .join(', ')}`,
  ],
  [
    /^escrow (\S+) was not funded before its deadline and can be no more$/,
    ([id]) => `la garantía ${id} no se fondeó antes de su fecha límite y ya no puede fondearse`,
  ],
  [
    /^escrow (\S+) can be disputed no more in its contract, and is held here$/,
    ([id]) => `la garantía ${id} ya no admite disputa en su contrato, y se retiene aquí`,
  ],
  [/^earned: the custody leg is paid$/, () => 'ganada: la parte en custodia está pagada'],
  [/^earned: nothing is in custody$/, () => 'ganada: nada está en custodia'],
  [
    /^a reorganisation undid (\w+): its transaction came to nothing in the blocks that took their place$/,
    ([kind = ''], { name }) =>
      `una reorganización deshizo «${name('effect', kind)}»: su transacción quedó en nada en los bloques nuevos`,
  ],
  [
    /^a reorganisation took out the transaction of somebody else that had released its escrow$/,
    () => 'una reorganización retiró la transacción ajena que había liberado su garantía',
  ],
  [
    /^a reorganisation gave (?:its|the leg’s) escrow another id or another end/,
    () => 'una reorganización dio otro id u otro fin a su garantía',
  ],
  [
    /^(\w+) was refused before it was processed$/,
    ([kind = ''], { name }) => `«${name('effect', kind)}» se rechazó antes de procesarse`,
  ],
  [
    /^(\w+) came to nothing and the money was seen back$/,
    ([kind = ''], { name }) => `«${name('effect', kind)}» quedó en nada y el dinero se vio de vuelta`,
  ],
  [
    /^(\w+) failed on chain; nothing moved$/,
    ([kind = ''], { name }) => `«${name('effect', kind)}» falló en la cadena; nada se movió`,
  ],
];
