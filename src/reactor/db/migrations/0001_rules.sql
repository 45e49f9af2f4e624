-- The rules that the database itself keeps, whatever the code above it believes.

-- The one clock of the database: everything that is dated, and every age, is by it. A simulation puts its own in the place of it, in
-- its own database. Postgres inlines it, so that it costs what clock_timestamp() costs.
CREATE FUNCTION reactor.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;
--> statement-breakpoint
DO $$
DECLARE dated record;
BEGIN
  FOR dated IN SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'reactor' AND column_default = 'now()' LOOP
    EXECUTE format('ALTER TABLE reactor.%I ALTER COLUMN %I SET DEFAULT reactor.now()', dated.table_name, dated.column_name);
  END LOOP;
END $$;
--> statement-breakpoint
CREATE SEQUENCE reactor.juno_nonce;
--> statement-breakpoint
INSERT INTO reactor.leg_move (kind, from_state, to_state) VALUES
  ('custody', 'reserved', 'redeeming'),
  ('custody', 'reserved', 'accrued'),
  ('custody', 'reserved', 'replaced'),
  ('custody', 'reserved', 'closed'),
  ('custody', 'redeeming', 'completed'),
  ('custody', 'redeeming', 'paying_out'),
  ('custody', 'redeeming', 'payout_failed'),
  ('custody', 'redeeming', 'reserved'),
  ('custody', 'redeeming', 'returned'),
  ('custody', 'paying_out', 'completed'),
  ('custody', 'paying_out', 'payout_failed'),
  ('custody', 'paying_out', 'replaced'),
  ('custody', 'paying_out', 'closed'),
  ('custody', 'completed', 'payout_returned'),
  ('custody', 'completed', 'accrued'),
  ('custody', 'payout_failed', 'replaced'),
  ('custody', 'payout_failed', 'closed'),
  ('custody', 'payout_returned', 'replaced'),
  ('custody', 'payout_returned', 'closed'),
  ('custody', 'accrued', 'completed'),
  ('custody', 'accrued', 'replaced'),
  ('custody', 'accrued', 'closed'),
  ('custody', 'requested', 'deposited'),
  ('custody', 'requested', 'reserved'),
  ('custody', 'requested', 'paying_out'),
  ('custody', 'requested', 'expired'),
  ('custody', 'requested', 'closed'),
  ('custody', 'deposited', 'withdrawing'),
  ('custody', 'deposited', 'replaced'),
  ('custody', 'withdrawing', 'withdrawn'),
  ('custody', 'withdrawing', 'deposited'),
  ('custody', 'withdrawn', 'creating'),
  ('custody', 'withdrawn', 'funding'),
  ('custody', 'withdrawn', 'returning'),
  ('custody', 'creating', 'created'),
  ('custody', 'creating', 'withdrawn'),
  ('custody', 'created', 'funding'),
  ('custody', 'created', 'withdrawn'),
  ('custody', 'funding', 'in_custody'),
  ('custody', 'funding', 'created'),
  ('custody', 'funding', 'withdrawn'),
  ('custody', 'in_custody', 'releasing'),
  ('custody', 'in_custody', 'created'),
  ('custody', 'in_custody', 'withdrawn'),
  ('custody', 'in_custody', 'closed'),
  ('custody', 'releasing', 'released'),
  ('custody', 'releasing', 'in_custody'),
  ('custody', 'releasing', 'closed'),
  ('custody', 'released', 'returning'),
  ('custody', 'released', 'in_custody'),
  ('custody', 'returning', 'returned'),
  ('custody', 'returning', 'released'),
  ('custody', 'returning', 'withdrawn'),
  ('custody', 'returned', 'redeeming'),
  ('custody', 'returned', 'accrued'),
  ('custody', 'returned', 'replaced'),
  ('custody', 'returned', 'closed'),
  ('immediate', 'reserved', 'redeeming'),
  ('immediate', 'reserved', 'accrued'),
  ('immediate', 'reserved', 'replaced'),
  ('immediate', 'reserved', 'closed'),
  ('immediate', 'redeeming', 'completed'),
  ('immediate', 'redeeming', 'paying_out'),
  ('immediate', 'redeeming', 'payout_failed'),
  ('immediate', 'redeeming', 'reserved'),
  ('immediate', 'paying_out', 'completed'),
  ('immediate', 'paying_out', 'payout_failed'),
  ('immediate', 'paying_out', 'replaced'),
  ('immediate', 'paying_out', 'closed'),
  ('immediate', 'completed', 'payout_returned'),
  ('immediate', 'completed', 'accrued'),
  ('immediate', 'payout_failed', 'replaced'),
  ('immediate', 'payout_failed', 'closed'),
  ('immediate', 'payout_returned', 'replaced'),
  ('immediate', 'payout_returned', 'closed'),
  ('immediate', 'accrued', 'completed'),
  ('immediate', 'accrued', 'replaced'),
  ('immediate', 'accrued', 'closed'),
  ('immediate', 'requested', 'reserved'),
  ('immediate', 'requested', 'paying_out'),
  ('immediate', 'requested', 'expired'),
  ('immediate', 'requested', 'closed'),
  ('commission', 'reserved', 'redeeming'),
  ('commission', 'reserved', 'accrued'),
  ('commission', 'reserved', 'replaced'),
  ('commission', 'reserved', 'closed'),
  ('commission', 'redeeming', 'completed'),
  ('commission', 'redeeming', 'paying_out'),
  ('commission', 'redeeming', 'payout_failed'),
  ('commission', 'redeeming', 'reserved'),
  ('commission', 'paying_out', 'completed'),
  ('commission', 'paying_out', 'payout_failed'),
  ('commission', 'paying_out', 'replaced'),
  ('commission', 'paying_out', 'closed'),
  ('commission', 'completed', 'payout_returned'),
  ('commission', 'completed', 'accrued'),
  ('commission', 'payout_failed', 'replaced'),
  ('commission', 'payout_failed', 'closed'),
  ('commission', 'payout_returned', 'replaced'),
  ('commission', 'payout_returned', 'closed'),
  ('commission', 'accrued', 'completed'),
  ('commission', 'accrued', 'replaced'),
  ('commission', 'accrued', 'closed'),
  ('commission', 'requested', 'reserved'),
  ('commission', 'requested', 'paying_out'),
  ('commission', 'requested', 'expired'),
  ('commission', 'requested', 'closed'),
  ('refund', 'reserved', 'redeeming'),
  ('refund', 'reserved', 'accrued'),
  ('refund', 'reserved', 'replaced'),
  ('refund', 'reserved', 'closed'),
  ('refund', 'redeeming', 'completed'),
  ('refund', 'redeeming', 'paying_out'),
  ('refund', 'redeeming', 'payout_failed'),
  ('refund', 'redeeming', 'reserved'),
  ('refund', 'paying_out', 'completed'),
  ('refund', 'paying_out', 'payout_failed'),
  ('refund', 'paying_out', 'replaced'),
  ('refund', 'paying_out', 'closed'),
  ('refund', 'completed', 'payout_returned'),
  ('refund', 'completed', 'accrued'),
  ('refund', 'payout_failed', 'replaced'),
  ('refund', 'payout_failed', 'closed'),
  ('refund', 'payout_returned', 'replaced'),
  ('refund', 'payout_returned', 'closed'),
  ('refund', 'accrued', 'completed'),
  ('refund', 'accrued', 'replaced'),
  ('refund', 'accrued', 'closed'),
  ('refund', 'requested', 'reserved'),
  ('refund', 'requested', 'paying_out'),
  ('refund', 'requested', 'expired'),
  ('refund', 'requested', 'closed'),
  ('settlement', 'reserved', 'redeeming'),
  ('settlement', 'reserved', 'accrued'),
  ('settlement', 'reserved', 'replaced'),
  ('settlement', 'reserved', 'closed'),
  ('settlement', 'redeeming', 'completed'),
  ('settlement', 'redeeming', 'paying_out'),
  ('settlement', 'redeeming', 'payout_failed'),
  ('settlement', 'redeeming', 'reserved'),
  ('settlement', 'paying_out', 'completed'),
  ('settlement', 'paying_out', 'payout_failed'),
  ('settlement', 'paying_out', 'replaced'),
  ('settlement', 'paying_out', 'closed'),
  ('settlement', 'completed', 'payout_returned'),
  ('settlement', 'payout_failed', 'replaced'),
  ('settlement', 'payout_failed', 'closed'),
  ('settlement', 'payout_returned', 'replaced'),
  ('settlement', 'payout_returned', 'closed'),
  ('settlement', 'accrued', 'completed'),
  ('settlement', 'accrued', 'replaced'),
  ('settlement', 'accrued', 'closed'),
  ('settlement', 'requested', 'reserved'),
  ('settlement', 'requested', 'paying_out'),
  ('settlement', 'requested', 'expired'),
  ('settlement', 'requested', 'closed');
--> statement-breakpoint
INSERT INTO reactor.effect_move (from_state, to_state) VALUES
  ('recorded', 'sending'),
  ('recorded', 'confirmed'),
  ('recorded', 'dead'),
  ('sending', 'recorded'),
  ('sending', 'unknown'),
  ('sending', 'confirmed'),
  ('sending', 'rejected'),
  ('sending', 'dead'),
  ('unknown', 'sending'),
  ('unknown', 'confirmed'),
  ('unknown', 'dead'),
  ('confirmed', 'dead');
--> statement-breakpoint
INSERT INTO reactor.dispute_move (from_state, to_state) VALUES ('open', 'resolved'), ('resolved', 'open'), ('resolved', 'final');
--> statement-breakpoint
CREATE TABLE reactor.ledger_account (code text PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'exchange')));
--> statement-breakpoint
INSERT INTO reactor.ledger_account (code, kind) VALUES
  ('spei_in', 'asset'),
  ('juno_pool', 'asset'),
  ('in_transit', 'asset'),
  ('bridge', 'asset'),
  ('escrow', 'asset'),
  ('returning', 'asset'),
  ('redeeming', 'asset'),
  ('bitso', 'asset'),
  ('returned', 'asset'),
  ('paying_out', 'liability'),
  ('commission', 'liability'),
  ('payable', 'liability'),
  ('own', 'liability'),
  ('liability', 'liability'),
  ('suspense', 'liability'),
  ('conversion', 'exchange');

--> statement-breakpoint
INSERT INTO reactor.personal_column (table_name, column_name) SELECT split_part(name, '.', 1), split_part(name, '.', 2) FROM unnest(ARRAY[
  'person.full_name', 'person.email', 'deposit_clabe.clabe', 'destination.clabe', 'destination.legal_name', 'payment.deposit_clabe',
  'juno_deposit.clabe', 'juno_deposit.sender_clabe', 'juno_deposit.sender_name', 'juno_movement.clabe', 'juno_movement.sender_clabe',
  'juno_transaction.clabe', 'juno_observation.body', 'webhook_in.body', 'webhook_in.hint', 'webhook_in.headers', 'effect.request',
  'effect.external_id', 'effect.error', 'effect_history.error', 'idempotency.response',
  'dispute.statement', 'dispute_evidence.text', 'dispute_evidence.files', 'dispute_appeal.text',
  'audit_log.reason', 'audit_log.detail', 'proposal.reason', 'hold.sentence', 'wide_hold.sentence',
  'guard_switch.reason', 'release_withdrawal.reason', 'foreign_act.reason']) AS name;
