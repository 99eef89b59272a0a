/**
 * The spellings of openai-whisper's command line beside our own: `--beam_size 5`, `--word_timestamps True`,
 * `--output_dir out`. Pure: arguments in, arguments as commander should see them out.
 */
import type { Command } from 'commander';

/**
 * Flags may have underscores for hyphens, flags without a value may be followed by `True` or `False`, and `synonyms`
 * gives other names their own flag. What follows a flag that takes a value, and all behind `--`, is left alone.
 */
export function ownSpelling(
  args: readonly string[],
  command: Command,
  synonyms: ReadonlyMap<string, string> = new Map(),
): string[] {
  const own: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') return [...own, ...args.slice(index)];
    if (!arg.startsWith('-')) {
      own.push(arg);
      continue;
    }
    const [, spelt = '', value] = /^([^=]*)(=.*)?$/s.exec(arg) ?? [];
    const hyphened = spelt.startsWith('--') ? spelt.replaceAll('_', '-') : spelt;
    const flag = synonyms.get(hyphened) ?? hyphened;
    const option = command.options.find(({ long, short }) => long === flag || short === flag);
    const next = args[index + 1];
    if (option !== undefined && !option.required && !option.negate) {
      const said = value?.slice(1) ?? (/^(true|false)$/i.test(next ?? '') ? next : undefined);
      if (value === undefined && said !== undefined) index += 1;
      own.push(
        said === undefined || /^true$/i.test(said)
          ? flag
          : /^false$/i.test(said)
            ? flag.replace(/^--/, '--no-')
            : flag + (value ?? ''),
      );
    } else {
      own.push(flag + (value ?? ''));
      if (option?.required === true && value === undefined && next !== undefined) {
        own.push(next);
        index += 1;
      }
    }
  }
  return own;
}
