import { readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Benchmark, type Figure, figureAsJson, keepsBudget, requireFigure } from './figure.ts';
import { figureTable } from './figure-table.ts';

export interface Output {
  /** The result: a table, or one JSON line per figure. */
  out(line: string): void;
  /** What the result is not: headers under `--json`, progress, errors. */
  err(line: string): void;
}

const USAGE = 'npm run bench -- <name> [--quick] [--json] [--strict]';

/** The names of the benchmarks in a folder: every `<name>.ts` beside `run.ts`. */
export function benchmarkNames(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'run.ts')
    .map((entry) => entry.name.slice(0, -'.ts'.length))
    .sort();
}

/**
 * Runs the benchmarks named in `args` and prints their figures.
 * @returns the exit code: 0; 1 when a benchmark threw (a wrong result), reported nothing or, with `--strict`, when a
 *   figure broke its budget; 2 when the call itself is wrong.
 */
export async function runBenchmarks(folder: string, args: readonly string[], output: Output): Promise<number> {
  const known = benchmarkNames(folder);
  const call = parseCall(args);
  if (typeof call === 'string') return refuse(call, known, output);
  const unknown = call.names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return refuse(`unknown benchmark: ${unknown.join(', ')}`, known, output);
  if (call.names.length === 0) return refuse('which benchmark?', known, output);

  const print = call.json ? output.err : output.out;
  print(`${machine()}, Node ${process.versions.node}${call.quick ? ', quick' : ''}`);
  let failed = false;
  for (const name of call.names) {
    const figures: Figure[] = [];
    try {
      const benchmark = await load(folder, name);
      await benchmark.run(
        (figure) => {
          requireFigure(figure);
          figures.push(figure);
          if (call.json) output.out(figureAsJson(figure));
        },
        { quick: call.quick },
      );
      if (figures.length === 0) throw new Error('it reported no figure');
    } catch (error) {
      failed = true;
      output.err(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    if (!call.json && figures.length > 0) output.out(`\n${name}\n${figureTable(figures)}`);
    if (call.strict && figures.some((figure) => keepsBudget(figure) === false)) failed = true;
  }
  return failed ? 1 : 0;
}

interface Call {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly strict: boolean;
}

function parseCall(args: readonly string[]): Call | string {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: flag, quick: flag, strict: flag },
    });
    return { names: positionals, ...values };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function refuse(problem: string, known: readonly string[], output: Output): number {
  output.err(`${problem}\nusage: ${USAGE}\navailable: ${known.join(', ') || 'none'}`);
  return 2;
}

async function load(folder: string, name: string): Promise<Benchmark> {
  const loaded: Partial<Benchmark> = await import(pathToFileURL(join(folder, `${name}.ts`)).href);
  if (loaded.name !== name || typeof loaded.run !== 'function') {
    throw new Error(`tests/bench/${name}.ts must export name = '${name}' and run(report, options)`);
  }
  return { name, run: loaded.run };
}

function machine(): string {
  const [first, ...others] = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${first?.model.trim() ?? 'unknown processor'} × ${others.length + 1}, ${memory} GiB, ${process.platform} ${process.arch}`;
}