--> statement-breakpoint
-- What is kept for ever is kept without who it was of once two people erased that: they change personal data, under their approved
-- proposal and until it is done, and nothing else with it.
CREATE FUNCTION reactor.is_erasure(name text, before jsonb, after jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT (before - c.names) = (after - c.names) AND EXISTS (
    SELECT 1 FROM reactor.proposal p WHERE p.id::text = current_setting('reactor.erasing', true)
      AND p.command = 'user erase' AND p.approved_by IS NOT NULL AND p.executed_at IS NULL)
  FROM (SELECT coalesce(array_agg(column_name), '{}') AS names FROM reactor.personal_column WHERE table_name = name) c $$;
--> statement-breakpoint
-- A leg moves only along a legal move, and each move leaves its line in the history.
CREATE FUNCTION reactor.leg_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.payment_id, NEW.kind, NEW.amount_centavos, NEW.destination_id, NEW.rail, NEW.reference, NEW.replaces)
     IS DISTINCT FROM (OLD.id, OLD.payment_id, OLD.kind, OLD.amount_centavos, OLD.destination_id, OLD.rail, OLD.reference, OLD.replaces) THEN
    RAISE EXCEPTION 'leg % is immutable in its terms', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state THEN
    IF NOT EXISTS (SELECT 1 FROM reactor.leg_move m WHERE m.kind = NEW.kind AND m.from_state = OLD.state AND m.to_state = NEW.state) THEN
      RAISE EXCEPTION 'leg % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- Only a leg that takes the place of another begins where money is already.
    IF OLD.state = 'requested' AND NEW.replaces IS NULL AND (NEW.state = 'paying_out' OR (NEW.kind = 'custody' AND NEW.state = 'reserved')) THEN
      RAISE EXCEPTION 'leg % takes the place of none and begins without money', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    -- A settlement pays what was put into it, to the centavo; one that takes the place of another pays the same.
    IF OLD.kind = 'settlement' AND OLD.state = 'requested' AND NEW.state = 'reserved' AND NEW.replaces IS NULL AND NEW.amount_centavos IS DISTINCT FROM (
      SELECT sum(l.amount_centavos) FROM reactor.settlement_item i JOIN reactor.leg l ON l.id = i.leg_id WHERE i.settlement_leg_id = NEW.id) THEN
      RAISE EXCEPTION 'settlement % is not over what was put into it', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    -- Nothing takes the place of what may still be paid: not while an effect is unresolved, nor beside one that took its money on. Once the
    -- leg is back at Juno, what is under way for its escrow can only bring MXNB from there to the wallet, which lent as many.
    IF NEW.state IN ('replaced', 'closed') AND (
      EXISTS (SELECT 1 FROM reactor.effect e WHERE e.subject_kind = 'leg' AND e.subject_id = NEW.id::text AND ((e.state IN ('recorded', 'sending', 'unknown')
          AND NOT (OLD.state IN ('returned', 'paying_out', 'payout_failed', 'payout_returned', 'accrued')
            AND e.kind IN ('chain_release', 'approver_signature', 'chain_dispute', 'chain_resolve')))
        OR (e.state = 'confirmed' AND (OLD.state::text, e.kind::text) IN (('deposited', 'juno_withdrawal'), ('reserved', 'juno_redemption'),
          ('returned', 'juno_redemption'), ('paying_out', 'bitso_payout'), ('payout_failed', 'bitso_payout')))))
      OR (OLD.state = 'accrued' AND EXISTS (SELECT 1 FROM reactor.settlement_item i WHERE i.leg_id = NEW.id))) THEN
      RAISE EXCEPTION 'leg % may still be paid: it cannot be %', OLD.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'closed' AND OLD.state <> 'requested' AND NOT EXISTS (SELECT 1 FROM reactor.settled_outside s WHERE s.leg_id = NEW.id) THEN
      RAISE EXCEPTION 'leg % has money and is closed by no payment outside', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    NEW.entered_at := reactor.now();
    INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
      VALUES (NEW.id, NEW.payment_id, OLD.state, NEW.state, NEW.cause, NEW.cause_detail, NEW.entered_at);
    INSERT INTO reactor.tally_news (subject, owner, item, kind, from_state, to_state, amount_centavos, stayed_seconds)
      VALUES ('leg', NEW.payment_id, NEW.id, NEW.kind, OLD.state, NEW.state, NEW.amount_centavos, extract(epoch FROM NEW.entered_at - OLD.entered_at));
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER leg_guard BEFORE UPDATE ON reactor.leg FOR EACH ROW EXECUTE FUNCTION reactor.leg_guard();
--> statement-breakpoint
CREATE FUNCTION reactor.leg_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'requested' THEN
    RAISE EXCEPTION 'a leg begins as requested, not %', NEW.state USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
    VALUES (NEW.id, NEW.payment_id, NULL, NEW.state, NEW.cause, NEW.cause_detail, NEW.entered_at);
  INSERT INTO reactor.tally_news (subject, owner, item, kind, to_state, amount_centavos)
    VALUES ('leg', NEW.payment_id, NEW.id, NEW.kind, NEW.state, NEW.amount_centavos);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER leg_born AFTER INSERT ON reactor.leg FOR EACH ROW EXECUTE FUNCTION reactor.leg_born();
--> statement-breakpoint
-- What others are told of a leg's move, written with the move itself: to each endpoint of now, and to none that comes later. Nothing of people.
CREATE FUNCTION reactor.webhook_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told text; event uuid := gen_random_uuid(); place bigint;
BEGIN
  told := CASE WHEN NEW.to_state IN ('requested', 'in_custody', 'released', 'completed', 'payout_failed', 'payout_returned', 'replaced', 'expired', 'closed')
      THEN 'leg.' || NEW.to_state WHEN NEW.from_state = 'requested' THEN 'leg.deposited' END;
  IF told IS NULL OR NOT EXISTS (SELECT 1 FROM reactor.webhook_endpoint WHERE removed_at IS NULL) THEN RETURN NULL; END IF;
  INSERT INTO reactor.webhook_event (id, payment_id, type, data)
    SELECT event, p.id, told, jsonb_build_object('version', 1, 'paymentId', p.id, 'paymentNumber', p.number, 'paymentKind', p.kind, 'legId', l.id,
      'legKind', l.kind, 'state', NEW.to_state, 'amount', to_char(l.amount_centavos / 100, 'FM999999999999990.00'), 'currency', 'MXN')
    FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id WHERE l.id = NEW.leg_id RETURNING number INTO place;
  INSERT INTO reactor.webhook_delivery (event_id, endpoint_id, number, payment_id, until)
    SELECT event, id, place, NEW.payment_id, reactor.now() + interval '3 days' FROM reactor.webhook_endpoint WHERE removed_at IS NULL;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER webhook_told AFTER INSERT ON reactor.leg_history FOR EACH ROW EXECUTE FUNCTION reactor.webhook_told();
--> statement-breakpoint
-- What somebody is still to be told is not taken away, however old it is.
CREATE FUNCTION reactor.webhook_untold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'waiting' THEN
    RAISE EXCEPTION 'webhook % waits for endpoint %: it is kept', OLD.event_id, OLD.endpoint_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN OLD;
END $$;
--> statement-breakpoint
CREATE TRIGGER webhook_untold BEFORE DELETE ON reactor.webhook_delivery FOR EACH ROW EXECUTE FUNCTION reactor.webhook_untold();
--> statement-breakpoint
-- The live legs sum to the payment's amount, to the centavo, whenever a transaction commits.
CREATE FUNCTION reactor.legs_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total numeric; want numeric;
BEGIN
  SELECT amount_centavos INTO want FROM reactor.payment WHERE id = NEW.payment_id;
  -- What a person paid by hand is its part of the deposit all the same.
  SELECT coalesce(sum(amount_centavos), 0) INTO total FROM reactor.leg l
    WHERE payment_id = NEW.payment_id AND (state NOT IN ('replaced', 'closed', 'expired')
      OR EXISTS (SELECT 1 FROM reactor.settled_outside s WHERE s.leg_id = l.id));
  IF total NOT IN (0, want) THEN
    RAISE EXCEPTION 'the live legs of payment % sum to % centavos, not to %', NEW.payment_id, total, want USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER legs_sum AFTER INSERT OR UPDATE OF state ON reactor.leg
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reactor.legs_sum();
--> statement-breakpoint
-- A leg is replaced once, by legs of its own payment that sum to it, to the centavo: nothing can pay both it and them, nor them twice.
CREATE FUNCTION reactor.leg_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE old reactor.leg; total numeric;
BEGIN
  FOR old IN SELECT * FROM reactor.leg WHERE id = NEW.replaces OR (id = NEW.id AND state = 'replaced') LOOP
    SELECT sum(amount_centavos) INTO total FROM reactor.leg WHERE replaces = old.id AND payment_id = old.payment_id;
    IF old.state <> 'replaced' OR total IS DISTINCT FROM old.amount_centavos OR old.payment_id <> NEW.payment_id THEN
      RAISE EXCEPTION 'leg % of % centavos is % and replaced by % centavos', old.id, old.amount_centavos, old.state, coalesce(total, 0) USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER leg_replaced AFTER INSERT OR UPDATE OF state ON reactor.leg
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reactor.leg_replaced();
--> statement-breakpoint

-- What is put into a settlement has accrued for its account, and before the settlement has its money (`leg_guard`).
CREATE FUNCTION reactor.settlement_item_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM reactor.leg l JOIN reactor.leg s ON s.id = NEW.settlement_leg_id WHERE l.id = NEW.leg_id
    AND l.state = 'accrued' AND s.kind = 'settlement' AND s.state = 'requested' AND s.destination_id = l.destination_id) THEN
    RAISE EXCEPTION 'leg % has not accrued for the account of a settlement that is just being made', NEW.leg_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER settlement_item_born AFTER INSERT ON reactor.settlement_item FOR EACH ROW EXECUTE FUNCTION reactor.settlement_item_born();
