import type { StorageMaintenance } from '@mlperf/core';
import { type Command, InvalidArgumentError } from 'commander';
import type { CliOutput } from '../cli-output.ts';
import { backupStore } from './backup-store.ts';
import { openMaintenance } from './open-maintenance.ts';
import { formatMigration, formatStatus, formatVerification } from './report-text.ts';

interface CommonOptions {
  readonly schema?: string;
  readonly json?: boolean;
}

interface VerifyCommandOptions extends CommonOptions {
  readonly maxProblems: number;
  readonly artifacts?: string;
}

const STORE = 'postgres:// URL, or path of a SQLite file';

/** `mlperf storage …`. @param onProblem - Called when the work was done and something is wrong. */
export function addStorageCommands(program: Command, output: CliOutput, onProblem: () => void): void {
  const storage = program.command('storage').description('Migrates, inspects, verifies and copies a store.');
  const print = (options: CommonOptions, report: object, text: () => string) =>
    output.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : text());

  withCommonOptions(storage.command('migrate'))
    .description('Bring the schema up to date, making the store if there is none.')
    .action(async (store: string, options: CommonOptions) => {
      const report = await withMaintenance(store, options, (maintenance) => maintenance.migrate());
      print(options, report, () => formatMigration(report));
    });

  withCommonOptions(storage.command('status'))
    .description('Say what the store holds. Writes nothing.')
    .action(async (store: string, options: CommonOptions) => {
      const report = await withMaintenance(store, options, (maintenance) => maintenance.status());
      print(options, report, () => formatStatus(report));
    });

  withCommonOptions(storage.command('verify'))
    .description(
      'Recompute roll-ups and hashes and follow every reference. Writes nothing; exit code 1 on a difference.',
    )
    .option('--max-problems <count>', 'list at most this many', wholeNumber, 1_000)
    .option('--artifacts <directory>', 'where the artifacts are, if not in the database')
    .action(async (store: string, options: VerifyCommandOptions) => {
      const { maxProblems, artifacts } = options;
      const verifyOptions = {
        maxProblems,
        ...(artifacts === undefined ? {} : { artifactDirectory: artifacts }),
        ...(output.signal === undefined ? {} : { signal: output.signal }),
      };
      const report = await withMaintenance(store, options, (maintenance) => maintenance.verify(verifyOptions));
      if (report.problemCount > 0) onProblem();
      print(options, report, () => formatVerification(report));
    });

  withCommonOptions(storage.command('backup'))
    .description('Copy a SQLite file while others write it. Never overwrites.')
    .option('--to <file>', 'the new file; default: beside the store, named by the time')
    .action(async (store: string, options: CommonOptions & { readonly to?: string }) => {
      const report = await backupStore(store, options.to);
      print(options, report, () => `copied to ${report.path} (${report.bytes} bytes), checked and synced\n`);
    });
}

function withCommonOptions(command: Command): Command {
  return command
    .argument('<store>', STORE)
    .option('--schema <name>', 'schema of the tables on Postgres')
    .option('--json', 'print the report as JSON');
}

async function withMaintenance<T>(
  store: string,
  options: CommonOptions,
  work: (maintenance: StorageMaintenance) => Promise<T>,
): Promise<T> {
  const maintenance = await openMaintenance(store, options.schema);
  try {
    return await work(maintenance);
  } finally {
    await maintenance.close();
  }
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('must be a whole number from 1 to 99999.');
  return Number(text);
}
