import { MlperfError } from '@mlperf/core';
import { Command, CommanderError } from 'commander';
import type { CliOutput } from './cli-output.ts';
import { addStorageCommands } from './storage/storage-commands.ts';

/** Done, and all is well. */
const OK = 0;
/** Done, and something is wrong; or it could not be done. */
const FAILED = 1;
/** The command was not understood; nothing was tried. */
const USAGE = 2;

/** Errors of what was asked for, found before anything was tried. */
const NOT_UNDERSTOOD: readonly string[] = ['INVALID_TYPE', 'INVALID_CONFIG', 'OUT_OF_RANGE'];

/**
 * Runs `mlperf <arguments>`.
 * @param args - Without the program's own name.
 * @returns the exit code: 0 all is well · 1 a problem was found, or the work failed · 2 the command was not understood.
 * @example
 * await runCli(['storage', 'status', 'trading.db'], { out: console.log, err: console.error }); // 0
 */
export async function runCli(args: readonly string[], output: CliOutput): Promise<number> {
  let problems = false;
  const program = new Command('mlperf')
    .description('Looks after what @mlperf stores.')
    .exitOverride()
    .showHelpAfterError('(add --help for more)')
    .configureOutput({ writeOut: output.out, writeErr: output.err });
  addStorageCommands(program, output, () => {
    problems = true;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return problems ? FAILED : OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : USAGE;
    if (!MlperfError.is(error)) throw error;
    output.err(`mlperf: ${error.message} [${error.code}]\n`);
    return NOT_UNDERSTOOD.includes(error.code) ? USAGE : FAILED;
  }
}
