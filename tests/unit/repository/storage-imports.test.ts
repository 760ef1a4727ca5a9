import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { PACKAGES, packageFolders, sourcesOf } from './source-files.ts';

/** What an adapter may take of core: no metric, no monitor, no dispatcher. The rest of the table is the checker's, by file. */
const ROOMS = ['aggregates', 'clock', 'errors', 'events', 'ports', 'records', 'types'];
const ADAPTERS = packageFolders.filter((name) => name.startsWith('storage-') && name !== 'storage-conformance');

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
}

function moduleOf(node: ts.ImportDeclaration | ts.ExportDeclaration): string | undefined {
  return node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)
    ? node.moduleSpecifier.text
    : undefined;
}

/** Each exported name of core with its room: the folder, or the file at the top. */
function roomsByName(index: string): Map<string, string> {
  const rooms = new Map<string, string>();
  for (const statement of parse(index).statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const room = /^\.\/([^/.]+)/.exec(moduleOf(statement) ?? '')?.[1];
    if (room === undefined || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) {
      throw new Error(`core/src/index.ts must list names; got ${statement.getText()}`);
    }
    for (const { name } of statement.exportClause.elements) rooms.set(name.text, room);
  }
  return rooms;
}

/** Names that a source takes from @mlperf/core; `*` for a namespace. */
function namesFromCore(text: string): string[] {
  return parse(text).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (moduleOf(statement) !== '@mlperf/core') return [];
    const clause = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    if (clause === undefined || ts.isNamespaceImport(clause) || ts.isNamespaceExport(clause)) return ['*'];
    return clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
  });
}

function forbidden(text: string, rooms: ReadonlyMap<string, string>): string[] {
  return namesFromCore(text).filter((name) => !ROOMS.includes(rooms.get(name) ?? ''));
}

describe('storage adapters take of core only records, ports, aggregates, errors and what they share', () => {
  const rooms = roomsByName(readFileSync(join(PACKAGES, 'core/src/index.ts'), 'utf8'));

  it.each(ADAPTERS)('%s', (folder) => {
    const offenders = sourcesOf(folder).flatMap(({ path, text }) =>
      forbidden(text, rooms).map((name) => `${path}: ${name} of core/${rooms.get(name) ?? 'nowhere'}`),
    );
    expect(offenders).toEqual([]);
  });

  it.each([
    ["import { accuracy } from '@mlperf/core';", ['accuracy']],
    ["import { type PerformanceMonitor as M, canonicalJson } from '@mlperf/core';", ['PerformanceMonitor']],
    ["import * as everything from '@mlperf/core';", ['*']],
    ["export { accuracy } from '@mlperf/core';", ['accuracy']],
    ["import { unheardOf } from '@mlperf/core';", ['unheardOf']],
    ["import type { Prediction } from '@mlperf/core';\nimport { accuracy } from './accuracy.ts';", []],
  ])('finds the offender in %s', (source, expected) => {
    const planted = roomsByName(
      "export { accuracy } from './metrics/accuracy.ts';\nexport { PerformanceMonitor } from './monitor/performance-monitor.ts';\nexport { canonicalJson } from './records/canonical.ts';\nexport type { Prediction } from './types/prediction.ts';",
    );
    expect(forbidden(source, planted)).toEqual(expected);
  });
});
