CREATE TABLE "reactor"."reorganisation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"chain_id" integer NOT NULL,
	"from_block" bigint NOT NULL,
	"to_block" bigint NOT NULL,
	"gone_hash" text NOT NULL,
	"events" jsonb NOT NULL,
	"seen_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "reorganisation_seen" ON "reactor"."reorganisation" USING btree ("seen_at");--> statement-breakpoint
CREATE INDEX "evidence_chain_block" ON "reactor"."evidence" USING btree (((detail ->> 'blockNumber')::bigint)) WHERE source = 'chain';
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON reactor.reorganisation TO kustodia_reactor;
