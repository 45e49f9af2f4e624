import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/reactor/db/schema.ts',
  out: './src/reactor/db/migrations',
});
