-- The rules that the database itself keeps, whatever the code above it believes.

CREATE SEQUENCE reactor.juno_nonce;
--> statement-breakpoint
INSERT INTO reactor.leg_move (kind, from_state, to_state) VALUES
  ('custody', 'redeeming', 'completed'),
  ('custody', 'redeeming', 'paying_out'),
  ('custody', 'redeeming', 'payout_failed'),
  ('custody', 'redeeming', 'returned'),
  ('custody', 'paying_out', 'completed'),
  ('custody', 'paying_out', 'payout_failed'),
  ('custody', 'completed', 'payout_returned'),
  ('custody', 'payout_failed', 'replaced'),
  ('custody', 'payout_failed', 'closed'),
  ('custody', 'payout_returned', 'replaced'),
  ('custody', 'payout_returned', 'closed'),
  ('custody', 'accrued', 'completed'),
  ('custody', 'accrued', 'replaced'),
  ('custody', 'requested', 'deposited'),
  ('custody', 'requested', 'expired'),
  ('custody', 'requested', 'closed'),
  ('custody', 'deposited', 'withdrawing'),
  ('custody', 'deposited', 'replaced'),
  ('custody', 'withdrawing', 'withdrawn'),
  ('custody', 'withdrawing', 'deposited'),
  ('custody', 'withdrawn', 'funding'),
  ('custody', 'withdrawn', 'returning'),
  ('custody', 'funding', 'in_custody'),
  ('custody', 'funding', 'withdrawn'),
  ('custody', 'in_custody', 'releasing'),
  ('custody', 'releasing', 'released'),
  ('custody', 'releasing', 'in_custody'),
  ('custody', 'released', 'returning'),
  ('custody', 'returning', 'returned'),
  ('custody', 'returning', 'released'),
  ('custody', 'returned', 'redeeming'),
  ('custody', 'returned', 'accrued'),
  ('custody', 'returned', 'replaced'),
  ('immediate', 'redeeming', 'completed'),
  ('immediate', 'redeeming', 'paying_out'),
  ('immediate', 'redeeming', 'payout_failed'),
  ('immediate', 'redeeming', 'reserved'),
  ('immediate', 'paying_out', 'completed'),
  ('immediate', 'paying_out', 'payout_failed'),
  ('immediate', 'completed', 'payout_returned'),
  ('immediate', 'payout_failed', 'replaced'),
  ('immediate', 'payout_failed', 'closed'),
  ('immediate', 'payout_returned', 'replaced'),
  ('immediate', 'payout_returned', 'closed'),
  ('immediate', 'accrued', 'completed'),
  ('immediate', 'accrued', 'replaced'),
  ('immediate', 'requested', 'reserved'),
  ('immediate', 'requested', 'expired'),
  ('immediate', 'requested', 'closed'),
  ('immediate', 'reserved', 'redeeming'),
  ('immediate', 'reserved', 'accrued'),
  ('immediate', 'reserved', 'replaced'),
  ('commission', 'redeeming', 'completed'),
  ('commission', 'redeeming', 'paying_out'),
  ('commission', 'redeeming', 'payout_failed'),
  ('commission', 'redeeming', 'reserved'),
  ('commission', 'paying_out', 'completed'),
  ('commission', 'paying_out', 'payout_failed'),
  ('commission', 'completed', 'payout_returned'),
  ('commission', 'payout_failed', 'replaced'),
  ('commission', 'payout_failed', 'closed'),
  ('commission', 'payout_returned', 'replaced'),
  ('commission', 'payout_returned', 'closed'),
  ('commission', 'accrued', 'completed'),
  ('commission', 'accrued', 'replaced'),
  ('commission', 'requested', 'reserved'),
  ('commission', 'requested', 'expired'),
  ('commission', 'requested', 'closed'),
  ('commission', 'reserved', 'redeeming'),
  ('commission', 'reserved', 'accrued'),
  ('commission', 'reserved', 'replaced'),
  ('refund', 'redeeming', 'completed'),
  ('refund', 'redeeming', 'paying_out'),
  ('refund', 'redeeming', 'payout_failed'),
  ('refund', 'redeeming', 'reserved'),
  ('refund', 'paying_out', 'completed'),
  ('refund', 'paying_out', 'payout_failed'),
  ('refund', 'completed', 'payout_returned'),
  ('refund', 'payout_failed', 'replaced'),
  ('refund', 'payout_failed', 'closed'),
  ('refund', 'payout_returned', 'replaced'),
  ('refund', 'payout_returned', 'closed'),
  ('refund', 'accrued', 'completed'),
  ('refund', 'accrued', 'replaced'),
  ('refund', 'requested', 'reserved'),
  ('refund', 'requested', 'expired'),
  ('refund', 'requested', 'closed'),
  ('refund', 'reserved', 'redeeming'),
  ('refund', 'reserved', 'accrued'),
  ('refund', 'reserved', 'replaced'),
  ('settlement', 'redeeming', 'completed'),
  ('settlement', 'redeeming', 'paying_out'),
  ('settlement', 'redeeming', 'payout_failed'),
  ('settlement', 'redeeming', 'reserved'),
  ('settlement', 'paying_out', 'completed'),
  ('settlement', 'paying_out', 'payout_failed'),
  ('settlement', 'completed', 'payout_returned'),
  ('settlement', 'payout_failed', 'replaced'),
  ('settlement', 'payout_failed', 'closed'),
  ('settlement', 'payout_returned', 'replaced'),
  ('settlement', 'payout_returned', 'closed'),
  ('settlement', 'accrued', 'completed'),
  ('settlement', 'accrued', 'replaced'),
  ('settlement', 'requested', 'reserved'),
  ('settlement', 'requested', 'expired'),
  ('settlement', 'requested', 'closed'),
  ('settlement', 'reserved', 'redeeming'),
  ('settlement', 'reserved', 'accrued'),
  ('settlement', 'reserved', 'replaced');
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
  ('unknown', 'rejected'),
  ('unknown', 'dead'),
  ('confirmed', 'dead');
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
  ('payable', 'liability'),
  ('own', 'liability'),
  ('liability', 'liability'),
  ('suspense', 'liability'),
  ('conversion', 'exchange');

