// Not a link: Ponder would load the tables twice, under this path and under the real one, and not know its own.
export * from '../ponder.schema.ts';
