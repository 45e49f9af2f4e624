CREATE SCHEMA "reactor";
--> statement-breakpoint
CREATE TYPE "reactor"."currency" AS ENUM('MXN', 'MXNB', 'ETH');--> statement-breakpoint
CREATE TYPE "reactor"."effect_kind" AS ENUM('juno_clabe', 'juno_bank_account', 'juno_withdrawal', 'juno_redemption', 'bitso_payout', 'chain_approve', 'chain_create', 'chain_fund', 'chain_dispute', 'chain_resolve', 'chain_release', 'chain_return', 'chain_probe', 'approver_signature');--> statement-breakpoint
CREATE TYPE "reactor"."effect_state" AS ENUM('recorded', 'sending', 'unknown', 'confirmed', 'rejected', 'dead');--> statement-breakpoint
CREATE TYPE "reactor"."entry_state" AS ENUM('pending', 'posted', 'voided');--> statement-breakpoint
CREATE TYPE "reactor"."leg_kind" AS ENUM('custody', 'immediate', 'commission', 'refund', 'settlement');--> statement-breakpoint
CREATE TYPE "reactor"."leg_state" AS ENUM('requested', 'deposited', 'withdrawing', 'withdrawn', 'creating', 'created', 'funding', 'in_custody', 'releasing', 'released', 'returning', 'returned', 'reserved', 'redeeming', 'paying_out', 'completed', 'payout_failed', 'payout_returned', 'accrued', 'replaced', 'expired', 'closed');--> statement-breakpoint
CREATE TYPE "reactor"."rail" AS ENUM('bank_redemption', 'bitso_spei', 'bitso_transfer');--> statement-breakpoint
CREATE TYPE "reactor"."subject_kind" AS ENUM('leg', 'payment', 'user', 'destination', 'wallet', 'suspense', 'deposit_address');--> statement-breakpoint
CREATE TABLE "reactor"."approval_link" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"leg_id" uuid NOT NULL,
	"party" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "approval_link_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "reactor"."release_approval" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"leg_id" uuid NOT NULL,
	"party" text NOT NULL,
	"user_id" uuid NOT NULL,
	"link_id" uuid,
	"given_by" text NOT NULL,
	"given_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"valid_seconds" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."release_order" (
	"leg_id" uuid PRIMARY KEY NOT NULL,
	"proposal_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."release_withdrawal" (
	"approval_id" uuid PRIMARY KEY NOT NULL,
	"withdrawn_by" text NOT NULL,
	"reason" text NOT NULL,
	"withdrawn_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."dispute" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"opened_by" text NOT NULL,
	"user_id" uuid,
	"reason_code" text NOT NULL,
	"statement" text NOT NULL,
	"hold_id" uuid NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"final_at" timestamp (3) with time zone,
	CONSTRAINT "dispute_hold_id_unique" UNIQUE("hold_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."dispute_appeal" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dispute_id" uuid NOT NULL,
	"resolution_id" uuid NOT NULL,
	"given_by" text NOT NULL,
	"user_id" uuid NOT NULL,
	"text" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dispute_appeal_resolution_id_unique" UNIQUE("resolution_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."dispute_evidence" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dispute_id" uuid NOT NULL,
	"given_by" text NOT NULL,
	"user_id" uuid,
	"text" text NOT NULL,
	"files" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."dispute_move" (
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	CONSTRAINT "dispute_move_from_state_to_state_pk" PRIMARY KEY("from_state","to_state")
);
--> statement-breakpoint
CREATE TABLE "reactor"."dispute_resolution" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dispute_id" uuid NOT NULL,
	"proposal_id" uuid NOT NULL,
	"outcome" text NOT NULL,
	"payer_basis_points" integer,
	"payer_centavos" numeric(78,0),
	"destination_id" uuid,
	"appealable_until" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dispute_resolution_proposal_id_unique" UNIQUE("proposal_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."effect" (
	"id" uuid PRIMARY KEY NOT NULL,
	"subject_kind" "reactor"."subject_kind" NOT NULL,
	"subject_id" text NOT NULL,
	"kind" "reactor"."effect_kind" NOT NULL,
	"attempt" integer NOT NULL,
	"payment_id" uuid,
	"state" "reactor"."effect_state" DEFAULT 'recorded' NOT NULL,
	"key" text NOT NULL,
	"request" jsonb NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	"currency" "reactor"."currency" NOT NULL,
	"caps" text[] DEFAULT '{}' NOT NULL,
	"lane" text NOT NULL,
	"lane_epoch" bigint NOT NULL,
	"sends" integer DEFAULT 0 NOT NULL,
	"first_sent_at" timestamp (3) with time zone,
	"external_id" text,
	"error" jsonb,
	"failures" integer DEFAULT 0 NOT NULL,
	"next_look_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"decided_by" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "effect_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "reactor"."effect_history" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"effect_id" uuid NOT NULL,
	"from_state" "reactor"."effect_state",
	"to_state" "reactor"."effect_state" NOT NULL,
	"lane" text NOT NULL,
	"lane_epoch" bigint NOT NULL,
	"error" jsonb,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."effect_move" (
	"from_state" "reactor"."effect_state" NOT NULL,
	"to_state" "reactor"."effect_state" NOT NULL,
	CONSTRAINT "effect_move_from_state_to_state_pk" PRIMARY KEY("from_state","to_state")
);
--> statement-breakpoint
CREATE TABLE "reactor"."evidence" (
	"source" text NOT NULL,
	"external_id" text NOT NULL,
	"subject_kind" "reactor"."subject_kind" NOT NULL,
	"subject_id" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"claimed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"block_hash" text GENERATED ALWAYS AS (CASE WHEN source = 'chain' THEN coalesce(detail ->> 'blockHash', '') ELSE '' END) STORED NOT NULL,
	CONSTRAINT "evidence_source_external_id_block_hash_pk" PRIMARY KEY("source","external_id","block_hash")
);
--> statement-breakpoint
CREATE TABLE "reactor"."foreign_act" (
	"source" text NOT NULL,
	"external_id" text NOT NULL,
	"wallet" text,
	"nonce" integer,
	"reason" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "foreign_act_source_external_id_pk" PRIMARY KEY("source","external_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."lane" (
	"name" text PRIMARY KEY NOT NULL,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"holder" text,
	"held_until" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."wallet_transaction" (
	"hash" text PRIMARY KEY NOT NULL,
	"chain_id" integer NOT NULL,
	"wallet" text NOT NULL,
	"nonce" integer NOT NULL,
	"version" integer NOT NULL,
	"effect_id" uuid NOT NULL,
	"is_noop" boolean DEFAULT false NOT NULL,
	"raw" text NOT NULL,
	"signed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_broadcast_at" timestamp (3) with time zone,
	"mined_block" bigint,
	"mined_block_hash" text,
	"succeeded" boolean
);
--> statement-breakpoint
CREATE TABLE "reactor"."bitso_withdrawal" (
	"id" text PRIMARY KEY NOT NULL,
	"origin_id" text NOT NULL,
	"status" text NOT NULL,
	"tracking_key" text,
	"cep_link" text,
	"fail_reason" text,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_deposit" (
	"id" text PRIMARY KEY NOT NULL,
	"clabe" text NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"status" text NOT NULL,
	"sender_clabe" text,
	"sender_name" text,
	"tracking_key" text,
	"is_refund" boolean DEFAULT false NOT NULL,
	"refund_of" jsonb,
	"seen_in" text[] DEFAULT '{"deposits"}' NOT NULL,
	"twin_of" text,
	"is_claimed" boolean DEFAULT false NOT NULL,
	"observed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_movement" (
	"id" text PRIMARY KEY NOT NULL,
	"transaction_id" text,
	"amount_centavos" numeric(78,0),
	"currency" text,
	"clabe" text,
	"sender_clabe" text,
	"tracking_key" text,
	"tx_hash" text,
	"refund_of" jsonb,
	"is_old" boolean NOT NULL,
	"explained_by" text,
	"observed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_observation" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"body" text NOT NULL,
	"observed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_transaction" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"status" text NOT NULL,
	"amount_units" numeric(78,0) NOT NULL,
	"tx_hash" text,
	"address" text,
	"clabe" text,
	"is_detailed" boolean DEFAULT false NOT NULL,
	"is_claimed" boolean DEFAULT false NOT NULL,
	"occurred_at" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."standing_terms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"recipient_id" uuid NOT NULL,
	"destination_id" uuid NOT NULL,
	"refund_destination_id" uuid,
	"custody_basis_points" integer DEFAULT 10000 NOT NULL,
	"custody_seconds" bigint NOT NULL,
	"release_policy" text DEFAULT 'date' NOT NULL,
	"fees" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"concept" text NOT NULL,
	"minimum_centavos" numeric(78,0) NOT NULL,
	"maximum_centavos" numeric(78,0) NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."suspense" (
	"deposit_id" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"issuance_id" text,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"explained_by" text,
	CONSTRAINT "suspense_issuance_id_unique" UNIQUE("issuance_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."suspense_part" (
	"id" uuid PRIMARY KEY NOT NULL,
	"deposit_id" text NOT NULL,
	"payment_id" uuid NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "suspense_part_payment_id_unique" UNIQUE("payment_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."webhook_count" (
	"source" text NOT NULL,
	"what" text NOT NULL,
	"count" bigint NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "webhook_count_source_what_pk" PRIMARY KEY("source","what")
);
--> statement-breakpoint
CREATE TABLE "reactor"."webhook_in" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"source_address" text,
	"digest" text NOT NULL,
	"body" "bytea" NOT NULL,
	"size_bytes" integer NOT NULL,
	"headers" jsonb NOT NULL,
	"signature" text NOT NULL,
	"is_readable" boolean NOT NULL,
	"hint" jsonb NOT NULL,
	"news" text,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_in_digest_unique" UNIQUE("digest")
);
--> statement-breakpoint
CREATE TABLE "reactor"."cap" (
	"name" text PRIMARY KEY NOT NULL,
	"used_centavos" numeric(78,0) NOT NULL,
	"limit_centavos" numeric(78,0) NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."cap_limit" (
	"name" text PRIMARY KEY NOT NULL,
	"hundredths" numeric(78,0) NOT NULL,
	"unit" text NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."chain_pin" (
	"chain_id" integer PRIMARY KEY NOT NULL,
	"genesis_hash" text NOT NULL,
	"block_number" bigint NOT NULL,
	"block_hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."deposit_address" (
	"id" text PRIMARY KEY NOT NULL,
	"probe_hash" text NOT NULL,
	"credit_id" text NOT NULL,
	"proved_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."guard_switch" (
	"name" text PRIMARY KEY NOT NULL,
	"is_stopped" boolean DEFAULT false NOT NULL,
	"reason" text,
	"changed_by" text,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."heartbeat" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_caller" (
	"name" text PRIMARY KEY NOT NULL,
	"in_flight" integer NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_limit" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT '-infinity' NOT NULL,
	"tokens" double precision[] DEFAULT '{}' NOT NULL,
	"slice" bigint DEFAULT 0 NOT NULL,
	"calls" integer[] DEFAULT '{}' NOT NULL,
	"sends" integer[] DEFAULT '{}' NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"open_until" timestamp (3) with time zone,
	"open_reason" text,
	"opened_at" timestamp (3) with time zone,
	"level" integer DEFAULT 0 NOT NULL,
	"probe_until" timestamp (3) with time zone,
	"lockouts" integer DEFAULT 0 NOT NULL,
	"locked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."juno_nonce_v1" (
	"is_only" boolean PRIMARY KEY NOT NULL,
	"last" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."setting_pin" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."wide_hold" (
	"id" uuid PRIMARY KEY NOT NULL,
	"switch_name" text NOT NULL,
	"reason_code" text NOT NULL,
	"sentence" text NOT NULL,
	"owner" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."ledger_balance" (
	"account" text NOT NULL,
	"owner" text NOT NULL,
	"currency" "reactor"."currency" NOT NULL,
	"posted" numeric(78,0) NOT NULL,
	"pending" numeric(78,0) NOT NULL,
	CONSTRAINT "ledger_balance_account_owner_currency_pk" PRIMARY KEY("account","owner","currency")
);
--> statement-breakpoint
CREATE TABLE "reactor"."ledger_entry" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"payment_id" uuid,
	"effect_id" uuid,
	"state" "reactor"."entry_state" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "ledger_entry_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "reactor"."ledger_posting" (
	"entry_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"account" text NOT NULL,
	"owner" text NOT NULL,
	"currency" "reactor"."currency" NOT NULL,
	"amount" numeric(78,0) NOT NULL,
	CONSTRAINT "ledger_posting_entry_id_line_pk" PRIMARY KEY("entry_id","line")
);
--> statement-breakpoint
CREATE TABLE "reactor"."alert" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"sentence" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"told_at" timestamp (3) with time zone NOT NULL,
	"tellings" integer NOT NULL,
	"repeat_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."alert_notice" (
	"id" uuid PRIMARY KEY NOT NULL,
	"alert_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"content" jsonb NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"error" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."tally" (
	"subject" text NOT NULL,
	"kind" text NOT NULL,
	"state" text NOT NULL,
	"present" bigint NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"entered" bigint NOT NULL,
	"left_count" bigint NOT NULL,
	"stayed_seconds" double precision NOT NULL,
	"within" bigint[] NOT NULL,
	CONSTRAINT "tally_subject_kind_state_pk" PRIMARY KEY("subject","kind","state")
);
--> statement-breakpoint
CREATE TABLE "reactor"."tally_news" (
	"id" bigserial NOT NULL,
	"subject" text NOT NULL,
	"owner" uuid NOT NULL,
	"item" uuid NOT NULL,
	"kind" text NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"stayed_seconds" double precision
);
--> statement-breakpoint
CREATE TABLE "reactor"."hold" (
	"id" uuid PRIMARY KEY NOT NULL,
	"payment_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"reason_code" text NOT NULL,
	"sentence" text NOT NULL,
	"owner" text NOT NULL,
	"opened_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."leg" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "reactor"."leg_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"payment_id" uuid NOT NULL,
	"kind" "reactor"."leg_kind" NOT NULL,
	"state" "reactor"."leg_state" DEFAULT 'requested' NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"destination_id" uuid NOT NULL,
	"rail" "reactor"."rail" NOT NULL,
	"reference" text NOT NULL,
	"replaces" uuid,
	"escrow_contract" text,
	"escrow_id" numeric(78,0),
	"deadline_seconds" bigint,
	"entered_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"barrier" text,
	"attention_code" text,
	"attention_text" text,
	"attention_owner" text,
	"cause" text NOT NULL,
	"cause_detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "leg_number_unique" UNIQUE("number"),
	CONSTRAINT "leg_reference_unique" UNIQUE("reference")
);
--> statement-breakpoint
CREATE TABLE "reactor"."leg_history" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"leg_id" uuid NOT NULL,
	"payment_id" uuid NOT NULL,
	"from_state" "reactor"."leg_state",
	"to_state" "reactor"."leg_state" NOT NULL,
	"cause" text NOT NULL,
	"detail" jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."leg_move" (
	"kind" "reactor"."leg_kind" NOT NULL,
	"from_state" "reactor"."leg_state" NOT NULL,
	"to_state" "reactor"."leg_state" NOT NULL,
	CONSTRAINT "leg_move_kind_from_state_to_state_pk" PRIMARY KEY("kind","from_state","to_state")
);
--> statement-breakpoint
CREATE TABLE "reactor"."payment" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "reactor"."payment_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text DEFAULT 'escrow' NOT NULL,
	"payer_id" uuid NOT NULL,
	"recipient_id" uuid NOT NULL,
	"deposit_clabe" text,
	"amount_centavos" numeric(78,0) NOT NULL,
	"custody_basis_points" integer DEFAULT 10000 NOT NULL,
	"custody_seconds" bigint NOT NULL,
	"release_policy" text DEFAULT 'date' NOT NULL,
	"fees" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"refund_destination_id" uuid,
	"concept" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"standing_terms_id" uuid,
	"awaits_deposit" boolean DEFAULT true NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payment_number_unique" UNIQUE("number")
);
--> statement-breakpoint
CREATE TABLE "reactor"."refund_order" (
	"leg_id" uuid PRIMARY KEY NOT NULL,
	"destination_id" uuid NOT NULL,
	"amount_centavos" numeric(78,0) NOT NULL,
	"cause" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."settled_outside" (
	"leg_id" uuid PRIMARY KEY NOT NULL,
	"tracking_key" text NOT NULL,
	"cep_link" text NOT NULL,
	"receipt" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "settled_outside_tracking_key_unique" UNIQUE("tracking_key"),
	CONSTRAINT "settled_outside_receipt_unique" UNIQUE("receipt")
);
--> statement-breakpoint
CREATE TABLE "reactor"."settlement_item" (
	"leg_id" uuid PRIMARY KEY NOT NULL,
	"settlement_leg_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."api_key" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_key_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "reactor"."audit_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"role" text NOT NULL,
	"command" text NOT NULL,
	"subject" text NOT NULL,
	"reason" text NOT NULL,
	"detail" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."console_session" (
	"hash" text PRIMARY KEY NOT NULL,
	"api_key_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."deposit_clabe" (
	"clabe" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"assigned_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "deposit_clabe_user_id_unique" UNIQUE("user_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."destination" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"clabe" text NOT NULL,
	"legal_name" text NOT NULL,
	"juno_account_id" text,
	"verified_at" timestamp (3) with time zone,
	"differs" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."idempotency" (
	"api_key_id" uuid NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" integer NOT NULL,
	"response" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_api_key_id_key_pk" PRIMARY KEY("api_key_id","key")
);
--> statement-breakpoint
CREATE TABLE "reactor"."person" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"full_name" text NOT NULL,
	"email" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."personal_column" (
	"table_name" text NOT NULL,
	"column_name" text NOT NULL,
	CONSTRAINT "personal_column_table_name_column_name_pk" PRIMARY KEY("table_name","column_name")
);
--> statement-breakpoint
CREATE TABLE "reactor"."proposal" (
	"id" uuid PRIMARY KEY NOT NULL,
	"command" text NOT NULL,
	"subject" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"reason" text NOT NULL,
	"proposed_by" uuid NOT NULL,
	"proposer_name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"approved_by" uuid,
	"approver_name" text,
	"approved_at" timestamp (3) with time zone,
	"executed_at" timestamp (3) with time zone,
	"withdrawn_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."screening" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"kyc" text NOT NULL,
	"blacklist" text NOT NULL,
	"checked_at" timestamp (3) with time zone NOT NULL,
	"valid_until" timestamp (3) with time zone NOT NULL,
	"reference" text NOT NULL,
	"source" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."user" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"erased_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."closed_day" (
	"day" date PRIMARY KEY NOT NULL,
	"figures" jsonb NOT NULL,
	"sides" jsonb NOT NULL,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactor"."reconciliation_break" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"account" text NOT NULL,
	"payment_id" uuid,
	"currency" "reactor"."currency" NOT NULL,
	"books_units" numeric(78,0),
	"chain_units" numeric(78,0),
	"juno_units" numeric(78,0),
	"shortfall_units" numeric(78,0) NOT NULL,
	"evidence" jsonb NOT NULL,
	"next_step" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"stopped" text[] DEFAULT '{}' NOT NULL,
	"stopped_for_units" numeric(78,0) NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closed_because" text
);
--> statement-breakpoint
CREATE TABLE "reactor"."webhook_delivery" (
	"event_id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"number" bigint NOT NULL,
	"payment_id" uuid,
	"state" text DEFAULT 'waiting' NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"until" timestamp (3) with time zone NOT NULL,
	"error" text,
	CONSTRAINT "webhook_delivery_event_id_endpoint_id_pk" PRIMARY KEY("event_id","endpoint_id")
);
--> statement-breakpoint
CREATE TABLE "reactor"."webhook_endpoint" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"previous_until" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "reactor"."webhook_event" (
	"id" uuid PRIMARY KEY NOT NULL,
	"number" bigserial NOT NULL,
	"payment_id" uuid,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reactor"."approval_link" ADD CONSTRAINT "approval_link_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."approval_link" ADD CONSTRAINT "approval_link_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_approval" ADD CONSTRAINT "release_approval_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_approval" ADD CONSTRAINT "release_approval_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_approval" ADD CONSTRAINT "release_approval_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_approval" ADD CONSTRAINT "release_approval_link_id_approval_link_id_fk" FOREIGN KEY ("link_id") REFERENCES "reactor"."approval_link"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_order" ADD CONSTRAINT "release_order_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_order" ADD CONSTRAINT "release_order_proposal_id_proposal_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "reactor"."proposal"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."release_withdrawal" ADD CONSTRAINT "release_withdrawal_approval_id_release_approval_id_fk" FOREIGN KEY ("approval_id") REFERENCES "reactor"."release_approval"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute" ADD CONSTRAINT "dispute_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute" ADD CONSTRAINT "dispute_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute" ADD CONSTRAINT "dispute_hold_id_hold_id_fk" FOREIGN KEY ("hold_id") REFERENCES "reactor"."hold"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_appeal" ADD CONSTRAINT "dispute_appeal_dispute_id_dispute_id_fk" FOREIGN KEY ("dispute_id") REFERENCES "reactor"."dispute"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_appeal" ADD CONSTRAINT "dispute_appeal_resolution_id_dispute_resolution_id_fk" FOREIGN KEY ("resolution_id") REFERENCES "reactor"."dispute_resolution"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_appeal" ADD CONSTRAINT "dispute_appeal_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_evidence" ADD CONSTRAINT "dispute_evidence_dispute_id_dispute_id_fk" FOREIGN KEY ("dispute_id") REFERENCES "reactor"."dispute"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_evidence" ADD CONSTRAINT "dispute_evidence_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_resolution" ADD CONSTRAINT "dispute_resolution_dispute_id_dispute_id_fk" FOREIGN KEY ("dispute_id") REFERENCES "reactor"."dispute"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_resolution" ADD CONSTRAINT "dispute_resolution_proposal_id_proposal_id_fk" FOREIGN KEY ("proposal_id") REFERENCES "reactor"."proposal"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."dispute_resolution" ADD CONSTRAINT "dispute_resolution_destination_id_destination_id_fk" FOREIGN KEY ("destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."effect" ADD CONSTRAINT "effect_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."effect" ADD CONSTRAINT "effect_decided_by_proposal_id_fk" FOREIGN KEY ("decided_by") REFERENCES "reactor"."proposal"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."wallet_transaction" ADD CONSTRAINT "wallet_transaction_effect_id_effect_id_fk" FOREIGN KEY ("effect_id") REFERENCES "reactor"."effect"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."juno_deposit" ADD CONSTRAINT "juno_deposit_twin_of_juno_deposit_id_fk" FOREIGN KEY ("twin_of") REFERENCES "reactor"."juno_deposit"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."standing_terms" ADD CONSTRAINT "standing_terms_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."standing_terms" ADD CONSTRAINT "standing_terms_recipient_id_user_id_fk" FOREIGN KEY ("recipient_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."standing_terms" ADD CONSTRAINT "standing_terms_destination_id_destination_id_fk" FOREIGN KEY ("destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."standing_terms" ADD CONSTRAINT "standing_terms_refund_destination_id_destination_id_fk" FOREIGN KEY ("refund_destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."suspense" ADD CONSTRAINT "suspense_deposit_id_juno_deposit_id_fk" FOREIGN KEY ("deposit_id") REFERENCES "reactor"."juno_deposit"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."suspense_part" ADD CONSTRAINT "suspense_part_deposit_id_suspense_deposit_id_fk" FOREIGN KEY ("deposit_id") REFERENCES "reactor"."suspense"("deposit_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."suspense_part" ADD CONSTRAINT "suspense_part_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."wide_hold" ADD CONSTRAINT "wide_hold_switch_name_guard_switch_name_fk" FOREIGN KEY ("switch_name") REFERENCES "reactor"."guard_switch"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."ledger_entry" ADD CONSTRAINT "ledger_entry_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."ledger_entry" ADD CONSTRAINT "ledger_entry_effect_id_effect_id_fk" FOREIGN KEY ("effect_id") REFERENCES "reactor"."effect"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."ledger_posting" ADD CONSTRAINT "ledger_posting_entry_id_ledger_entry_id_fk" FOREIGN KEY ("entry_id") REFERENCES "reactor"."ledger_entry"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."alert_notice" ADD CONSTRAINT "alert_notice_alert_id_alert_id_fk" FOREIGN KEY ("alert_id") REFERENCES "reactor"."alert"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."hold" ADD CONSTRAINT "hold_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."leg" ADD CONSTRAINT "leg_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."leg" ADD CONSTRAINT "leg_destination_id_destination_id_fk" FOREIGN KEY ("destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."leg" ADD CONSTRAINT "leg_replaces_leg_id_fk" FOREIGN KEY ("replaces") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."payment" ADD CONSTRAINT "payment_payer_id_user_id_fk" FOREIGN KEY ("payer_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."payment" ADD CONSTRAINT "payment_recipient_id_user_id_fk" FOREIGN KEY ("recipient_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."payment" ADD CONSTRAINT "payment_refund_destination_id_destination_id_fk" FOREIGN KEY ("refund_destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."refund_order" ADD CONSTRAINT "refund_order_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."refund_order" ADD CONSTRAINT "refund_order_destination_id_destination_id_fk" FOREIGN KEY ("destination_id") REFERENCES "reactor"."destination"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."settled_outside" ADD CONSTRAINT "settled_outside_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."settlement_item" ADD CONSTRAINT "settlement_item_leg_id_leg_id_fk" FOREIGN KEY ("leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."settlement_item" ADD CONSTRAINT "settlement_item_settlement_leg_id_leg_id_fk" FOREIGN KEY ("settlement_leg_id") REFERENCES "reactor"."leg"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."console_session" ADD CONSTRAINT "console_session_api_key_id_api_key_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "reactor"."api_key"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."deposit_clabe" ADD CONSTRAINT "deposit_clabe_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."destination" ADD CONSTRAINT "destination_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."person" ADD CONSTRAINT "person_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."screening" ADD CONSTRAINT "screening_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "reactor"."user"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."reconciliation_break" ADD CONSTRAINT "reconciliation_break_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."webhook_delivery" ADD CONSTRAINT "webhook_delivery_event_id_webhook_event_id_fk" FOREIGN KEY ("event_id") REFERENCES "reactor"."webhook_event"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."webhook_delivery" ADD CONSTRAINT "webhook_delivery_endpoint_id_webhook_endpoint_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "reactor"."webhook_endpoint"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reactor"."webhook_event" ADD CONSTRAINT "webhook_event_payment_id_payment_id_fk" FOREIGN KEY ("payment_id") REFERENCES "reactor"."payment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "user_newest" ON "reactor"."user" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "person_email" ON "reactor"."person" USING btree (lower(email) text_pattern_ops);--> statement-breakpoint
CREATE INDEX "deposit_clabe_tail" ON "reactor"."deposit_clabe" USING btree (reverse(clabe) text_pattern_ops);--> statement-breakpoint
CREATE INDEX "approval_link_payment" ON "reactor"."approval_link" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "release_approval_leg" ON "reactor"."release_approval" USING btree ("leg_id");--> statement-breakpoint
CREATE INDEX "release_approval_payment" ON "reactor"."release_approval" USING btree ("payment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "release_approval_link_once" ON "reactor"."release_approval" USING btree ("link_id") WHERE link_id is not null;--> statement-breakpoint
CREATE INDEX "dispute_payment" ON "reactor"."dispute" USING btree ("payment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "dispute_one_open" ON "reactor"."dispute" USING btree ("payment_id") WHERE state <> 'final';--> statement-breakpoint
CREATE UNIQUE INDEX "dispute_appeal_once_a_side" ON "reactor"."dispute_appeal" USING btree ("dispute_id","given_by");--> statement-breakpoint
CREATE INDEX "dispute_evidence_dispute" ON "reactor"."dispute_evidence" USING btree ("dispute_id");--> statement-breakpoint
CREATE INDEX "dispute_resolution_dispute" ON "reactor"."dispute_resolution" USING btree ("dispute_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "effect_attempt" ON "reactor"."effect" USING btree ("subject_kind","subject_id","kind","attempt");--> statement-breakpoint
CREATE UNIQUE INDEX "effect_one_live" ON "reactor"."effect" USING btree ("subject_kind","subject_id","kind") WHERE state not in ('rejected', 'dead');--> statement-breakpoint
CREATE UNIQUE INDEX "effect_external" ON "reactor"."effect" USING btree ("kind","external_id") WHERE external_id is not null and kind not in ('chain_release', 'chain_dispute', 'chain_resolve', 'juno_bank_account');--> statement-breakpoint
CREATE INDEX "effect_open" ON "reactor"."effect" USING btree ("next_look_at") WHERE state in ('recorded', 'sending', 'unknown');--> statement-breakpoint
CREATE INDEX "effect_payment" ON "reactor"."effect" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "effect_release" ON "reactor"."effect" USING btree ("subject_id") WHERE kind = 'chain_release' and state in ('recorded', 'sending', 'dead');--> statement-breakpoint
CREATE INDEX "effect_history_effect" ON "reactor"."effect_history" USING btree ("effect_id","id");--> statement-breakpoint
CREATE INDEX "evidence_of_subject" ON "reactor"."evidence" USING btree ("subject_kind","subject_id","source","external_id");--> statement-breakpoint
CREATE UNIQUE INDEX "evidence_arrival_once" ON "reactor"."evidence" USING btree ("external_id") WHERE source = 'chain' AND coalesce(detail ->> 'as', 'arrival') IN ('arrival', 'carried');--> statement-breakpoint
CREATE INDEX "evidence_chain_transaction" ON "reactor"."evidence" USING btree ((detail ->> 'txHash')) WHERE source = 'chain';--> statement-breakpoint
CREATE INDEX "evidence_of_deposit" ON "reactor"."evidence" USING btree ((detail ->> 'depositId')) WHERE source = 'juno_transaction';--> statement-breakpoint
CREATE INDEX "foreign_act_nonce" ON "reactor"."foreign_act" USING btree ("wallet","nonce");--> statement-breakpoint
CREATE INDEX "lane_held" ON "reactor"."lane" USING btree ("held_until") WHERE holder is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "wallet_transaction_nonce" ON "reactor"."wallet_transaction" USING btree ("chain_id","wallet","nonce","version");--> statement-breakpoint
CREATE INDEX "wallet_transaction_effect" ON "reactor"."wallet_transaction" USING btree ("effect_id");--> statement-breakpoint
CREATE UNIQUE INDEX "wallet_transaction_one_nonce" ON "reactor"."wallet_transaction" USING btree ("effect_id") WHERE version = 0;--> statement-breakpoint
CREATE INDEX "wallet_transaction_in_flight" ON "reactor"."wallet_transaction" USING btree ("wallet","nonce") WHERE succeeded is null;--> statement-breakpoint
CREATE INDEX "bitso_withdrawal_tracking" ON "reactor"."bitso_withdrawal" USING btree ("tracking_key");--> statement-breakpoint
CREATE INDEX "juno_deposit_clabe" ON "reactor"."juno_deposit" USING btree ("clabe","amount_centavos");--> statement-breakpoint
CREATE INDEX "juno_deposit_amount" ON "reactor"."juno_deposit" USING btree ("amount_centavos");--> statement-breakpoint
CREATE INDEX "juno_deposit_tracking" ON "reactor"."juno_deposit" USING btree ("tracking_key");--> statement-breakpoint
CREATE INDEX "juno_deposit_newest" ON "reactor"."juno_deposit" USING btree ("observed_at","id");--> statement-breakpoint
CREATE INDEX "juno_deposit_refund" ON "reactor"."juno_deposit" USING btree ("id") WHERE is_refund;--> statement-breakpoint
CREATE INDEX "juno_deposit_unclaimed" ON "reactor"."juno_deposit" USING btree ("observed_at","id") WHERE not is_claimed and twin_of is null;--> statement-breakpoint
CREATE INDEX "juno_movement_open" ON "reactor"."juno_movement" USING btree ("observed_at") WHERE explained_by is null or explained_by = 'suspense';--> statement-breakpoint
CREATE INDEX "juno_movement_explained" ON "reactor"."juno_movement" USING btree ("explained_by");--> statement-breakpoint
CREATE UNIQUE INDEX "juno_observation_once" ON "reactor"."juno_observation" USING btree ("resource","external_id","fingerprint");--> statement-breakpoint
CREATE INDEX "juno_observation_deposit" ON "reactor"."juno_observation" USING btree (substring(body from '"deposit_id"\s*:\s*"?([A-Za-z0-9_.:-]{1,100})')) WHERE resource = 'deposit';--> statement-breakpoint
CREATE INDEX "juno_transaction_type" ON "reactor"."juno_transaction" USING btree ("type","status","amount_units");--> statement-breakpoint
CREATE INDEX "juno_transaction_hash" ON "reactor"."juno_transaction" USING btree ("tx_hash");--> statement-breakpoint
CREATE INDEX "juno_transaction_undetailed" ON "reactor"."juno_transaction" USING btree ("id") WHERE not is_detailed;--> statement-breakpoint
CREATE INDEX "juno_transaction_unclaimed" ON "reactor"."juno_transaction" USING btree ("updated_at") WHERE type = 'ISSUANCE' and not is_claimed;--> statement-breakpoint
CREATE UNIQUE INDEX "standing_terms_version" ON "reactor"."standing_terms" USING btree ("user_id","version");--> statement-breakpoint
CREATE UNIQUE INDEX "standing_terms_one_active" ON "reactor"."standing_terms" USING btree ("user_id") WHERE is_active;--> statement-breakpoint
CREATE INDEX "suspense_open" ON "reactor"."suspense" USING btree ("opened_at") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "suspense_part_deposit" ON "reactor"."suspense_part" USING btree ("deposit_id");--> statement-breakpoint
CREATE INDEX "webhook_in_news" ON "reactor"."webhook_in" USING btree ("source","news");--> statement-breakpoint
CREATE INDEX "webhook_in_ids" ON "reactor"."webhook_in" USING gin ((coalesce(hint -> 'transactionIds', '[]') || coalesce(hint -> 'bitsoIds', '[]')));--> statement-breakpoint
CREATE INDEX "webhook_in_unverified" ON "reactor"."webhook_in" USING btree ("received_at","size_bytes") WHERE signature <> 'valid';--> statement-breakpoint
CREATE INDEX "guard_switch_off" ON "reactor"."guard_switch" USING btree ("name") WHERE is_stopped;--> statement-breakpoint
CREATE INDEX "wide_hold_open" ON "reactor"."wide_hold" USING btree ("switch_name") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "ledger_entry_payment" ON "reactor"."ledger_entry" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "ledger_entry_effect" ON "reactor"."ledger_entry" USING btree ("effect_id");--> statement-breakpoint
CREATE INDEX "ledger_entry_created" ON "reactor"."ledger_entry" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "ledger_entry_settled" ON "reactor"."ledger_entry" USING btree ("settled_at");--> statement-breakpoint
CREATE INDEX "ledger_posting_account" ON "reactor"."ledger_posting" USING btree ("account","owner");--> statement-breakpoint
CREATE UNIQUE INDEX "alert_one_open" ON "reactor"."alert" USING btree ("key") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "alert_closed" ON "reactor"."alert" USING btree ("closed_at") WHERE closed_at is not null;--> statement-breakpoint
CREATE INDEX "alert_notice_waiting" ON "reactor"."alert_notice" USING btree ("channel","next_try_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "alert_notice_failed" ON "reactor"."alert_notice" USING btree ("channel","created_at") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "alert_notice_delivered" ON "reactor"."alert_notice" USING btree ("channel","created_at") WHERE state = 'delivered';--> statement-breakpoint
CREATE INDEX "alert_notice_alert" ON "reactor"."alert_notice" USING btree ("alert_id");--> statement-breakpoint
CREATE INDEX "tally_news_owner" ON "reactor"."tally_news" USING btree ("owner","id");--> statement-breakpoint
CREATE INDEX "hold_open" ON "reactor"."hold" USING btree ("payment_id") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "settlement_item_settlement" ON "reactor"."settlement_item" USING btree ("settlement_leg_id");--> statement-breakpoint
CREATE INDEX "leg_payment" ON "reactor"."leg" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "leg_destination" ON "reactor"."leg" USING btree ("destination_id");--> statement-breakpoint
CREATE UNIQUE INDEX "leg_replaces_once" ON "reactor"."leg" USING btree ("replaces","kind");--> statement-breakpoint
CREATE INDEX "leg_due" ON "reactor"."leg" USING btree ("due_at") WHERE state not in ('completed', 'replaced', 'expired', 'closed');--> statement-breakpoint
CREATE INDEX "leg_barred" ON "reactor"."leg" USING btree ("barrier") WHERE barrier is not null and state not in ('completed', 'replaced', 'expired', 'closed');--> statement-breakpoint
CREATE INDEX "leg_open" ON "reactor"."leg" USING btree ("state") WHERE state not in ('completed', 'replaced', 'expired', 'closed');--> statement-breakpoint
CREATE INDEX "leg_attention" ON "reactor"."leg" USING btree ("attention_code") WHERE attention_code is not null;--> statement-breakpoint
CREATE INDEX "leg_accrued" ON "reactor"."leg" USING btree ("destination_id") WHERE state = 'accrued';--> statement-breakpoint
CREATE INDEX "leg_custody_deadline" ON "reactor"."leg" USING btree ("deadline_seconds") WHERE state = 'in_custody';--> statement-breakpoint
CREATE INDEX "leg_on_chain" ON "reactor"."leg" USING btree ("state","reference") WHERE state in ('withdrawing', 'creating', 'funding', 'releasing', 'returning');--> statement-breakpoint
CREATE INDEX "leg_amount" ON "reactor"."leg" USING btree ("amount_centavos","number");--> statement-breakpoint
CREATE INDEX "leg_history_payment" ON "reactor"."leg_history" USING btree ("payment_id","id");--> statement-breakpoint
CREATE INDEX "leg_history_at" ON "reactor"."leg_history" USING brin ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "payment_one_open_per_clabe_and_amount" ON "reactor"."payment" USING btree ("deposit_clabe","amount_centavos") WHERE awaits_deposit;--> statement-breakpoint
CREATE INDEX "payment_created" ON "reactor"."payment" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "payment_amount" ON "reactor"."payment" USING btree ("amount_centavos","number");--> statement-breakpoint
CREATE INDEX "payment_clabe_tail" ON "reactor"."payment" USING btree (right(deposit_clabe, 4),"number");--> statement-breakpoint
CREATE INDEX "payment_payer" ON "reactor"."payment" USING btree ("payer_id","number");--> statement-breakpoint
CREATE INDEX "payment_recipient" ON "reactor"."payment" USING btree ("recipient_id","number");--> statement-breakpoint
CREATE INDEX "audit_log_subject" ON "reactor"."audit_log" USING btree ("subject","id");--> statement-breakpoint
CREATE INDEX "console_session_key" ON "reactor"."console_session" USING btree ("api_key_id","created_at");--> statement-breakpoint
CREATE INDEX "console_session_used" ON "reactor"."console_session" USING btree ("used_at");--> statement-breakpoint
CREATE UNIQUE INDEX "destination_snapshot" ON "reactor"."destination" USING btree ("user_id","clabe","legal_name");--> statement-breakpoint
CREATE INDEX "destination_juno_account" ON "reactor"."destination" USING btree ("juno_account_id");--> statement-breakpoint
CREATE INDEX "destination_clabe_tail" ON "reactor"."destination" USING btree (reverse(clabe) text_pattern_ops);--> statement-breakpoint
CREATE INDEX "proposal_subject" ON "reactor"."proposal" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "proposal_open" ON "reactor"."proposal" USING btree ("expires_at") WHERE executed_at is null and withdrawn_at is null;--> statement-breakpoint
CREATE INDEX "screening_newest" ON "reactor"."screening" USING btree ("user_id","checked_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconciliation_break_open" ON "reactor"."reconciliation_break" USING btree ("subject") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "reconciliation_break_opened" ON "reactor"."reconciliation_break" USING btree ("opened_at","id");--> statement-breakpoint
CREATE INDEX "reconciliation_break_payment" ON "reactor"."reconciliation_break" USING btree ("payment_id");--> statement-breakpoint
CREATE INDEX "reconciliation_break_subject" ON "reactor"."reconciliation_break" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "webhook_delivery_waiting" ON "reactor"."webhook_delivery" USING btree ("endpoint_id","next_try_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_delivery_order" ON "reactor"."webhook_delivery" USING btree ("endpoint_id","payment_id","number") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_delivery_failed" ON "reactor"."webhook_delivery" USING btree ("endpoint_id") WHERE state = 'failed';--> statement-breakpoint
CREATE INDEX "webhook_delivery_endpoint" ON "reactor"."webhook_delivery" USING btree ("endpoint_id","number");--> statement-breakpoint
CREATE INDEX "webhook_endpoint_active" ON "reactor"."webhook_endpoint" USING btree ("created_at") WHERE removed_at is null;--> statement-breakpoint
CREATE INDEX "webhook_event_payment" ON "reactor"."webhook_event" USING btree ("payment_id","number");--> statement-breakpoint
CREATE INDEX "webhook_event_created" ON "reactor"."webhook_event" USING btree ("created_at");