/**
 * Who may import whom. Each row of the two tables below allows; what is not in a row is refused.
 * A change here is a decision: it needs a page in docs/adr.
 */

/** One room of packages/core/src: local rooms, rooms by type only, npm packages, Node built-ins. */
const coreRooms = {
  'types/': {},
  'errors.ts': {},
  'clock.ts': { rooms: ['types/', 'errors.ts'] },
  'events.ts': { rooms: ['types/'], npm: ['eventemitter3'] },
  'ports/': { rooms: ['types/'], typesOf: ['search-space/', 'dataset/', 'clock.ts'] },
  'numeric/': { rooms: ['errors.ts'] },
  'random/': { rooms: ['errors.ts'], npm: ['seedrandom'] },
  'records/': { rooms: ['types/', 'errors.ts'], npm: ['superstruct'], builtins: ['crypto'] },
  'metrics/': { rooms: ['aggregates/', 'numeric/', 'types/', 'errors.ts'] },
  'aggregates/': { rooms: ['metrics/', 'numeric/', 'types/', 'errors.ts'] },
  'calibration/': { rooms: ['numeric/', 'records/', 'types/', 'errors.ts'] },
  'dataset/': { rooms: ['numeric/', 'random/', 'types/', 'errors.ts'], builtins: ['crypto'] },
  'search-space/': { rooms: ['numeric/', 'random/', 'types/', 'errors.ts'] },
  'config/': { rooms: ['types/', 'errors.ts'], npm: ['superstruct', 'yaml'], builtins: ['fs', 'fs/promises', 'path'] },
  'outbox/': {
    rooms: ['types/', 'errors.ts', 'clock.ts', 'events.ts', 'ports/', 'records/'],
    builtins: ['os'],
  },
  'monitor/': {
    rooms: [
      'types/',
      'errors.ts',
      'clock.ts',
      'events.ts',
      'ports/',
      'numeric/',
      'random/',
      'records/',
      'metrics/',
      'aggregates/',
      'calibration/',
      'dataset/',
      'search-space/',
      'config/',
    ],
    builtins: '.*',
  },
};

/** What a package may import besides its own files: other packages by name, npm packages, Node built-ins. */
const packages = {
  models: { workspace: ['core'] },
  registry: { workspace: ['core'] },
  workers: { workspace: ['core'] },
  charts: { workspace: ['core'] },
  tuning: { workspace: ['core', 'charts'] },
  'storage-sql': { workspace: ['core'] },
  'storage-memory': { workspace: ['core'] },
  'storage-sqlite': { workspace: ['core', 'storage-sql'] },
  'storage-postgres': { workspace: ['core', 'storage-sql'] },
  'storage-conformance': { workspace: ['core'], builtins: ['assert', 'assert/strict', 'child_process', 'url'] },
  dashboard: { workspace: ['core', 'charts'] },
  cli: { workspace: '.*' },
};

const names = (list) => (Array.isArray(list) ? `(?:${list.map(literal).join('|')})` : list);
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const inRoom = (room) => `^packages/core/src/${literal(room)}${room.endsWith('/') ? '' : '$'}`;
const npmPackage = (list) => `(?:^|/)node_modules/(?:@types/)?${names(list)}/`;
const builtin = (list) => `^(?:node:)?${names(list)}$`;

