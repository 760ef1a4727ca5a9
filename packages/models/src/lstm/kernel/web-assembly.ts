/** A compiled module: opaque, and it can be posted to a worker. */
export type CompiledKernel = object;

/** A WebAssembly memory, in pages of 64 KiB. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The little of WebAssembly that is used here: TypeScript declares it for browsers only. */
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<CompiledKernel>;
  validate(bytes: Uint8Array): boolean;
  readonly Instance: new (module: CompiledKernel, imports: object) => { readonly exports: object };
}

declare const WebAssembly: WebAssemblyApi;

export const webAssembly: WebAssemblyApi = WebAssembly;