--> statement-breakpoint
-- A leg moves only along a legal move, and each move leaves its line in the history.
CREATE FUNCTION reactor.leg_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.payment_id, NEW.kind, NEW.amount_centavos, NEW.destination_id, NEW.rail, NEW.reference)
     IS DISTINCT FROM (OLD.id, OLD.payment_id, OLD.kind, OLD.amount_centavos, OLD.destination_id, OLD.rail, OLD.reference) THEN
    RAISE EXCEPTION 'leg % is immutable in its terms', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state THEN
    IF NOT EXISTS (SELECT 1 FROM reactor.leg_move m WHERE m.kind = NEW.kind AND m.from_state = OLD.state AND m.to_state = NEW.state) THEN
      RAISE EXCEPTION 'leg % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.entered_at := clock_timestamp();
    INSERT INTO reactor.leg_history (leg_id, payment_id, from_state, to_state, cause, detail, at)
      VALUES (NEW.id, NEW.payment_id, OLD.state, NEW.state, NEW.cause, NEW.cause_detail, NEW.entered_at);
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
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER leg_born AFTER INSERT ON reactor.leg FOR EACH ROW EXECUTE FUNCTION reactor.leg_born();
--> statement-breakpoint
-- The live legs sum to the payment's amount, to the centavo, whenever a transaction commits.
CREATE FUNCTION reactor.legs_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total numeric; want numeric;
BEGIN
  SELECT amount_centavos INTO want FROM reactor.payment WHERE id = NEW.payment_id;
  SELECT coalesce(sum(amount_centavos), 0) INTO total FROM reactor.leg
    WHERE payment_id = NEW.payment_id AND state NOT IN ('replaced', 'closed', 'expired');
  IF total NOT IN (0, want) THEN
    RAISE EXCEPTION 'the live legs of payment % sum to % centavos, not to %', NEW.payment_id, total, want USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER legs_sum AFTER INSERT OR UPDATE OF state ON reactor.leg
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reactor.legs_sum();
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
BEGIN
  IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.kind, NEW.attempt, NEW.payment_id, NEW.key, NEW.request, NEW.amount, NEW.currency, NEW.cap)
     IS DISTINCT FROM (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.kind, OLD.attempt, OLD.payment_id, OLD.key, OLD.request, OLD.amount, OLD.currency, OLD.cap) THEN
    RAISE EXCEPTION 'effect % is immutable in what it does', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.external_id IS NOT NULL AND NEW.external_id IS DISTINCT FROM OLD.external_id THEN
    RAISE EXCEPTION 'effect % already has its name outside', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.first_sent_at IS NOT NULL AND NEW.first_sent_at IS NULL AND NEW.state <> 'recorded' THEN
    RAISE EXCEPTION 'effect % was sent and cannot be unsent', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  NEW.updated_at := clock_timestamp();
  IF NEW.state <> OLD.state THEN
    PERFORM reactor.assert_epoch(NEW.id, NEW.lane, NEW.lane_epoch);
    IF NOT EXISTS (SELECT 1 FROM reactor.effect_move m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
      RAISE EXCEPTION 'effect % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.cap IS NOT NULL AND NEW.state IN ('rejected', 'dead') THEN
      UPDATE reactor.cap SET used_centavos = used_centavos - NEW.amount WHERE name = NEW.cap;
    END IF;
    INSERT INTO reactor.effect_history (effect_id, from_state, to_state, lane, lane_epoch, error, at)
      VALUES (NEW.id, OLD.state, NEW.state, NEW.lane, NEW.lane_epoch, NEW.error, NEW.updated_at);
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
  SELECT coalesce(max(attempt), 0) INTO earlier FROM reactor.effect
    WHERE subject_kind = NEW.subject_kind AND subject_id = NEW.subject_id AND kind = NEW.kind AND id <> NEW.id;
  IF NEW.attempt <> earlier + 1 THEN
    RAISE EXCEPTION 'attempt % of % for % % does not follow %', NEW.attempt, NEW.kind, NEW.subject_kind, NEW.subject_id, earlier USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO reactor.effect_history (effect_id, from_state, to_state, lane, lane_epoch, error, at)
    VALUES (NEW.id, NULL, NEW.state, NEW.lane, NEW.lane_epoch, NULL, clock_timestamp());
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER effect_born AFTER INSERT ON reactor.effect FOR EACH ROW EXECUTE FUNCTION reactor.effect_born();
--> statement-breakpoint

-- What is written once stays as it was written.
CREATE FUNCTION reactor.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
--> statement-breakpoint
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['leg_history', 'effect_history', 'evidence', 'juno_observation', 'webhook_in', 'suspense_part', 'settlement_item', 'ledger_posting', 'audit_log', 'leg_move', 'effect_move'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reactor.%I FOR EACH ROW EXECUTE FUNCTION reactor.append_only()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['leg', 'effect', 'payment', 'ledger_entry', 'deposit_clabe', 'destination'] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON reactor.%I FOR EACH ROW EXECUTE FUNCTION reactor.append_only()', name);
  END LOOP;
END $$;
--> statement-breakpoint
CREATE FUNCTION reactor.payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (to_jsonb(NEW) - 'awaits_deposit') IS DISTINCT FROM (to_jsonb(OLD) - 'awaits_deposit') THEN
    RAISE EXCEPTION 'the terms of payment % are immutable', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER payment_guard BEFORE UPDATE ON reactor.payment FOR EACH ROW EXECUTE FUNCTION reactor.payment_guard();
--> statement-breakpoint
-- What is given away of a deposit in suspense never exceeds it.
CREATE FUNCTION reactor.suspense_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE given numeric; whole numeric;
BEGIN
  SELECT amount_centavos INTO whole FROM reactor.suspense WHERE deposit_id = NEW.deposit_id FOR UPDATE;
  SELECT sum(amount_centavos) INTO given FROM reactor.suspense_part WHERE deposit_id = NEW.deposit_id;
  IF given > whole THEN
    RAISE EXCEPTION 'the parts of deposit % sum to % centavos of %', NEW.deposit_id, given, whole USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER suspense_part_guard AFTER INSERT ON reactor.suspense_part FOR EACH ROW EXECUTE FUNCTION reactor.suspense_part_guard();
--> statement-breakpoint
CREATE FUNCTION reactor.destination_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.user_id, NEW.clabe, NEW.legal_name) IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.clabe, OLD.legal_name)
     OR (OLD.juno_account_id IS NOT NULL AND NEW.juno_account_id IS DISTINCT FROM OLD.juno_account_id) THEN
    RAISE EXCEPTION 'destination % is a snapshot: a correction is a new one', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER destination_guard BEFORE UPDATE ON reactor.destination FOR EACH ROW EXECUTE FUNCTION reactor.destination_guard();
