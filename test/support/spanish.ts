import { es } from '../../src/console/words/es.ts';
import type { Tell } from '../../src/console/words/said/rule.ts';

/** As the console tells it to whoever reads Spanish. */
export const SPANISH: Tell = {
  language: 'es',
  locale: 'es-MX',
  name: (of: string, code: string) => (es as Readonly<Record<string, string>>)[`${of}.${code}`] ?? code,
};
