import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiReportPath, generateApiReport } from './api-report.ts';
import { workspacePackages } from './workspace-packages.ts';

describe.each(workspacePackages())('the public surface of $manifest.name', (built) => {
  let report = '';
  beforeAll(() => {
    report = generateApiReport(built);
  });

  it('is the one its committed report shows; `npm run api` writes a new report', () => {
    const committed = existsSync(apiReportPath(built)) ? readFileSync(apiReportPath(built), 'utf8') : undefined;
    expect(committed).toBe(report);
  });

  it('names every type that its signatures use', () => {
    const forgotten = [...report.matchAll(/ae-forgotten-export\) The symbol "(\w+)"/g)];
    expect(forgotten.map(([, name]) => name)).toEqual([]);
  });
});
