/** The addresses of a running stack, as lines for people. */
import type { StackStatus } from '../server/stack.ts';

export function addressLines(status: Pick<StackStatus, 'bootstrapServers' | 'dataDir'>): string {
  const rows = [
    ['Kafka', status.bootstrapServers],
    ['Data', status.dataDir],
  ] as const;
  return rows.map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`).join('');
}
