import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import type { proposal } from '../db/schema.ts';
import type { Lane } from '../effects/lane.ts';
import type { Job } from '../queue/port.ts';

export type ProposalRow = typeof proposal.$inferSelect;

/** What is proposed: the id after the colon of its subject, and the parameters as the command's schema reads them. */
export type Proposed<P> = Readonly<{ subjectId: string; parameters: P }>;

/**
 * A command that needs two people. It is looked at when it is proposed and again when it is approved, so that nobody approves what
 * is no longer so; the money may have moved between the two.
 */
export type FourEyesCommand<S extends z.ZodType = z.ZodType> = Readonly<{
  /** As `effect resolve`. */
  name: string;
  /** What its subjects are, as `effect`. */
  subjectKind: string;
  parameters: S;
  /** Asks the database and the outside whether it may be done. Sends nothing. Throws a Refusal. */
  check: (ctx: Context, proposed: Proposed<z.output<S>>) => Promise<void>;
  /** The lane that fences it; null where nothing of it is fenced. */
  lane: (ctx: Context, proposed: Proposed<z.output<S>>) => Promise<string | null>;
  /** Does it in the approval's own transaction, after the same questions to the database under locks. Throws a Refusal. */
  execute: (
    tx: Tx,
    ctx: Context,
    proposed: Proposed<z.output<S>> & { proposalId: string; lane: Lane | null },
  ) => Promise<void>;
  /** Whom to wake afterwards. */
  wakes: (ctx: Context, proposed: Proposed<z.output<S>>) => Promise<Job[]>;
}>;
