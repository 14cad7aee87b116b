/** The addresses of a running stack, as lines for people. */
import type { StackStatus } from '../server/stack.ts';

export function addressLines(status: StackStatus): string {
  const rows = [
    ['Kafka', status.bootstrapServers],
    ['Schema Registry', status.schemaRegistryUrl],
    ['Kafka Connect', status.connectUrl],
    ['ksqlDB', status.ksqlUrl],
    ['Data', status.dataDir],
  ] as const;
  // A part that does not run here has no address.
  return rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `  ${name.padEnd(16)} ${value}\n`)
    .join('');
}
