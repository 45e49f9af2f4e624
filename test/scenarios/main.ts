/** `npm run scenarios`: writes docs/scenarios.md. */
import { writeFileSync } from 'node:fs';
import { PAGE, renderScenarios } from './document.ts';
import { THEMES } from './table.ts';

writeFileSync(PAGE, renderScenarios(THEMES));
