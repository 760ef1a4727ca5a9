import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { apiReportPath, generateApiReport } from './api-report.ts';
import { ROOT, workspacePackages } from './workspace-packages.ts';

const wanted = process.argv.slice(2);
for (const built of workspacePackages()) {
  if (wanted.length > 0 && !wanted.includes(built.folder)) continue;
  const path = apiReportPath(built);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, generateApiReport(built));
  console.log(`wrote ${relative(ROOT, path)}`);
}
