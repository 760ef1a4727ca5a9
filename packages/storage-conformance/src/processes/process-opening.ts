/** How another process opens a store. */
export interface ProcessOpening {
  /** URL of a module that exports `openStorage(...args)`, which gives a storage or a promise of one. */
  readonly module: string | URL;
  /** Makes it open the harness's own store. */
  readonly args: readonly string[];
  /** Makes it open one that nobody has opened yet; `dispose` removes that one too. */
  readonly absentArgs: readonly string[];
  /** Arguments for Node, such as a loader. Default: none. */
  readonly execArgv?: readonly string[];
}
