import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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
    // What main.tsx imports first comes first, in whatever file it ends up.
    rolldownOptions: { output: { strictExecutionOrder: true } },
  },
});
