/** How help is laid out: a narrow column of flags, however long some are, and short words about defaults. */
import { type Argument, Help, type HelpConfiguration, type Option } from 'commander';
import { paintResult } from './paint.ts';

/** Characters; a longer flag has its description on the next line. */
const widestTerm = 28;

export const helpLayout: HelpConfiguration = {
  helpWidth: Math.min(100, process.stdout.columns ?? 100),
  styleTitle: paintResult.bold,
  optionDescription,
  subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
  padWidth: (command, helper) => Math.min(widestTerm, Help.prototype.padWidth.call(helper, command, helper)),
  formatItem: (term, width, description, helper) => {
    const item = (shown: string) => Help.prototype.formatItem.call(helper, shown, width, description, helper);
    return helper.displayWidth(term) <= width ? item(term) : `  ${term}\n${item('')}`;
  },
};

function argumentTerm(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** `Form of the text. (txt, json, srt; default txt)` */
function optionDescription({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const facts = argChoices === undefined ? [] : [argChoices.join(', ')];
  const fallback = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined);
  if (fallback !== undefined && defaultValue !== false) facts.push(`default ${fallback}`);
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}