--> statement-breakpoint
-- The fence: only the present holder of a lane writes under it. Its row is locked, so a takeover waits for this transaction.
CREATE FUNCTION reactor.assert_epoch(effect uuid, lane text, lane_epoch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM reactor.lane l WHERE l.name = assert_epoch.lane AND l.epoch = assert_epoch.lane_epoch FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'effect %: epoch % is not the present one of lane %', effect, lane_epoch, lane USING ERRCODE = 'check_violation';
  END IF;
END $$;
--> statement-breakpoint
-- An effect moves only along a legal move; what it sends, for whom and under which key never changes.
CREATE FUNCTION reactor.effect_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE counted text;
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.kind, NEW.attempt, NEW.payment_id, NEW.key, NEW.request, NEW.amount, NEW.currency)
     IS DISTINCT FROM (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.kind, OLD.attempt, OLD.payment_id, OLD.key, OLD.request, OLD.amount, OLD.currency) THEN
    RAISE EXCEPTION 'effect % is immutable in what it does', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  -- What is counted in a day that is over is counted in another one before it is sent, in as many rows as before.
  IF NEW.caps IS DISTINCT FROM OLD.caps AND (OLD.state NOT IN ('recorded', 'unknown') OR cardinality(NEW.caps) <> cardinality(OLD.caps)) THEN
    RAISE EXCEPTION 'effect % is counted where it was when it was sent', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.external_id IS NOT NULL AND NEW.external_id IS DISTINCT FROM OLD.external_id THEN
    RAISE EXCEPTION 'effect % already has its name outside', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.first_sent_at IS NOT NULL AND NEW.first_sent_at IS NULL AND NEW.state <> 'recorded' THEN
    RAISE EXCEPTION 'effect % was sent and cannot be unsent', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.first_sent_at > OLD.first_sent_at THEN
    RAISE EXCEPTION 'effect % was first sent at %: a repeat begins no new window', OLD.id, OLD.first_sent_at USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.decided_by IS DISTINCT FROM OLD.decided_by AND (OLD.decided_by IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM reactor.proposal p WHERE p.id = NEW.decided_by AND p.subject = 'effect:' || NEW.id AND p.approved_by IS NOT NULL)) THEN
    RAISE EXCEPTION 'effect % is decided once, by a proposal of its own that two people made', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  NEW.updated_at := reactor.now();
  IF NEW.state <> OLD.state THEN
    PERFORM reactor.assert_epoch(NEW.id, NEW.lane, NEW.lane_epoch);
    IF NOT EXISTS (SELECT 1 FROM reactor.effect_move m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
      RAISE EXCEPTION 'effect % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- For these nobody promises that a repeat is the same act: what is unknown is looked for. Recovery joins what it finds was done.
    IF OLD.state = 'unknown' AND NEW.state = 'sending' AND NEW.kind IN ('bitso_payout', 'juno_clabe', 'juno_bank_account')
      AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
      RAISE EXCEPTION 'effect % is a % whose answer was lost: it is not sent again', OLD.id, NEW.kind USING ERRCODE = 'check_violation';
    END IF;
    -- Only the chain shows that somebody else did what was never sent.
    IF OLD.state = 'recorded' AND NEW.state = 'confirmed' AND NEW.kind::text NOT LIKE 'chain\_%' THEN
      RAISE EXCEPTION 'effect % was never sent: nothing outside is its own', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    -- What a payment disputes does not go on, whoever sends it: only a freeze passes, and what recovery finds was done.
    IF NEW.state = 'sending' AND NEW.subject_kind = 'leg' AND NEW.kind <> 'chain_dispute' AND EXISTS (
      SELECT 1 FROM reactor.hold h WHERE h.payment_id = NEW.payment_id AND h.closed_at IS NULL AND h.kind = 'dispute')
      AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
      RAISE EXCEPTION 'effect % is of a disputed payment and is not sent', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    -- A repeat that was refused or not written proves nothing about the send before it.
    IF OLD.state = 'sending' AND OLD.sends > 1 AND NEW.state IN ('recorded', 'rejected') THEN
      RAISE EXCEPTION 'effect % was sent before: its repeat cannot make it %', OLD.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    -- Nothing is signed to leave a custody that still lacks an approval which its policy asks for at any date; before its date
    -- (`releaseEarly`) none may be lacking under any policy. What goes back to the payer needs none, nor what two people decided in a
    -- dispute, what recovery finds was done, and what is released again once the leg is back at Juno: that was approved the first time.
    IF NEW.state = 'sending' AND NEW.kind = 'chain_release' AND EXISTS (
      SELECT 1 FROM reactor.payment p WHERE p.id = NEW.payment_id AND (p.release_policy IN ('approvals', 'date_and_approvals') OR NEW.request ->> 'data' LIKE '0x7b4a0b62%')
        AND (SELECT count(DISTINCT a.party) FROM reactor.release_approval a WHERE a.leg_id = NEW.subject_id::uuid
          AND NOT EXISTS (SELECT 1 FROM reactor.release_withdrawal w WHERE w.approval_id = a.id)) < 2)
      AND (NEW.request ->> 'data' LIKE '0x7b4a0b62%' OR NOT EXISTS (SELECT 1 FROM reactor.refund_order r WHERE r.leg_id = NEW.subject_id::uuid
        UNION ALL SELECT 1 FROM reactor.dispute d WHERE d.payment_id = NEW.payment_id AND d.state = 'final'
        UNION ALL SELECT 1 FROM reactor.leg l WHERE l.id = NEW.subject_id::uuid AND l.state IN ('returned', 'redeeming', 'paying_out', 'completed', 'payout_failed', 'payout_returned', 'accrued', 'replaced', 'closed')))
      AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
      RAISE EXCEPTION 'release % of leg % lacks an approval', NEW.id, NEW.subject_id USING ERRCODE = 'check_violation';
    END IF;
    -- Before its date an escrow is cancelled (`cancelEarly`) only where all of the leg was ordered back to the payer.
    IF NEW.state = 'sending' AND NEW.kind = 'chain_release' AND NEW.request ->> 'data' LIKE '0x036ef160%'
      AND NOT EXISTS (SELECT 1 FROM reactor.refund_order r JOIN reactor.leg l ON l.id = r.leg_id WHERE l.id = NEW.subject_id::uuid AND r.amount_centavos = l.amount_centavos)
      AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
      RAISE EXCEPTION 'cancellation % of leg % before its date was ordered by nobody', NEW.id, NEW.subject_id USING ERRCODE = 'check_violation';
    END IF;
    -- What may have left the house is given up by two people, never by the machine. A wallet's transaction has its own end on chain,
    -- and Bitso's own record of a failed withdrawal leaves the pesos in the balance.
    IF NEW.state = 'dead' AND NEW.decided_by IS NULL
       AND ((OLD.state = 'unknown' AND NEW.kind <> 'approver_signature') OR (OLD.state IN ('sending', 'confirmed') AND NEW.kind::text LIKE 'juno\_%')) THEN
      RAISE EXCEPTION 'effect % is % and may have left: only two people give it up', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state IN ('rejected', 'dead') THEN
      FOREACH counted IN ARRAY NEW.caps LOOP
        UPDATE reactor.cap SET used_centavos = used_centavos - NEW.amount WHERE name = counted;
      END LOOP;
    END IF;
    INSERT INTO reactor.effect_history (effect_id, from_state, to_state, lane, lane_epoch, error, at)
      VALUES (NEW.id, OLD.state, NEW.state, NEW.lane, NEW.lane_epoch, NEW.error, NEW.updated_at);
    IF NEW.state NOT IN ('recorded', 'sending') THEN
      INSERT INTO reactor.tally_news (subject, owner, item, kind, from_state, to_state, amount_centavos)
        VALUES (TG_TABLE_NAME, NEW.id, NEW.id, NEW.kind, OLD.state, NEW.state, 0);
    END IF;
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER effect_guard BEFORE UPDATE ON reactor.effect FOR EACH ROW EXECUTE FUNCTION reactor.effect_guard();
--> statement-breakpoint
CREATE FUNCTION reactor.effect_born() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE earlier integer;
BEGIN
  IF NEW.state <> 'recorded' THEN
    RAISE EXCEPTION 'an effect begins as recorded, not %', NEW.state USING ERRCODE = 'check_violation';
  END IF;
  PERFORM reactor.assert_epoch(NEW.id, NEW.lane, NEW.lane_epoch);
  -- What a reorganisation undid of its release is made again all the same: the escrow has again what the wallet lacks. Not of one that paid
  -- a stranger, which is written off.
  IF NEW.subject_kind = 'leg' AND EXISTS (SELECT 1 FROM reactor.leg WHERE id = NEW.subject_id::uuid AND state IN ('replaced', 'closed', 'expired')
      AND NOT (state IN ('replaced', 'closed') AND NOT EXISTS (
        SELECT 1 FROM reactor.evidence v WHERE v.subject_kind = 'leg' AND v.subject_id = NEW.subject_id AND v.detail ->> 'as' = 'stolen')
      AND NEW.kind IN ('chain_release', 'approver_signature') AND coalesce((
        SELECT state = 'dead' FROM reactor.effect WHERE subject_kind = 'leg' AND subject_id = NEW.subject_id AND kind = 'chain_release' AND id <> NEW.id
        ORDER BY attempt DESC LIMIT 1), false))) THEN
    RAISE EXCEPTION 'leg % has ended: nothing is begun for it', NEW.subject_id USING ERRCODE = 'check_violation';
  END IF;
  -- What is ordered back to the payer is replaced where it stands, whoever decided otherwise on an earlier view; recovery finds what was done.
  IF NEW.kind IN ('juno_redemption', 'bitso_payout') AND NEW.subject_kind = 'leg'
    AND EXISTS (SELECT 1 FROM reactor.refund_order WHERE leg_id = NEW.subject_id::uuid)
    AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
    RAISE EXCEPTION 'leg % is ordered back to the payer: it is not paid to where it was to go', NEW.subject_id USING ERRCODE = 'check_violation';
  END IF;
  SELECT coalesce(max(attempt), 0) INTO earlier FROM reactor.effect
    WHERE subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id AND kind = NEW.kind AND id <> NEW.id;
  IF NEW.attempt <> earlier + 1 THEN
    RAISE EXCEPTION 'attempt % of % for % % does not follow %', NEW.attempt, NEW.kind, NEW.subject_kind, NEW.subject_id, earlier USING ERRCODE = 'check_violation';
  END IF;
  -- After a refusal, and after the attempts that the machine has of its own, the next one is two people's;
  -- recovery finds what was done of it.
  IF earlier > 0 AND EXISTS (
    SELECT 1 FROM reactor.effect WHERE subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id AND kind = NEW.kind AND attempt = earlier
      AND NEW.kind <> 'approver_signature' AND decided_by IS NULL AND (state = 'rejected' OR (earlier >= 3 AND subject_kind = 'leg')))
    AND NOT EXISTS (SELECT 1 FROM reactor.guard_switch s WHERE s.name = 'recovery' AND s.is_stopped) THEN
    RAISE EXCEPTION 'attempt % of % for % % is for two people to allow', NEW.attempt, NEW.kind, NEW.subject_kind, NEW.subject_id USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO reactor.effect_history (effect_id, from_state, to_state, lane, lane_epoch, error, at)
    VALUES (NEW.id, NULL, NEW.state, NEW.lane, NEW.lane_epoch, NULL, reactor.now());
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER effect_born AFTER INSERT ON reactor.effect FOR EACH ROW EXECUTE FUNCTION reactor.effect_born();
--> statement-breakpoint
-- A name as `isSameName` compares it: without marks, case and runs of white space.
CREATE FUNCTION reactor.folded(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT upper(btrim(regexp_replace(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]', '', 'g'), '\s+', ' ', 'g'))) $$;
--> statement-breakpoint
-- Two keys of one name are one person's, who is written in one way: in another, the same person would be two. A key that may act is made by
-- whoever owns the database.
CREATE FUNCTION reactor.api_key_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.role <> 'viewer' AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
    RAISE EXCEPTION 'permission denied: a key that may act is made by whoever owns the database' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF EXISTS (SELECT 1 FROM reactor.api_key k WHERE k.revoked_at IS NULL AND k.name <> NEW.name AND reactor.folded(k.name) = reactor.folded(NEW.name)) THEN
    RAISE EXCEPTION 'a living key has the name % in another spelling', NEW.name USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER api_key_born BEFORE INSERT ON reactor.api_key FOR EACH ROW EXECUTE FUNCTION reactor.api_key_born();
--> statement-breakpoint
-- A proposal keeps its terms. It is approved once, in time, and not by who made it, and done only once it is approved.
ALTER TABLE reactor.proposal
  ADD CONSTRAINT proposal_four_eyes CHECK (approved_by <> proposed_by AND reactor.folded(approver_name) <> reactor.folded(proposer_name)),
  ADD CONSTRAINT proposal_approval CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (approver_name IS NULL)),
  ADD CONSTRAINT proposal_in_time CHECK (approved_at <= expires_at AND expires_at > created_at),
  ADD CONSTRAINT proposal_reason CHECK (reason ~ '\S'),
  ADD CONSTRAINT proposal_executed CHECK (executed_at IS NULL OR approved_by IS NOT NULL),
  ADD CONSTRAINT proposal_withdrawn CHECK (withdrawn_at IS NULL OR approved_by IS NULL);
--> statement-breakpoint
CREATE FUNCTION reactor.proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (NEW.id, NEW.command, NEW.subject, NEW.parameters, NEW.reason, NEW.proposed_by, NEW.proposer_name, NEW.created_at, NEW.expires_at)
     IS DISTINCT FROM (OLD.id, OLD.command, OLD.subject, OLD.parameters, OLD.reason, OLD.proposed_by, OLD.proposer_name, OLD.created_at, OLD.expires_at)
     OR (OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approver_name, NEW.approved_at) IS DISTINCT FROM (OLD.approved_by, OLD.approver_name, OLD.approved_at))
     OR OLD.executed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'proposal % stays as it is', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER proposal_guard BEFORE UPDATE ON reactor.proposal FOR EACH ROW EXECUTE FUNCTION reactor.proposal_guard();
--> statement-breakpoint

-- A nonce belongs to one effect for ever: each version of it follows the one before, and after a no-op the call never comes again.
CREATE FUNCTION reactor.wallet_transaction_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version = 0 AND NOT NEW.is_noop THEN RETURN NEW; END IF;
  PERFORM 1 FROM reactor.wallet_transaction w WHERE (w.chain_id, w.wallet, w.nonce, w.version, w.effect_id)
    = (NEW.chain_id, NEW.wallet, NEW.nonce, NEW.version - 1, NEW.effect_id) AND (NEW.is_noop OR NOT w.is_noop);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'version % of nonce % does not follow one of the same effect', NEW.version, NEW.nonce USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER wallet_transaction_born BEFORE INSERT ON reactor.wallet_transaction FOR EACH ROW EXECUTE FUNCTION reactor.wallet_transaction_born();
--> statement-breakpoint
CREATE FUNCTION reactor.wallet_transaction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.hash, NEW.chain_id, NEW.wallet, NEW.nonce, NEW.version, NEW.effect_id, NEW.is_noop, NEW.raw)
     IS DISTINCT FROM (OLD.hash, OLD.chain_id, OLD.wallet, OLD.nonce, OLD.version, OLD.effect_id, OLD.is_noop, OLD.raw) THEN
    RAISE EXCEPTION 'transaction % was signed and stays as it was signed', OLD.hash USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER wallet_transaction_guard BEFORE UPDATE ON reactor.wallet_transaction FOR EACH ROW EXECUTE FUNCTION reactor.wallet_transaction_guard();
--> statement-breakpoint
-- What is written once stays as it was written.
CREATE FUNCTION reactor.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['leg_history', 'effect_history', 'evidence', 'screening', 'juno_observation', 'webhook_in', 'suspense_part', 'settlement_item', 'refund_order', 'settled_outside', 'release_approval', 'release_withdrawal', 'release_order', 'dispute_evidence', 'dispute_resolution', 'dispute_appeal', 'ledger_posting', 'audit_log', 'foreign_act', 'closed_day', 'leg_move', 'effect_move', 'dispute_move', 'personal_column'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reactor.%I FOR EACH ROW EXECUTE FUNCTION reactor.append_only()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['leg', 'effect', 'payment', 'ledger_entry', 'deposit_clabe', 'destination', 'wallet_transaction', 'proposal', 'hold', 'wide_hold', 'dispute', 'guard_switch', 'approval_link', 'reconciliation_break'] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON reactor.%I FOR EACH ROW EXECUTE FUNCTION reactor.append_only()', name);
  END LOOP;
END $$;
--> statement-breakpoint
-- A break stays what it is, and is closed once, with a reason.
CREATE FUNCTION reactor.break_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.kind, NEW.subject, NEW.account, NEW.payment_id, NEW.currency, NEW.first_seen_at, NEW.opened_at)
     IS DISTINCT FROM (OLD.id, OLD.kind, OLD.subject, OLD.account, OLD.payment_id, OLD.currency, OLD.first_seen_at, OLD.opened_at)
     OR OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'break % stays what it is', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER break_guard BEFORE UPDATE ON reactor.reconciliation_break FOR EACH ROW EXECUTE FUNCTION reactor.break_guard();
--> statement-breakpoint
-- Each wallet has nonces of its own: one that another wallet used up says nothing of this one's.
ALTER TABLE reactor.foreign_act ADD CONSTRAINT foreign_act_wallet CHECK ((source = 'wallet') = (wallet IS NOT NULL AND nonce IS NOT NULL));
--> statement-breakpoint
ALTER TABLE reactor.reconciliation_break
  ADD CONSTRAINT break_closed CHECK ((closed_at IS NULL) = (closed_because IS NULL)),
  ADD CONSTRAINT break_shortfall CHECK (shortfall_units >= 0);
--> statement-breakpoint
-- One call to Juno's limiter (src/reactor/rate): it hears how earlier calls ended, fills the buckets, and lets calls go. In one
-- statement, so that no process can hold the row while it thinks. The policy (how much to whom) comes with the call; that what it
-- promises is kept, whatever the policy, is here: never more than p_most calls in any p_window_s seconds, nor more than
-- p_most_in_flight under way. Kinds, in this order: look, payout, withdrawal, registration.
CREATE FUNCTION reactor.juno_take(
  p_name text, p_caller text, p_now timestamptz, p_window_s double precision,
  p_most integer, p_most_sends integer, p_most_in_flight integer,
  p_capacity double precision[], p_refill_per_s double precision[],
  p_wants integer[], p_done integer, p_went_well boolean, p_failures integer, p_throttled boolean,
  OUT granted integer[], OUT wait_ms double precision[], OUT used integer, OUT closed_ms double precision, OUT reason text
) LANGUAGE plpgsql AS $$
DECLARE
  slices CONSTANT integer := 60;
  spare CONSTANT integer := 5;
  most_failures CONSTANT integer := 5;
  probe_s CONSTANT integer := 30;
  silent_s CONSTANT integer := 60;
  s reactor.juno_limit;
  -- Of the row, but written one by one: within a record each would copy all of it.
  let_go integer[];
  let_sends integer[];
  buckets double precision[];
  now_s double precision;
  slice_s double precision := p_window_s / slices;
  elapsed_s double precision;
  newest bigint;
  spilt double precision := 0;
  room integer;
  room_sends integer;
  room_in_flight integer;
  promised integer;
  promised_sends integer;
  total integer := 0;
  k integer;
  barren integer := 0;
  is_short boolean;
BEGIN
  SELECT * INTO s FROM reactor.juno_limit WHERE name = p_name FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO reactor.juno_limit (name) VALUES (p_name) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT s FROM reactor.juno_limit WHERE name = p_name FOR UPDATE;
  END IF;
  let_go := s.calls;
  let_sends := s.sends;
  buckets := s.tokens;
  -- Read only now: whoever waited for the row must not go on with the time of before.
  p_now := coalesce(p_now, reactor.now());
  IF s.at = '-infinity' THEN
    s.at := p_now;
    buckets := p_capacity;
    s.slice := floor(extract(epoch FROM p_now) / slice_s);
  END IF;

  -- Time. A clock that was set back by little stands still until it is right again; by much, all that is counted counts as just now.
  IF p_now < s.at - make_interval(secs => p_window_s) THEN
    let_go := ARRAY[(SELECT sum(n) FROM unnest(let_go) AS n)];
    let_sends := ARRAY[(SELECT sum(n) FROM unnest(let_sends) AS n)];
    s.slice := floor(extract(epoch FROM p_now) / slice_s);
    s.at := p_now;
  END IF;
  p_now := greatest(p_now, s.at);
  now_s := extract(epoch FROM p_now);
  elapsed_s := now_s - extract(epoch FROM s.at);
  newest := greatest(floor(now_s / slice_s), s.slice);
  -- One slice more than the window has: the newest is not over, and a call at its start must count until a whole window later.
  k := least(newest - s.slice, slices + 1);
  let_go := (array_fill(0, ARRAY[k]) || coalesce(let_go, '{}') || array_fill(0, ARRAY[slices + 1]))[1:slices + 1];
  let_sends := (array_fill(0, ARRAY[k]) || coalesce(let_sends, '{}') || array_fill(0, ARRAY[slices + 1]))[1:slices + 1];
  s.slice := newest;
  s.at := p_now;
  -- Each kind fills at its own pace; what runs over is anybody's.
  FOR i IN 1..4 LOOP
    buckets[i] := buckets[i] + p_refill_per_s[i] * elapsed_s;
    spilt := spilt + greatest(0, buckets[i] - p_capacity[i]);
    buckets[i] := least(buckets[i], p_capacity[i]);
  END LOOP;
  buckets[spare] := least(p_capacity[spare], buckets[spare] + spilt);

  -- What was heard. While it is open, only stragglers of before are heard: they neither close it nor open it again.
  IF p_throttled THEN
    IF s.open_reason IS DISTINCT FROM 'throttled' OR s.open_until <= p_now THEN
      s.lockouts := CASE WHEN s.locked_at > p_now - interval '1 day' THEN s.lockouts + 1 ELSE 1 END;
      s.locked_at := p_now;
      s.opened_at := p_now;
      s.open_until := p_now + least(make_interval(secs => p_window_s * 2 ^ least(s.lockouts - 1, 20)), interval '1 day');
      s.open_reason := 'throttled';
    END IF;
    -- A call that reaches Juno during the lock-out may begin it anew.
    s.open_until := greatest(s.open_until, p_now + make_interval(secs => p_window_s));
    s.probe_until := NULL;
    s.failures := 0;
  ELSIF s.open_until IS NULL OR s.open_until <= p_now THEN
    IF p_went_well THEN
      s.open_until := NULL;
      s.open_reason := NULL;
      s.probe_until := NULL;
      s.failures := 0;
    END IF;
    s.failures := s.failures + p_failures;
    IF s.failures >= most_failures OR (s.open_until IS NOT NULL AND p_failures > 0) THEN
      s.level := CASE WHEN s.opened_at > p_now - make_interval(secs => 10 * p_window_s) THEN least(s.level + 1, 20) ELSE 0 END;
      s.opened_at := p_now;
      s.open_until := p_now + make_interval(secs => p_window_s * least(2 ^ s.level / 12, 5));
      s.open_reason := 'failing';
      s.probe_until := NULL;
      s.failures := 0;
    END IF;
  END IF;

  -- What may go.
  DELETE FROM reactor.juno_caller WHERE seen_at < p_now - make_interval(secs => silent_s);
  UPDATE reactor.juno_caller SET in_flight = greatest(0, in_flight - p_done), seen_at = p_now WHERE name = p_caller;
  SELECT coalesce(sum(n), 0) INTO used FROM unnest(let_go) AS n;
  room := p_most - used;
  room_sends := p_most_sends - coalesce((SELECT sum(n) FROM unnest(let_sends) AS n), 0);
  room_in_flight := p_most_in_flight - coalesce((SELECT sum(in_flight) FROM reactor.juno_caller), 0);
  granted := ARRAY[0, 0, 0, 0];
  IF s.open_until IS NULL THEN
    -- First what is each kind's own, then one each in turn of what anybody may borrow; who begins changes, so that nobody is last for ever.
    FOR turn IN 0..(p_capacity[spare]::integer * 4 + 7) LOOP
      -- A round in which nobody got anything is followed by none in which anybody does.
      EXIT WHEN granted = p_wants OR (turn >= 8 AND barren >= 4);
      barren := barren + 1;
      k := 1 + (s.slice + turn) % 4;
      CONTINUE WHEN granted[k] >= p_wants[k];
      EXIT WHEN least(room, room_in_flight) <= 0 OR (turn >= 4 AND buckets[spare] < 1);
      CONTINUE WHEN k > 1 AND room_sends <= 0;
      -- A kind whose bucket is full has asked for less than its part: what it has is promised, and room for it stays in the window.
      SELECT coalesce(sum(floor(buckets[i])), 0), coalesce(sum(floor(buckets[i])) FILTER (WHERE i > 1), 0) INTO promised, promised_sends
        FROM generate_series(1, 4) AS i WHERE i <> k AND buckets[i] >= p_capacity[i];
      total := CASE WHEN turn < 4 THEN least(p_wants[k], floor(buckets[k])) WHEN buckets[spare] >= 1 THEN 1 ELSE 0 END;
      total := least(total, room_in_flight, room - promised, CASE WHEN k > 1 THEN room_sends - promised_sends ELSE total END);
      CONTINUE WHEN total <= 0;
      granted[k] := granted[k] + total;
      barren := 0;
      IF turn < 4 THEN buckets[k] := buckets[k] - total; ELSE buckets[spare] := buckets[spare] - total; END IF;
      room := room - total;
      room_in_flight := room_in_flight - total;
      IF k > 1 THEN room_sends := room_sends - total; END IF;
    END LOOP;
    -- Who still asks has asked for more than its part: its bucket does not count as full.
    FOR i IN 1..4 LOOP
      IF granted[i] < p_wants[i] AND room_in_flight > 0 THEN buckets[i] := least(buckets[i], 0.99); END IF;
    END LOOP;
  ELSIF s.open_until <= p_now AND p_wants[1] > 0 AND least(room, room_in_flight) > 0
    AND (s.probe_until IS NULL OR s.probe_until <= p_now) THEN
    -- Half open: one look at a time, because a look that is lost leaves nothing unknown.
    granted[1] := 1;
    s.probe_until := p_now + make_interval(secs => probe_s);
  END IF;
  total := granted[1] + granted[2] + granted[3] + granted[4];
  let_go[1] := let_go[1] + total;
  let_sends[1] := let_sends[1] + total - granted[1];
  used := used + total;
  IF total > 0 THEN
    INSERT INTO reactor.juno_caller AS c (name, in_flight, seen_at) VALUES (p_caller, total, p_now)
      ON CONFLICT (name) DO UPDATE SET in_flight = c.in_flight + excluded.in_flight, seen_at = excluded.seen_at;
  END IF;

  -- When to ask again, for who did not get all.
  closed_ms := CASE WHEN s.open_until IS NULL THEN 0 ELSE greatest(0, extract(epoch FROM s.open_until) - now_s) * 1000 END;
  reason := s.open_reason;
  wait_ms := ARRAY[0, 0, 0, 0];
  FOR i IN 1..4 LOOP
    CONTINUE WHEN granted[i] >= p_wants[i] AND closed_ms = 0;
    is_short := room <= 0 OR (i > 1 AND room_sends <= 0);
    wait_ms[i] := 1000 * CASE
      WHEN s.open_until IS NOT NULL THEN greatest(closed_ms / 1000, slice_s)
      WHEN is_short THEN (newest + slices + 2 - (
        SELECT max(n) FROM generate_subscripts(let_go, 1) AS n WHERE CASE WHEN i > 1 AND room > 0 THEN let_sends[n] ELSE let_go[n] END > 0
      )) * slice_s - now_s
      WHEN room_in_flight <= 0 THEN slice_s
      -- It could go, but that what is left is promised to others: asking at once again would only be told the same.
      WHEN buckets[i] >= 0.99 THEN slice_s / 4
      -- Its own next call; perhaps sooner one that another kind leaves, so it looks again after a moment.
      ELSE least((1 - buckets[i]) / p_refill_per_s[i], slice_s / 4)
      END;
  END LOOP;
  UPDATE reactor.juno_limit SET (at, tokens, slice, calls, sends, failures, open_until, open_reason, opened_at, level, probe_until, lockouts, locked_at)
    = (s.at, buckets, s.slice, let_go, let_sends, s.failures, s.open_until, s.open_reason, s.opened_at, s.level, s.probe_until, s.lockouts, s.locked_at)
    WHERE name = p_name;
END $$;
--> statement-breakpoint
CREATE FUNCTION reactor.payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (to_jsonb(NEW) - 'awaits_deposit') IS DISTINCT FROM (to_jsonb(OLD) - 'awaits_deposit') THEN
    RAISE EXCEPTION 'the terms of payment % are immutable', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER payment_guard BEFORE UPDATE ON reactor.payment FOR EACH ROW EXECUTE FUNCTION reactor.payment_guard();
--> statement-breakpoint
-- No account is kept of an erased user: what was erased does not come back. Whoever erases holds the row of the user.
CREATE FUNCTION reactor.destination_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM reactor."user" WHERE id = NEW.user_id FOR KEY SHARE;
  IF EXISTS (SELECT 1 FROM reactor."user" WHERE id = NEW.user_id AND erased_at IS NOT NULL) THEN
    RAISE EXCEPTION 'user % is erased: no account is kept of them', NEW.user_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER destination_born BEFORE INSERT ON reactor.destination FOR EACH ROW EXECUTE FUNCTION reactor.destination_born();
--> statement-breakpoint
-- What is given away of a deposit in suspense never exceeds it; and to a payment at another CLABE two people give it, by its own proposal.
CREATE FUNCTION reactor.suspense_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE given numeric; whole numeric;
BEGIN
  SELECT amount_centavos INTO whole FROM reactor.suspense WHERE deposit_id = NEW.deposit_id FOR UPDATE;
  SELECT sum(amount_centavos) INTO given FROM reactor.suspense_part WHERE deposit_id = NEW.deposit_id;
  IF given > whole THEN
    RAISE EXCEPTION 'the parts of deposit % sum to % centavos of %', NEW.deposit_id, given, whole USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM reactor.payment p, reactor.juno_deposit j
    WHERE p.id = NEW.payment_id AND j.id = NEW.deposit_id AND p.deposit_clabe IS DISTINCT FROM j.clabe)
    AND NOT EXISTS (SELECT 1 FROM reactor.proposal p WHERE p.command = 'suspense give' AND p.subject = 'suspense:' || NEW.deposit_id
      AND p.approved_by IS NOT NULL AND p.executed_at IS NULL) THEN
    RAISE EXCEPTION 'deposit % came to another CLABE than that of payment %, and no two people gave it', NEW.deposit_id, NEW.payment_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER suspense_part_guard AFTER INSERT ON reactor.suspense_part FOR EACH ROW EXECUTE FUNCTION reactor.suspense_part_guard();
