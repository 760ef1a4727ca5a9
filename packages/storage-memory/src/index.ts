export { type MemoryStorageOptions, openMemoryStorage } from './open-memory-storage.ts';
