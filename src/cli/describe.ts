/** `diglot describe OPERATOR`: what it takes and gives, and every option with its unit and default. */
import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Prepared } from './make-command.ts';

export function describeCommand(args: readonly string[] | null): Prepared {
  const command = new Command('describe')
    .description('Tell what an operator does, with all its options.')
    .argument('<operator>', 'Its name, as `diglot list` shows it.')
    .action(async (name: string) => {
      const [{ operators }, { describeOperator }, { didYouMean }] = await Promise.all([
        import('../operators/registry.ts'),
        import('../graphs/manual.ts'),
        import('../graphs/faults.ts'),
      ]);
      const operator = operators.find(({ description }) => description.name === name);
      if (operator === undefined) {
        const mend =
          didYouMean(
            name,
            operators.map(({ description }) => description.name),
          ) ?? '`diglot list` shows all';
        throw new UsageError('no-operator', `there is no operator "${name}"; ${mend}`);
      }
      process.stdout.write(`${describeOperator(operator).trimEnd()}\n`);
    });
  return { command, args: args ?? [] };
}
