// CommonJS without new syntax: the old Node that this turns away must be able to read it.
const OLDEST = [22, 16];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `This repository needs Node ${OLDEST.join('.')} or newer; got ${process.versions.node} (${process.execPath}).\n` +
      'Run `npm run setup`: it installs the pinned Node 24, which every npm script then uses.',
  );
  process.exit(1);
}
