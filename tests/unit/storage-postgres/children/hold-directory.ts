/** Holds the directory named by the first argument, says so, and goes on until it is killed. */
import { DirectoryLock } from '../../../../packages/storage-postgres/src/directory-lock.ts';

const lock = DirectoryLock.hold(process.argv[2]!);
process.stdout.write('held\n');
setInterval(() => lock, 1_000);
