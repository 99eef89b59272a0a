/** What every file of a command gives to the program. */
import type { Command } from 'commander';

/** A command, and the arguments after its name as it should see them. */
export interface Prepared {
  readonly command: Command;
  readonly args: readonly string[];
}

/** Makes a command; `args` is null where it is only listed, and its pipeline need not be read. */
export type MakeCommand = (args: readonly string[] | null) => Prepared | Promise<Prepared>;
