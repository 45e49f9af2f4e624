import { z } from 'zod';

// The policy of the page allows no code that is made of text; asked before anything is declared.
z.config({ jitless: true });