--> statement-breakpoint
ALTER TABLE reactor.payment ADD CONSTRAINT payment_amount CHECK (amount_centavos >= CASE kind WHEN 'refund' THEN 1 ELSE 10000 END),
  ADD CONSTRAINT payment_custody CHECK ((kind = 'escrow') = (custody_seconds > 0) AND custody_seconds >= 0),
  ADD CONSTRAINT payment_deposit_clabe CHECK (kind <> 'escrow' OR deposit_clabe IS NOT NULL),
  ADD CONSTRAINT payment_awaits CHECK (kind = 'escrow' OR NOT awaits_deposit);
--> statement-breakpoint
ALTER TABLE reactor.leg ADD CONSTRAINT leg_amount CHECK (amount_centavos > 0),
  ADD CONSTRAINT leg_reference CHECK (reference ~ '^0x[0-9a-f]{64}$'),
  ADD CONSTRAINT leg_attention CHECK ((attention_code IS NULL) = (attention_text IS NULL) AND (attention_code IS NULL) = (attention_owner IS NULL));
--> statement-breakpoint
ALTER TABLE reactor.suspense_part ADD CONSTRAINT suspense_part_amount CHECK (amount_centavos > 0);
--> statement-breakpoint
ALTER TABLE reactor.standing_terms ADD CONSTRAINT standing_terms_custody CHECK (custody_seconds > 0),
  ADD CONSTRAINT standing_terms_limits CHECK (minimum_centavos >= 10000 AND maximum_centavos >= minimum_centavos);
