/** What a check tells a process of its own making. */
export type ProcessRequest =
  | { readonly kind: 'run'; readonly id: number; readonly task: string; readonly input: unknown }
  | { readonly kind: 'resume'; readonly id: number };

/** What that process answers. */
export type ProcessReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'paused'; readonly id: number }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
