import { runBenchmarks } from './harness/run-benchmarks.ts';

process.exitCode = await runBenchmarks(import.meta.dirname, process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
