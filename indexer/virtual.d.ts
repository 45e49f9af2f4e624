/// <reference types="ponder/virtual" />

// Instead of Ponder's own ponder-env.d.ts, which it writes anew at each start: TypeScript does not follow a link to the real
// file, so imports relative to that would not be found.

declare module 'ponder:internal' {
  const config: typeof import('../ponder.config.ts');
  const schema: typeof import('../ponder.schema.ts');
}

declare module 'ponder:schema' {
  export * from '../ponder.schema.ts';
}
