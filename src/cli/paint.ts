/** Colour on standard error and standard output, only where a terminal shows it (NO_COLOR and FORCE_COLOR are kept). */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const on = (stream: NodeJS.WriteStream, style: Style) => (text: string) =>
  text === '' ? '' : styleText(style, text, { stream });

/** For what is said on standard error. */
export const paint = {
  bold: on(process.stderr, 'bold'),
  dim: on(process.stderr, 'dim'),
  red: on(process.stderr, 'red'),
  green: on(process.stderr, 'green'),
  yellow: on(process.stderr, 'yellow'),
  cyan: on(process.stderr, 'cyan'),
  magenta: on(process.stderr, 'magenta'),
} as const;

/** For results on standard output. */
export const paintResult = {
  bold: on(process.stdout, 'bold'),
  dim: on(process.stdout, 'dim'),
  green: on(process.stdout, 'green'),
  red: on(process.stdout, 'red'),
  yellow: on(process.stdout, 'yellow'),
  cyan: on(process.stdout, 'cyan'),
  magenta: on(process.stdout, 'magenta'),
} as const;