--> statement-breakpoint
-- Another sight of a deposit is no money of its own: nobody claims it, and it leads to no third.
CREATE FUNCTION reactor.twin_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'evidence' THEN
    IF NEW.source = 'juno_deposit' AND EXISTS (SELECT 1 FROM reactor.juno_deposit WHERE id = NEW.external_id AND twin_of IS NOT NULL) THEN
      RAISE EXCEPTION 'deposit % is another sight of one that is booked', NEW.external_id USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.twin_of = NEW.id OR EXISTS (SELECT 1 FROM reactor.juno_deposit WHERE id = NEW.twin_of AND twin_of IS NOT NULL)
    OR EXISTS (SELECT 1 FROM reactor.juno_deposit WHERE twin_of = NEW.id)
    OR EXISTS (SELECT 1 FROM reactor.evidence WHERE source = 'juno_deposit' AND external_id = NEW.id) THEN
    RAISE EXCEPTION 'deposit % cannot be another sight of %', NEW.id, NEW.twin_of USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER twin_guard BEFORE INSERT ON reactor.evidence FOR EACH ROW EXECUTE FUNCTION reactor.twin_guard();
--> statement-breakpoint
CREATE TRIGGER twin_guard BEFORE INSERT OR UPDATE OF twin_of ON reactor.juno_deposit FOR EACH ROW WHEN (NEW.twin_of IS NOT NULL) EXECUTE FUNCTION reactor.twin_guard();
--> statement-breakpoint
-- What was claimed is never looked through again for what was not. The evidence itself stays what decides.
CREATE FUNCTION reactor.mark_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.source = 'juno_deposit' THEN
    UPDATE reactor.juno_deposit SET is_claimed = true WHERE id = NEW.external_id;
  ELSIF NEW.source = 'juno_transaction' THEN
    UPDATE reactor.juno_transaction SET is_claimed = true WHERE id = NEW.external_id;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER mark_claimed AFTER INSERT ON reactor.evidence FOR EACH ROW EXECUTE FUNCTION reactor.mark_claimed();
