import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const isZod = (id: string): boolean => id.endsWith('/zod/v4/core/core.js');
/** The policy of the page allows no code that is made of text: zod is told so in the file where it begins, before anything is declared. */
const WITHOUT_EVAL = 'globalThis.__zod_globalConfig = { jitless: true };';

/**
 * How zod says what it is as a JSON Schema is for the description of the API, which the reactor makes: a page asks for none. Each of its
 * schemas holds on to it; where they let go of it, nothing else has it.
 */
const withoutJsonSchema: Plugin = {
  name: 'without-json-schema',
  transform: {
    filter: { id: /\/zod\/v4\/classic\/schemas\.js$/ },
    handler: (code) =>
      code
        .replaceAll(/^\s*inst\._zod\.processJSONSchema = .*;$/gm, '')
        .replace(
          /^import \{ (createStandardJSONSchemaMethod), (createToJSONSchemaMethod) \} from .*$/m,
          'const $1 = () => undefined, $2 = () => () => undefined;',
        ),
  },
};

/** What is built once is packed once, as tightly as it goes; the reactor packs it more loosely for whoever cannot read that. */
const packed: Plugin = {
  name: 'packed',
  // Only what is written is whole.
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle)) {
      const path = join(dir, name);
      writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
    }
  },
};

/** `vite build src/console` makes what the reactor serves at `/`: nothing in it is inline, and nothing comes from another host. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), withoutJsonSchema, packed],
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
