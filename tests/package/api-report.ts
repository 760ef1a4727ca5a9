import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { ROOT, type WorkspacePackage } from './workspace-packages.ts';

/** Where the committed report of a package is. */
export function apiReportPath({ path, folder }: WorkspacePackage): string {
  return join(path, 'etc', `${folder}.api.md`);
}

/** The public surface of a built package as Markdown: every exported name with its signature, sorted. */
export function generateApiReport({ path, folder }: WorkspacePackage): string {
  const scratch = mkdtempSync(join(tmpdir(), 'mlperf-api-'));
  try {
    const entry = join(path, 'dist/index.d.ts');
    const reportFolder = join(scratch, 'report');
    mkdirSync(reportFolder);
    const quiet = { default: { logLevel: ExtractorLogLevel.None } };
    const config = ExtractorConfig.prepare({
      configObjectFullPath: undefined,
      packageJsonFullPath: join(path, 'package.json'),
      configObject: {
        projectFolder: path,
        mainEntryPointFilePath: entry,
        newlineKind: 'lf',
        compiler: {
          overrideTsconfig: {
            compilerOptions: {
              target: 'es2024',
              lib: ['es2024', 'esnext.disposable'],
              module: 'nodenext',
              moduleResolution: 'nodenext',
              strict: true,
              skipLibCheck: true,
              types: ['node'],
              typeRoots: [join(ROOT, 'node_modules/@types')],
            },
            files: [entry],
          },
        },
        apiReport: {
          enabled: true,
          reportFileName: `${folder}.api.md`,
          reportFolder,
          reportTempFolder: join(scratch, 'temp'),
        },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        messages: {
          compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
          extractorMessageReporting: {
            ...quiet,
            // A type that an exported signature uses and that nobody can name.
            'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
          },
          tsdocMessageReporting: quiet,
        },
      },
    });
    const errors: string[] = [];
    Extractor.invoke(config, {
      localBuild: true,
      messageCallback(message) {
        if (message.logLevel === ExtractorLogLevel.Error) errors.push(message.formatMessageWithLocation(path));
        message.handled = true;
      },
    });
    if (errors.length > 0) throw new Error(`the declarations of ${folder} do not compile:\n${errors.join('\n')}`);
    return readFileSync(join(reportFolder, `${folder}.api.md`), 'utf8');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