--> statement-breakpoint
CREATE FUNCTION reactor.destination_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (NEW.id, NEW.user_id, NEW.clabe, NEW.legal_name) IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.clabe, OLD.legal_name)
     OR (OLD.juno_account_id IS NOT NULL AND NEW.juno_account_id IS DISTINCT FROM OLD.juno_account_id) THEN
    RAISE EXCEPTION 'destination % is a snapshot: a correction is a new one', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  -- Two users may share an account at Juno: one of one CLABE, as it was read back for both. What an erased user had is not compared.
  IF NEW.verified_at IS NOT NULL AND (OLD.verified_at IS NULL OR NEW.juno_account_id IS DISTINCT FROM OLD.juno_account_id) AND EXISTS (
    SELECT 1 FROM reactor.destination d WHERE d.juno_account_id = NEW.juno_account_id AND d.verified_at IS NOT NULL
      AND d.clabe <> NEW.clabe AND d.clabe NOT LIKE 'erased:%') THEN
    RAISE EXCEPTION 'account % at Juno is of another CLABE than that of destination %', NEW.juno_account_id, OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER destination_guard BEFORE UPDATE ON reactor.destination FOR EACH ROW EXECUTE FUNCTION reactor.destination_guard();
--> statement-breakpoint
ALTER TABLE reactor.payment ADD CONSTRAINT payment_amount CHECK (amount_centavos >= CASE kind WHEN 'refund' THEN 1 ELSE 10000 END),
  ADD CONSTRAINT payment_custody CHECK ((kind = 'escrow' AND custody_basis_points > 0) = (custody_seconds > 0) AND custody_seconds >= 0),
  ADD CONSTRAINT payment_custody_share CHECK (custody_basis_points BETWEEN 0 AND 10000),
  ADD CONSTRAINT payment_deposit_clabe CHECK (kind <> 'escrow' OR deposit_clabe IS NOT NULL),
  ADD CONSTRAINT payment_awaits CHECK (kind = 'escrow' OR NOT awaits_deposit);
