/** `diglot draw PIPELINE`: its picture, as SVG or as Mermaid text. */
import { Command, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { status } from './exit-status.ts';
import { takesPipeline, withPipeline } from './pipeline-command.ts';
import type { Prepared } from './make-command.ts';
import { plansOf } from './run-pipeline.ts';

export function drawCommand(args: readonly string[] | null): Promise<Prepared> {
  const make = () =>
    takesPipeline(new Command('draw').description('Draw a pipeline.'))
      .addOption(
        new Option(
          '--format <format>',
          'Form of the picture. Default: svg, or mermaid where --out ends in .mmd or .md.',
        ).choices(['svg', 'mermaid']),
      )
      .option('-o, --out <file>', 'File to write. Default: standard output.');
  return withPipeline(make, args, 'look', async (request, command) => {
    const checked = await plansOf(request);
    if (checked === null) return status.usage;
    const { format, out } = command.opts<{ format?: 'svg' | 'mermaid'; out?: string }>();
    const [{ drawSvg }, { drawMermaid }] = await Promise.all([
      import('../graphs/drawing/draw-svg.ts'),
      import('../graphs/drawing/draw-mermaid.ts'),
    ]);
    const draw = (format ?? (/\.(mmd|md)$/.test(out ?? '') ? 'mermaid' : 'svg')) === 'svg' ? drawSvg : drawMermaid;
    const pictures = checked.map(({ plan }) => draw(plan));
    if (pictures.length > 1 && draw === drawSvg) {
      throw new UsageError(
        'several-pictures',
        `${request.file} declares ${pictures.length} pipelines; SVG holds one picture, use --format mermaid`,
      );
    }
    const text = pictures.map((picture) => (picture.endsWith('\n') ? picture : `${picture}\n`)).join('\n');
    if (out === undefined) process.stdout.write(text);
    else await writeFile(out, text).catch((error: Error) => refuse(out, error));
    return status.done;
  });
}

function refuse(out: string, cause: Error): never {
  throw new UsageError('output-file', `${out} cannot be written: ${cause.message}`, { cause });
}