const ANY_NPM = ['npm', 'npm-optional', 'npm-peer', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-bundled'];

const coreRules = Object.entries(coreRooms).flatMap(([room, { rooms = [], typesOf = [], npm = [], builtins = [] }]) => {
  const label = room.replace(/\/$|\.ts$/, '');
  const from = { path: inRoom(room) };
  const may = [...rooms, ...typesOf].map((name) => name.replace(/\/$|\.ts$/, ''));
  return [
    {
      name: `core-${label}-rooms`,
      comment: `core/${label} may import ${may.join(', ') || 'no other room'}.`,
      from,
      to: { path: '^packages/core/src/', pathNot: [room, ...rooms, ...typesOf].map(inRoom) },
    },
    ...(typesOf.length === 0
      ? []
      : [
          {
            name: `core-${label}-types-only`,
            comment: `core/${label} may import ${typesOf.join(', ')} by \`import type\` only.`,
            from,
            to: { path: typesOf.map(inRoom), dependencyTypesNot: ['type-only'] },
          },
        ]),
    {
      name: `core-${label}-npm`,
      comment: `core/${label} may import from npm: ${npm.join(', ') || 'nothing'}.`,
      from,
      to: { dependencyTypes: ANY_NPM, ...(npm.length === 0 ? {} : { pathNot: npmPackage(npm) }) },
    },
    ...(builtins === '.*'
      ? []
      : [
          {
            name: `core-${label}-builtins`,
            comment: `core/${label} may import of Node: ${builtins.join(', ') || 'nothing'}.`,
            from,
            to: { dependencyTypes: ['core'], ...(builtins.length === 0 ? {} : { pathNot: builtin(builtins) }) },
          },
        ]),
  ];
});

const packageRules = Object.entries(packages).flatMap(([name, { workspace, builtins }]) => {
  const from = { path: `^packages/${name}/src/` };
  return [
    {
      name: `package-${name}`,
      comment: `${name} may import of this repository: ${Array.isArray(workspace) ? workspace.join(', ') : 'any package'}.`,
      from,
      to: { path: '^packages/', pathNot: [`^packages/${name}/`, `^packages/${names(workspace)}/`] },
    },
    ...(builtins === undefined
      ? []
      : [
          {
            name: `package-${name}-builtins`,
            comment: `${name} may import of Node: ${builtins.join(', ')}.`,
            from,
            to: { dependencyTypes: ['core'], pathNot: builtin(builtins) },
          },
          {
            name: `package-${name}-npm`,
            comment: `${name} may import nothing from npm.`,
            from,
            to: { dependencyTypes: ANY_NPM },
          },
        ]),
  ];
});

/** An npm package or a Node module that one place alone may import. */
const soleImporters = [
  { what: 'eventemitter3', path: npmPackage(['eventemitter3']), only: ['core/src/events\\.ts$'] },
  { what: 'seedrandom', path: npmPackage(['seedrandom']), only: ['core/src/random/'] },
  { what: 'yaml', path: npmPackage(['yaml']), only: ['core/src/config/', 'core/src/records/'] },
  { what: 'superstruct', path: npmPackage(['superstruct']), only: ['core/src/config/', 'core/src/records/'] },
  { what: 'kysely', path: npmPackage(['kysely']), only: ['storage-sql/src/', 'storage-(?:sqlite|postgres)/src/'] },
  // PGlite's directory is locked by a SQLite file beside it.
  {
    what: 'node-sqlite',
    path: builtin(['sqlite']),
    only: ['storage-sqlite/src/', 'storage-postgres/src/directory-lock\\.ts$'],
  },
  { what: 'pg', path: npmPackage(['pg', 'pg-copy-streams']), only: ['storage-postgres/src/'] },
  { what: 'pglite', path: npmPackage(['@electric-sql/pglite']), only: ['storage-postgres/src/'] },
];

const forbidden = [
  ...coreRules,
  ...packageRules,
  ...soleImporters.map(({ what, path, only }) => ({
    name: `sole-importer-${what}`,
    comment: `only packages/${only.join(' and packages/')} may import ${what}.`,
    from: { path: '^packages/[^/]+/src/', pathNot: only.map((place) => `^packages/${place}`) },
    to: { path },
  })),
  {
    name: 'core-imports-no-package',
    comment: 'core knows no other package: everything may import core.',
    from: { path: '^packages/core/' },
    to: { path: '^packages/', pathNot: '^packages/core/' },
  },
  {
    name: 'core-known-room',
    comment: 'a new room of core needs a row in the table first.',
    from: { path: '^packages/core/src/', pathNot: [inRoom('index.ts'), ...Object.keys(coreRooms).map(inRoom)] },
    to: {},
  },
  {
    name: 'known-package',
    comment: 'a new package needs a row in the table first.',
    from: {
      path: '^packages/[^/]+/src/',
      pathNot: ['core', ...Object.keys(packages)].map((name) => `^packages/${name}/`),
    },
    to: {},
  },
  {
    name: 'no-deep-path-between-packages',
    comment: 'a package reaches another by its public name (@mlperf/…), never by a path into it.',
    from: { path: '^packages/([^/]+)/src/' },
    to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
  },
  {
    name: 'no-deep-path-from-outside',
    comment: 'examples and tests use packages by their public names.',
    from: { path: '^(?:examples|tests)/', pathNot: '^tests/unit/' },
    to: { path: '^packages/', dependencyTypes: ['local'] },
  },
  {
    name: 'no-deep-path-from-unit-tests',
    comment: 'tests/unit/<package> may reach into the src of its own package only.',
    from: { path: '^tests/unit/([^/]+)/' },
    to: { path: '^packages/', pathNot: '^packages/$1/src/', dependencyTypes: ['local'] },
  },
  {
    name: 'packages-stand-alone',
    comment: 'a package imports nothing of tests, examples or the root.',
    from: { path: '^packages/[^/]+/src/' },
    to: { pathNot: '^packages/', dependencyTypes: ['local'] },
  },
  {
    name: 'no-test-framework-in-packages',
    comment: 'test tools stay in tests/.',
    from: { path: '^packages/[^/]+/src/' },
    to: {
      path: [
        '(?:^|/)node_modules/(?:vitest|@vitest/[^/]+|fast-check|jest|mocha|chai|tap|ava|sinon)/',
        builtin(['test', 'test/reporters']),
      ],
    },
  },
  {
    name: 'only-declared-dependencies',
    comment: "what a package's src imports is in its own dependencies.",
    from: { path: '^packages/[^/]+/src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
  { name: 'no-circular-import', from: {}, to: { circular: true } },
  {
    name: 'resolvable',
    comment: 'not found, or a path that the package does not export.',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  // Without a severity a violation is a warning, and the check passes.
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: '(?:^|/)node_modules/' },
    // AssemblyScript looks like TypeScript and is not.
    exclude: { path: '^packages/(?:[^/]+/dist|models/src/lstm/kernel/assembly)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@mlperf/source', 'import', 'require', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.d.ts', '.json'],
    },
  },
};
