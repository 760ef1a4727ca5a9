import { createHash } from 'node:crypto';

/** The name under which a schema's writers tell of new events; a schema's own may be too long for it. */
export function outboxChannelOf(schema: string): string {
  return `mlperf_${createHash('sha256').update(`mlperf outbox ${schema}`).digest('hex').slice(0, 32)}`;
}
