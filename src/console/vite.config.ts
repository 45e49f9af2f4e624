import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const isZod = (id: string): boolean => id.endsWith('/zod/v4/core/core.js');
/** The policy of the page allows no code that is made of text: zod is told so in the file where it begins, before anything is declared. */
const WITHOUT_EVAL = 'globalThis.__zod_globalConfig = { jitless: true };';

/** `vite build src/console` makes what the reactor serves at `/`: nothing in it is inline, and nothing comes from another host. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'generated',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: { output: { banner: ({ moduleIds }) => (moduleIds.some(isZod) ? WITHOUT_EVAL : '') } },
  },
});