--> statement-breakpoint
ALTER TABLE reactor.destination ADD CONSTRAINT destination_clabe CHECK (clabe ~ '^[0-9]{18}$');
--> statement-breakpoint
ALTER TABLE reactor.deposit_clabe ADD CONSTRAINT deposit_clabe_shape CHECK (clabe ~ '^[0-9]{18}$');
--> statement-breakpoint
ALTER TABLE reactor.cap ADD CONSTRAINT cap_not_exceeded CHECK (used_centavos >= 0 AND used_centavos <= limit_centavos);
--> statement-breakpoint
ALTER TABLE reactor.effect ADD CONSTRAINT effect_amount CHECK (amount >= 0), ADD CONSTRAINT effect_attempt_positive CHECK (attempt > 0);
--> statement-breakpoint

-- An entry goes from pending to posted or voided once, and nothing else of it changes.
CREATE FUNCTION reactor.ledger_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.key, NEW.payment_id, NEW.effect_id, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.key, OLD.payment_id, OLD.effect_id, OLD.created_at)
     OR OLD.state <> 'pending' OR NEW.state = 'pending' THEN
    RAISE EXCEPTION 'ledger entry % is % and stays as it is', OLD.key, OLD.state USING ERRCODE = 'check_violation';
  END IF;
  NEW.settled_at := clock_timestamp();
  UPDATE reactor.ledger_balance b
    SET pending = b.pending - p.amount, posted = b.posted + CASE WHEN NEW.state = 'posted' THEN p.amount ELSE 0 END
    FROM (SELECT account, owner, currency, sum(amount) AS amount FROM reactor.ledger_posting WHERE entry_id = NEW.id GROUP BY 1, 2, 3) p
    WHERE (b.account, b.owner, b.currency) = (p.account, p.owner, p.currency);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_entry_guard BEFORE UPDATE ON reactor.ledger_entry FOR EACH ROW EXECUTE FUNCTION reactor.ledger_entry_guard();
--> statement-breakpoint
CREATE FUNCTION reactor.ledger_posting_born() RETURNS trigger LANGUAGE plpgsql AS $$
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
INSERT INTO reactor.guard_switch (name) VALUES ('all'), ('rail:juno'), ('rail:chain');
