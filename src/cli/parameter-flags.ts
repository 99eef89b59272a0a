/** A pipeline's parameters as flags of a command: one declaration gives parsing, help and shell errors. */
import { Option, type Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Parameter, ParameterType } from '../graphs/load.ts';

/** What stands for the value in help. */
const placeholders: Readonly<Record<ParameterType, string>> = {
  string: 'text',
  number: 'number',
  integer: 'integer',
  boolean: '',
  path: 'path',
  'string[]': 'a,b',
  'path[]': 'a,b',
  'number[]': '1,2',
};

/**
 * Adds a flag for each parameter.
 * @param mandatory Whether the command refuses to go on without the required ones.
 * @throws UsageError `parameter-name` when a parameter is called like a flag that the command has already.
 */
export function addParameterFlags(command: Command, parameters: readonly Parameter[], mandatory: boolean): void {
  command.optionsGroup('Parameters of the pipeline:');
  for (const parameter of parameters) {
    const taken = command.options.find(({ long }) => long === `--${parameter.flag}`);
    if (taken !== undefined || ['help', 'version', 'debug'].includes(parameter.flag)) {
      throw new UsageError(
        'parameter-name',
        `the parameter "${parameter.name}" of the pipeline is called like diglot's own flag --${parameter.flag}; rename it in the pipeline file`,
      );
    }
    command.addOption(optionOf(parameter, mandatory));
    if (parameter.type === 'boolean') command.addOption(new Option(`--no-${parameter.flag}`).hideHelp());
  }
}

function optionOf(parameter: Parameter, mandatory: boolean): Option {
  const { flag, short, type, describe, choices, required } = parameter;
  const value = placeholders[type] === '' ? '' : ` <${placeholders[type]}>`;
  const option = new Option(`${short === null ? '' : `-${short}, `}--${flag}${value}`, describe);
  if (parameter.default !== undefined && parameter.default !== null) {
    option.default(parameter.default, defaultText(parameter.default));
  }
  if (choices !== null) option.choices(choices.map(String));
  if (type.endsWith('[]')) {
    const texts: string[] = [];
    option.argParser((text) => {
      texts.push(text);
      return texts;
    });
  }
  return required && mandatory ? option.makeOptionMandatory() : option;
}

function defaultText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  return typeof value === 'string' ? value || 'none' : value === true ? 'on' : JSON.stringify(value);
}

/** What the user gave for the parameters, as text by parameter name, the way `loadPipelines` takes them. */
export function givenParameters(command: Command, parameters: readonly Parameter[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (const { name, flag } of parameters) {
    const option = command.options.find(({ long }) => long === `--${flag}`);
    const key = option?.attributeName();
    if (key === undefined || command.getOptionValueSource(key) !== 'cli') continue;
    given[name] = textOf(command.getOptionValue(key));
  }
  return given;
}

function textOf(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 1 ? String(value[0]) : JSON.stringify(value);
}

/** Something of the right type for every required parameter, so that a pipeline can be checked and drawn without them. */
export function standIns(parameters: readonly Parameter[]): Record<string, string> {
  const required = parameters.filter((parameter) => parameter.required);
  return Object.fromEntries(
    required.map(({ name, type, choices }) => {
      if (choices?.[0] !== undefined) return [name, String(choices[0])];
      return [name, type === 'boolean' ? 'false' : /number|integer/.test(type) ? '1' : name];
    }),
  );
}
