import type { MigrationReport, StorageStatus, VerificationReport } from '@mlperf/core';

export function formatMigration({ applied, schemaVersion }: MigrationReport): string {
  const done = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`;
  return `${done}; schema version ${schemaVersion}\n`;
}

export function formatStatus(status: StorageStatus): string {
  const { schemaVersion, pendingMigrations, predictedFrom, predictedTo } = status;
  const pending = pendingMigrations.length === 0 ? 'current' : `to be applied: ${pendingMigrations.join(', ')}`;
  const lines: (readonly [string, string])[] = [
    ['kind', status.kind],
    ['schema', `version ${schemaVersion}, ${pending}`],
    ['size', `${(status.bytes / 2 ** 20).toFixed(1)} MiB`],
  ];
  for (const [table, rows] of Object.entries(status.rows)) lines.push([table, rows.toLocaleString('en-US')]);
  if (predictedFrom !== undefined && predictedTo !== undefined) {
    lines.push(['predicted', `${timeOf(predictedFrom)} to ${timeOf(predictedTo)}`]);
  }
  for (const { lease, owner, token, expiresAt } of status.leases) {
    lines.push([`lease ${lease}`, `${owner}, token ${token}, until ${timeOf(expiresAt)}`]);
  }
  for (const { consumer, sequence, behind } of status.consumers) {
    lines.push([`consumer ${consumer}`, `at ${sequence}, ${behind.toLocaleString('en-US')} behind`]);
  }
  return aligned(lines);
}

export function formatVerification({ checked, problems, problemCount }: VerificationReport): string {
  const lines = Object.entries(checked).map(
    ([check, count]) => [check, `${count.toLocaleString('en-US')} checked`] as const,
  );
  const listed = problems.map(({ check, subject, message }) => `${check}: ${subject}: ${message}\n`).join('');
  const rest = problemCount - problems.length;
  const more = rest === 0 ? '' : `and ${rest.toLocaleString('en-US')} more\n`;
  const verdict = problemCount === 0 ? 'no problems\n' : `${problemCount.toLocaleString('en-US')} problems\n`;
  return aligned(lines) + listed + more + verdict;
}

function aligned(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