--> statement-breakpoint
ALTER TABLE reactor.leg ADD CONSTRAINT leg_amount CHECK (amount_centavos > 0),
  ADD CONSTRAINT leg_reference CHECK (reference ~ '^0x[0-9a-f]{64}$'),
  ADD CONSTRAINT leg_attention CHECK ((attention_code IS NULL) = (attention_text IS NULL) AND (attention_code IS NULL) = (attention_owner IS NULL));
--> statement-breakpoint
ALTER TABLE reactor.suspense_part ADD CONSTRAINT suspense_part_amount CHECK (amount_centavos > 0);
--> statement-breakpoint
ALTER TABLE reactor.refund_order ADD CONSTRAINT refund_order_amount CHECK (amount_centavos > 0);
--> statement-breakpoint
ALTER TABLE reactor.standing_terms ADD CONSTRAINT standing_terms_custody CHECK ((custody_basis_points > 0) = (custody_seconds > 0) AND custody_seconds >= 0),
  ADD CONSTRAINT standing_terms_custody_share CHECK (custody_basis_points BETWEEN 0 AND 10000),
  ADD CONSTRAINT standing_terms_limits CHECK (minimum_centavos >= 10000 AND maximum_centavos >= minimum_centavos);
--> statement-breakpoint
ALTER TABLE reactor.destination ADD CONSTRAINT destination_clabe CHECK (clabe ~ '^([0-9]{18}|erased:[0-9a-f]{32})$');
--> statement-breakpoint
ALTER TABLE reactor.deposit_clabe ADD CONSTRAINT deposit_clabe_shape CHECK (clabe ~ '^([0-9]{18}|erased:[0-9a-f]{32})$');
--> statement-breakpoint
ALTER TABLE reactor.cap ADD CONSTRAINT cap_not_exceeded CHECK (used_centavos >= 0 AND used_centavos <= limit_centavos);
--> statement-breakpoint
ALTER TABLE reactor.effect ADD CONSTRAINT effect_amount CHECK (amount >= 0), ADD CONSTRAINT effect_attempt_positive CHECK (attempt > 0);
--> statement-breakpoint

-- An approval is of a release that can still be approved, by whom its payment names; by a link it is the one that the link is for.
CREATE FUNCTION reactor.release_approval_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id WHERE l.id = NEW.leg_id AND p.id = NEW.payment_id
    AND l.kind = 'custody' AND l.state IN ('requested', 'deposited', 'withdrawing', 'withdrawn', 'creating', 'created', 'funding', 'in_custody')
    AND p.release_policy <> 'date' AND NEW.user_id = CASE NEW.party WHEN 'payer' THEN p.payer_id ELSE p.recipient_id END
    AND NOT EXISTS (SELECT 1 FROM reactor.refund_order r WHERE r.leg_id = l.id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the release of leg % is not for user % to approve now', NEW.leg_id, NEW.user_id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.link_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reactor.approval_link k WHERE k.id = NEW.link_id
    AND (k.payment_id, k.leg_id, k.party) = (NEW.payment_id, NEW.leg_id, NEW.party) AND k.used_at IS NOT NULL AND k.revoked_at IS NULL) THEN
    RAISE EXCEPTION 'link % is not for this approval', NEW.link_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER release_approval_born BEFORE INSERT ON reactor.release_approval FOR EACH ROW EXECUTE FUNCTION reactor.release_approval_born();
--> statement-breakpoint
ALTER TABLE reactor.release_approval ADD CONSTRAINT release_approval_valid CHECK (valid_seconds > 0);
--> statement-breakpoint
-- An approval is taken back until what it let out was sent.
CREATE FUNCTION reactor.release_withdrawal_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM reactor.release_approval a JOIN reactor.effect e ON e.subject_kind = 'leg' AND e.subject_id = a.leg_id::text
    WHERE a.id = NEW.approval_id AND e.kind = 'chain_release' AND e.state IN ('sending', 'unknown', 'confirmed')) THEN
    RAISE EXCEPTION 'what approval % let out is on its way', NEW.approval_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER release_withdrawal_born BEFORE INSERT ON reactor.release_withdrawal FOR EACH ROW EXECUTE FUNCTION reactor.release_withdrawal_born();
--> statement-breakpoint
-- A link keeps its terms, and is used in time or revoked, once.
ALTER TABLE reactor.approval_link ADD CONSTRAINT approval_link_once CHECK (used_at IS NULL OR revoked_at IS NULL),
  ADD CONSTRAINT approval_link_in_time CHECK (expires_at > created_at AND used_at <= expires_at),
  ADD CONSTRAINT approval_link_hash CHECK (token_hash ~ '^[0-9a-f]{64}$');
--> statement-breakpoint
CREATE FUNCTION reactor.approval_link_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (to_jsonb(NEW) - '{used_at,revoked_at}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{used_at,revoked_at}'::text[])
     OR OLD.used_at IS NOT NULL OR OLD.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'link % stays as it is', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER approval_link_guard BEFORE UPDATE ON reactor.approval_link FOR EACH ROW EXECUTE FUNCTION reactor.approval_link_guard();
--> statement-breakpoint
-- Two people let a leg out: those who decided this very payment's proposal.
CREATE FUNCTION reactor.release_order_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM reactor.proposal p JOIN reactor.leg l ON p.subject = 'payment:' || l.payment_id
    WHERE p.id = NEW.proposal_id AND l.id = NEW.leg_id AND p.command = 'payment release' AND p.approved_by IS NOT NULL AND p.executed_at IS NULL) THEN
    RAISE EXCEPTION 'two people let leg % out, by a proposal of its own payment', NEW.leg_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER release_order_born BEFORE INSERT ON reactor.release_order FOR EACH ROW EXECUTE FUNCTION reactor.release_order_born();
--> statement-breakpoint
-- An entry goes from pending to posted or voided once, and nothing else of it changes. The two functions that keep the balances run as
-- whoever owns them, since nobody else may write a balance; they look up nothing but by its whole name.
CREATE FUNCTION reactor.ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.key, NEW.payment_id, NEW.effect_id, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.key, OLD.payment_id, OLD.effect_id, OLD.created_at)
     OR OLD.state <> 'pending' OR NEW.state = 'pending' THEN
    RAISE EXCEPTION 'ledger entry % is % and stays as it is', OLD.key, OLD.state USING ERRCODE = 'check_violation';
  END IF;
  NEW.settled_at := reactor.now();
  UPDATE reactor.ledger_balance b
    SET pending = b.pending - p.amount, posted = b.posted + CASE WHEN NEW.state = 'posted' THEN p.amount ELSE 0 END
    FROM (SELECT account, owner, currency, sum(amount) AS amount FROM reactor.ledger_posting WHERE entry_id = NEW.id GROUP BY 1, 2, 3) p
    WHERE (b.account, b.owner, b.currency) = (p.account, p.owner, p.currency);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_entry_guard BEFORE UPDATE ON reactor.ledger_entry FOR EACH ROW EXECUTE FUNCTION reactor.ledger_entry_guard();
--> statement-breakpoint
CREATE FUNCTION reactor.ledger_posting_born() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE entry_state reactor.entry_state;
BEGIN
  SELECT state INTO STRICT entry_state FROM reactor.ledger_entry WHERE id = NEW.entry_id;
  IF NOT EXISTS (SELECT 1 FROM reactor.ledger_account WHERE code = NEW.account) THEN
    RAISE EXCEPTION 'no ledger account %', NEW.account USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO reactor.ledger_balance AS b (account, owner, currency, posted, pending)
    VALUES (NEW.account, NEW.owner, NEW.currency,
      CASE WHEN entry_state = 'posted' THEN NEW.amount ELSE 0 END, CASE WHEN entry_state = 'pending' THEN NEW.amount ELSE 0 END)
    ON CONFLICT (account, owner, currency) DO UPDATE SET posted = b.posted + excluded.posted, pending = b.pending + excluded.pending;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_posting_born AFTER INSERT ON reactor.ledger_posting FOR EACH ROW EXECUTE FUNCTION reactor.ledger_posting_born();
--> statement-breakpoint
-- Checked at commit: an entry sums to zero in each currency.
CREATE FUNCTION reactor.ledger_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
  SELECT currency, sum(amount) AS total INTO bad FROM reactor.ledger_posting WHERE entry_id = NEW.entry_id GROUP BY currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger entry % is out by % % units', NEW.entry_id, bad.total, bad.currency USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER ledger_zero_sum AFTER INSERT ON reactor.ledger_posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reactor.ledger_zero_sum();
