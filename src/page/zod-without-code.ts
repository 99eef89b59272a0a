/** The page's policy forbids to make code out of text, which zod would try for every schema. Imported before any of them. */
import * as z from 'zod';

z.config({ jitless: true });