--> statement-breakpoint
-- Checked at commit, pending included: nobody's money pays for another's. The last line of defence against paying twice.
CREATE FUNCTION reactor.ledger_floor() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account_kind text; total numeric;
BEGIN
  SELECT kind INTO account_kind FROM reactor.ledger_account WHERE code = NEW.account;
  SELECT posted + pending INTO total FROM reactor.ledger_balance WHERE (account, owner, currency) = (NEW.account, NEW.owner, NEW.currency);
  IF (account_kind = 'asset' AND total < 0) OR (account_kind = 'liability' AND total > 0) THEN
    RAISE EXCEPTION 'account % of % would be overdrawn by % % units', NEW.account, NEW.owner, abs(total), NEW.currency USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER ledger_floor AFTER INSERT OR UPDATE ON reactor.ledger_balance
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reactor.ledger_floor();
--> statement-breakpoint
INSERT INTO reactor.guard_switch (name) VALUES
  ('all'), ('rail:juno'), ('rail:chain'), ('rail:bank_redemption'), ('rail:bitso_spei'), ('rail:bitso_transfer'), ('recovery');
--> statement-breakpoint
-- A hold keeps its terms and is closed once.
CREATE FUNCTION reactor.hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (to_jsonb(NEW) - 'closed_at') IS DISTINCT FROM (to_jsonb(OLD) - 'closed_at') OR OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'hold % stays as it is', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM reactor.dispute d WHERE d.hold_id = OLD.id AND d.state <> 'final') THEN
    RAISE EXCEPTION 'hold % is that of a dispute which is not final', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER hold_guard BEFORE UPDATE ON reactor.hold FOR EACH ROW EXECUTE FUNCTION reactor.hold_guard();
--> statement-breakpoint
CREATE TRIGGER hold_guard BEFORE UPDATE ON reactor.wide_hold FOR EACH ROW EXECUTE FUNCTION reactor.hold_guard();
--> statement-breakpoint
-- A dispute keeps its terms, moves only along a legal move, and each move on what it needs: a decision, an appeal against it, or the
-- end of the time for one.
CREATE FUNCTION reactor.dispute_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE newest reactor.dispute_resolution; is_appealed boolean;
BEGIN
  IF coalesce(current_setting('reactor.erasing', true), '') <> '' THEN
    IF reactor.is_erasure(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN RETURN NEW; END IF;
  END IF;
  IF (to_jsonb(NEW) - 'state' - 'final_at') IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'final_at') THEN
    RAISE EXCEPTION 'dispute % keeps its terms', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM reactor.dispute_move m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
    RAISE EXCEPTION 'dispute % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO newest FROM reactor.dispute_resolution WHERE dispute_id = NEW.id ORDER BY created_at DESC, id DESC LIMIT 1;
  is_appealed := EXISTS (SELECT 1 FROM reactor.dispute_appeal a WHERE a.resolution_id = newest.id);
  IF newest.id IS NULL OR is_appealed <> (NEW.state = 'open') OR (NEW.state = 'final' AND newest.appealable_until > reactor.now()) THEN
    RAISE EXCEPTION 'dispute % has nothing that makes it %', OLD.id, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  NEW.final_at := CASE WHEN NEW.state = 'final' THEN reactor.now() END;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER dispute_guard BEFORE UPDATE ON reactor.dispute FOR EACH ROW EXECUTE FUNCTION reactor.dispute_guard();
--> statement-breakpoint
-- A dispute begins open, with the hold that keeps its payment's money where it is.
CREATE FUNCTION reactor.dispute_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'open' OR NOT EXISTS (
    SELECT 1 FROM reactor.hold h WHERE h.id = NEW.hold_id AND h.payment_id = NEW.payment_id AND h.kind = 'dispute' AND h.closed_at IS NULL) THEN
    RAISE EXCEPTION 'dispute % begins open and holds its payment', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER dispute_born BEFORE INSERT ON reactor.dispute FOR EACH ROW EXECUTE FUNCTION reactor.dispute_born();
--> statement-breakpoint
-- Evidence comes until the dispute is final; a decision while it is open, by its own proposal that two people made; an appeal against
-- the newest decision, in time.
CREATE FUNCTION reactor.dispute_part_born() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of reactor.dispute; newest reactor.dispute_resolution;
BEGIN
  SELECT * INTO of FROM reactor.dispute WHERE id = NEW.dispute_id FOR UPDATE;
  IF of.state = 'final' OR (TG_TABLE_NAME = 'dispute_resolution' AND of.state <> 'open') OR (TG_TABLE_NAME = 'dispute_appeal' AND of.state <> 'resolved') THEN
    RAISE EXCEPTION 'dispute % is %: no % is taken', of.id, of.state, TG_TABLE_NAME USING ERRCODE = 'check_violation';
  END IF;
  IF TG_TABLE_NAME = 'dispute_evidence' THEN
    IF (SELECT count(*) FROM reactor.dispute_evidence WHERE dispute_id = of.id) >= 100 THEN
      RAISE EXCEPTION 'dispute % has all the evidence that it may have', of.id USING ERRCODE = 'check_violation';
    END IF;
  ELSIF TG_TABLE_NAME = 'dispute_resolution' THEN
    IF NOT EXISTS (SELECT 1 FROM reactor.proposal p WHERE p.id = NEW.proposal_id AND p.subject = 'dispute:' || of.id AND p.approved_by IS NOT NULL) THEN
      RAISE EXCEPTION 'dispute % is decided by two people', of.id USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    SELECT * INTO newest FROM reactor.dispute_resolution WHERE dispute_id = of.id ORDER BY created_at DESC, id DESC LIMIT 1;
    IF newest.id <> NEW.resolution_id OR newest.appealable_until <= reactor.now() THEN
      RAISE EXCEPTION 'resolution % can be appealed against no more', NEW.resolution_id USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER dispute_part_born BEFORE INSERT ON reactor.dispute_evidence FOR EACH ROW EXECUTE FUNCTION reactor.dispute_part_born();
--> statement-breakpoint
CREATE TRIGGER dispute_part_born BEFORE INSERT ON reactor.dispute_resolution FOR EACH ROW EXECUTE FUNCTION reactor.dispute_part_born();
--> statement-breakpoint
CREATE TRIGGER dispute_part_born BEFORE INSERT ON reactor.dispute_appeal FOR EACH ROW EXECUTE FUNCTION reactor.dispute_part_born();
--> statement-breakpoint
ALTER TABLE reactor.dispute ADD CONSTRAINT dispute_reason_code CHECK (reason_code ~ '^[a-z][a-z0-9_]{2,39}$'),
  ADD CONSTRAINT dispute_statement CHECK (char_length(statement) <= 4000),
  ADD CONSTRAINT dispute_whose CHECK ((user_id IS NOT NULL) = (opened_by IN ('payer', 'recipient')));
--> statement-breakpoint
ALTER TABLE reactor.dispute_evidence ADD CONSTRAINT dispute_evidence_bounds CHECK (
    char_length(text) <= 4000 AND CASE jsonb_typeof(files) WHEN 'array' THEN jsonb_array_length(files) <= 10 ELSE false END),
  ADD CONSTRAINT dispute_evidence_whose CHECK ((user_id IS NOT NULL) = (given_by IN ('payer', 'recipient')));
--> statement-breakpoint
ALTER TABLE reactor.dispute_appeal ADD CONSTRAINT dispute_appeal_bounds CHECK (char_length(text) BETWEEN 1 AND 4000);
--> statement-breakpoint
ALTER TABLE reactor.dispute_resolution ADD CONSTRAINT dispute_resolution_outcome CHECK (
    (outcome = 'split') = (num_nonnulls(payer_basis_points, payer_centavos) = 1) AND (outcome = 'recipient') = (destination_id IS NULL)
    AND (payer_basis_points IS NULL OR payer_basis_points BETWEEN 1 AND 9999) AND (payer_centavos IS NULL OR payer_centavos > 0));
--> statement-breakpoint
ALTER TABLE reactor.screening ADD CONSTRAINT screening_age CHECK (valid_until > checked_at AND checked_at <= received_at + interval '5 minutes');
--> statement-breakpoint
ALTER TABLE reactor.cap_limit ADD CONSTRAINT cap_limit_amount CHECK (hundredths >= 0);
--> statement-breakpoint
-- What each process may do. Roles belong to the server, not to the database, so another database may have made them already or be making
-- them now; and where this login may not make them, an administrator has to. They have no password: logins are members of them.
DO $$
DECLARE role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['kustodia_indexer', 'kustodia_reactor', 'kustodia_auditor', 'kustodia_approver', 'kustodia_reader', 'kustodia_reader_personal'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
          RAISE EXCEPTION 'this login may not make roles: let an administrator run CREATE ROLE % NOLOGIN, and do this again', role USING ERRCODE = 'insufficient_privilege';
        END IF;
    END;
  END LOOP;
END $$;
--> statement-breakpoint
-- The second opinion's role: it reads the books and what they rest on, and nothing of people but the accounts that they are paid to.
GRANT USAGE ON SCHEMA reactor TO kustodia_auditor;
--> statement-breakpoint
GRANT SELECT ON reactor.payment, reactor.leg, reactor.destination, reactor.settlement_item, reactor.settled_outside, reactor.effect, reactor.evidence,
  reactor.wallet_transaction, reactor.suspense, reactor.suspense_part, reactor.ledger_entry, reactor.ledger_posting,
  reactor.ledger_balance TO kustodia_auditor;
--> statement-breakpoint
-- The role of the approver, which lets escrows end early: it reads what was approved and decided and what stops it, of people nothing
-- but their ids, and of what they wrote nothing.
GRANT USAGE ON SCHEMA reactor TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, payment_id, kind, state, amount_centavos, destination_id, rail, reference, escrow_contract, escrow_id, deadline_seconds)
  ON reactor.leg TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, payer_id, recipient_id, release_policy) ON reactor.payment TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, user_id, differs) ON reactor.destination TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, leg_id, party, user_id, given_at, valid_seconds) ON reactor.release_approval TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (approval_id) ON reactor.release_withdrawal TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (leg_id, proposal_id) ON reactor.release_order TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (leg_id, amount_centavos) ON reactor.refund_order TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, command, subject, proposed_by, approved_by, executed_at) ON reactor.proposal TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (payment_id, kind, closed_at) ON reactor.hold TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (switch_name, closed_at) ON reactor.wide_hold TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (name, is_stopped, changed_by, changed_at) ON reactor.guard_switch TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, payment_id, state) ON reactor.dispute TO kustodia_approver;
--> statement-breakpoint
GRANT SELECT (id, dispute_id, proposal_id, outcome, created_at) ON reactor.dispute_resolution TO kustodia_approver;
--> statement-breakpoint
-- The indexer makes schemas of its own, and lets the reactor read the views in one (src/indexer/database.ts). Of the reactor's it sees nothing.
DO $$
BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO kustodia_indexer', current_database());
END $$;
--> statement-breakpoint
-- The reactor owns nothing but its queue, so that it can take no rule away; and what the rules say is never edited or deleted, it may not
-- even try to edit or delete, but for who somebody was, where two people erase that.
CREATE SCHEMA IF NOT EXISTS queue;
--> statement-breakpoint
GRANT USAGE, CREATE ON SCHEMA queue TO kustodia_reactor;
--> statement-breakpoint
GRANT USAGE ON SCHEMA reactor, reactor_migrations TO kustodia_reactor;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA reactor, reactor_migrations TO kustodia_reactor;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA reactor TO kustodia_reactor;
--> statement-breakpoint
DO $$
DECLARE written record;
BEGIN
  FOR written IN SELECT c.relname, EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only') AS is_kept
    FROM pg_class c WHERE c.relnamespace = 'reactor'::regnamespace AND c.relkind = 'r'
      -- The rules themselves, the balances, which the postings alone change, and who may be let in.
      AND c.relname <> ALL ('{leg_move,effect_move,dispute_move,personal_column,ledger_account,ledger_balance,api_key}') LOOP
    EXECUTE format('GRANT INSERT ON reactor.%I TO kustodia_reactor', written.relname);
    CONTINUE WHEN written.is_kept;
    EXECUTE format('GRANT UPDATE ON reactor.%I TO kustodia_reactor', written.relname);
  END LOOP;
  FOR written IN SELECT table_name, column_name FROM reactor.personal_column LOOP
    EXECUTE format('GRANT UPDATE (%I) ON reactor.%I TO kustodia_reactor', written.column_name, written.table_name);
  END LOOP;
END $$;
--> statement-breakpoint
-- A process makes keys that read, and revokes any.
GRANT INSERT, UPDATE (revoked_at) ON reactor.api_key TO kustodia_reactor;
--> statement-breakpoint
GRANT DELETE ON reactor.tally_news, reactor.alert, reactor.juno_caller, reactor.webhook_delivery, reactor.webhook_event, reactor.console_session TO kustodia_reactor;
--> statement-breakpoint
-- What the earlier system's queries ask for, by its names. Each state of a leg in its words, as src/reactor/payment/earlier.ts has them.
CREATE FUNCTION reactor.earlier_payment(state reactor.leg_state) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN state = 'deposited' THEN 'pending' WHEN state = 'withdrawing' THEN 'processing'
    WHEN state IN ('withdrawn', 'creating', 'created', 'funding') THEN 'withdrawn' WHEN state IN ('in_custody', 'releasing') THEN 'funded'
    WHEN state IN ('completed', 'replaced', 'closed') THEN 'completed' WHEN state IN ('requested', 'expired') THEN NULL ELSE 'active' END $$;
--> statement-breakpoint
CREATE FUNCTION reactor.earlier_escrow(state reactor.leg_state) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  -- Parsed here and now: whoever reads the views may look up nothing in this schema.
  RETURN CASE reactor.earlier_payment(state) WHEN 'pending' THEN 'pending' WHEN 'processing' THEN 'pending' WHEN 'withdrawn' THEN 'pending'
    WHEN 'active' THEN 'released' ELSE reactor.earlier_payment(state) END;
--> statement-breakpoint
CREATE SCHEMA legacy;
--> statement-breakpoint
-- A row begins with the deposit: when the first leg left its request, for anything but an end without money. What settlements pay is in the
-- payments that it is owed by.
CREATE VIEW legacy.payment AS
  SELECT p.number::integer AS id, p.payer_id AS user_id, (p.amount_centavos * 0.01)::numeric(20, 2) AS amount, reactor.earlier_payment(now_at.state) AS status,
    coalesce(
      (SELECT v.external_id FROM reactor.evidence v WHERE v.subject_kind = 'payment' AND v.subject_id = p.id::text AND v.source = 'juno_transaction'
        ORDER BY v.claimed_at LIMIT 1),
      (SELECT s.issuance_id FROM reactor.suspense_part g JOIN reactor.suspense s ON s.deposit_id = g.deposit_id WHERE g.payment_id = p.id)) AS juno_transaction_id,
    (SELECT v.detail ->> 'txHash' FROM reactor.leg l JOIN reactor.evidence v ON v.subject_kind = 'leg' AND v.subject_id = l.id::text AND v.source = 'chain'
      WHERE l.payment_id = p.id AND v.detail ->> 'as' = 'arrival' ORDER BY v.claimed_at LIMIT 1) AS juno_tx_hash,
    begun.at AS created_at, now_at.since AS updated_at
  FROM reactor.payment p
    CROSS JOIN LATERAL (SELECT coalesce(min(l.state) FILTER (WHERE l.state NOT IN ('completed', 'replaced', 'expired', 'closed')),
      min(l.state) FILTER (WHERE l.state = 'completed'), min(l.state)) AS state, max(l.entered_at) AS since FROM reactor.leg l WHERE l.payment_id = p.id) AS now_at
    CROSS JOIN LATERAL (SELECT min(h.at) AS at FROM reactor.leg_history h
      WHERE h.payment_id = p.id AND h.from_state = 'requested' AND h.to_state NOT IN ('expired', 'closed')) AS begun
  WHERE p.kind <> 'settlement' AND begun.at IS NOT NULL AND reactor.earlier_payment(now_at.state) IS NOT NULL;
--> statement-breakpoint
CREATE VIEW legacy.escrow AS
  SELECT l.number::integer AS id, p.number::integer AS payment_id, l.escrow_id AS contract_escrow_id, (l.amount_centavos * 0.01)::numeric(20, 2) AS amount,
    (l.amount_centavos * 0.01)::numeric(20, 2) AS release_amount, reactor.earlier_escrow(l.state) AS status,
    (SELECT v.detail ->> 'txHash' FROM reactor.evidence v WHERE v.subject_kind = 'leg' AND v.subject_id = l.id::text AND v.source = 'chain'
      AND v.detail ->> 'as' = 'funded' ORDER BY v.claimed_at DESC LIMIT 1) AS blockchain_tx_hash,
    begun.at AS created_at, l.entered_at AS updated_at
  FROM reactor.leg l JOIN reactor.payment p ON p.id = l.payment_id
    CROSS JOIN LATERAL (SELECT min(h.at) AS at FROM reactor.leg_history h
      WHERE h.payment_id = p.id AND h.leg_id = l.id AND h.from_state = 'requested' AND h.to_state NOT IN ('expired', 'closed')) AS begun
  WHERE l.kind = 'custody' AND begun.at IS NOT NULL AND (reactor.earlier_escrow(l.state) = 'pending'
    OR (l.escrow_id IS NOT NULL AND reactor.earlier_escrow(l.state) IS NOT NULL));
--> statement-breakpoint
CREATE VIEW legacy.payment_event AS
  SELECT h.id::integer AS id, p.number::integer AS "paymentId", h.to_state::text AS type,
    l.kind || ' of ' || (l.amount_centavos * 0.01)::numeric(20, 2) || ' MXN: ' || coalesce(h.from_state || ' → ', '') || h.to_state || ', ' || h.cause AS description,
    h.at AS created_at
  FROM reactor.leg_history h JOIN reactor.leg l ON l.id = h.leg_id JOIN reactor.payment p ON p.id = h.payment_id
  WHERE p.kind <> 'settlement' AND reactor.earlier_payment(h.to_state) IS NOT NULL AND NOT (h.from_state = 'requested' AND h.to_state = 'closed');
--> statement-breakpoint
-- Who somebody is, and where they are paid, stands there whole only for members of kustodia_reader_personal; for others in as many characters.
CREATE FUNCTION reactor.earlier_clabe(clabe text, is_whole boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN clabe !~ '^\d{18}$' THEN NULL WHEN is_whole THEN clabe ELSE left(clabe, 3) || repeat('*', 11) || right(clabe, 4) END $$;
--> statement-breakpoint
CREATE VIEW legacy."user" AS
  SELECT u.id, CASE WHEN may.is_whole THEN w.email ELSE left(w.email, 1) || '***' END AS email,
    CASE WHEN may.is_whole THEN w.full_name ELSE left(w.full_name, 1) || '***' END AS full_name,
    reactor.earlier_clabe(c.clabe, may.is_whole) AS deposit_clabe, reactor.earlier_clabe(d.clabe, may.is_whole) AS payout_clabe,
    coalesce(s.kyc, 'pending') AS kyc_status, u.created_at, greatest(u.created_at, u.erased_at, c.assigned_at, d.created_at, s.received_at) AS updated_at
  FROM reactor."user" u CROSS JOIN (SELECT pg_has_role('kustodia_reader_personal', 'USAGE') AS is_whole) AS may
    LEFT JOIN reactor.person w ON w.user_id = u.id LEFT JOIN reactor.deposit_clabe c ON c.user_id = u.id
    LEFT JOIN LATERAL (SELECT clabe, created_at FROM reactor.destination WHERE user_id = u.id ORDER BY created_at DESC, id LIMIT 1) AS d ON true
    LEFT JOIN LATERAL (SELECT kyc, received_at FROM reactor.screening WHERE user_id = u.id AND valid_until > reactor.now() ORDER BY checked_at DESC, id DESC LIMIT 1) AS s ON true;
--> statement-breakpoint
GRANT USAGE ON SCHEMA legacy TO kustodia_reader;
--> statement-breakpoint
GRANT SELECT ON legacy.payment, legacy.escrow, legacy.payment_event, legacy."user" TO kustodia_reader;
--> statement-breakpoint
-- A setting of the role is one of whoever logs in as that role; a login that is its member has it set for itself (`kustodia db login`).
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
    WHERE r.rolname = 'kustodia_reader' AND s.setdatabase = 0 AND 'search_path=legacy' = ANY (s.setconfig)) THEN
    ALTER ROLE kustodia_reader SET search_path = legacy;
  END IF;
EXCEPTION
  -- Another login made the role, and has it set; or another database sets it now.
  WHEN insufficient_privilege OR internal_error THEN NULL;
END $$;
--> statement-breakpoint
-- What was agreed on, of a payment whose deposit has the payer's fees on top: people look for it by that. Nothing else calls it.
CREATE FUNCTION reactor.agreed_centavos(deposit numeric, fees jsonb) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT deposit - coalesce(sum((fee ->> 'amount')::numeric) FILTER (WHERE fee ->> 'bearer' = 'payer'), 0) FROM jsonb_array_elements(fees) fee
$$;
--> statement-breakpoint
CREATE INDEX payment_agreed ON reactor.payment (reactor.agreed_centavos(amount_centavos, fees), number) WHERE fees <> '[]';
--> statement-breakpoint
CREATE INDEX person_name ON reactor.person USING gin (to_tsvector('simple', reactor.folded(full_name)));
