/** Which port each service listens at, and what is said when it is taken. */
import { StackError } from '../core/errors.ts';
import type { StackOptions } from './stack.ts';

const usualPorts = { Kafka: 9092, 'Schema Registry': 8081, 'Kafka Connect': 8083, ksqlDB: 8088 } as const;

export type ServiceName = keyof typeof usualPorts;

/** The port of a service; 0 = a free one. */
export function portOf(service: ServiceName, { ports, portOffset = 0 }: StackOptions): number {
  return ports === 0 ? 0 : usualPorts[service] + portOffset;
}

/** Listens at the service's port; says which one is taken, and what to do about it. */
export async function listenAs<T>(
  service: ServiceName,
  options: StackOptions,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  const port = portOf(service, options);
  try {
    return await listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new StackError(
      'MILLRACE_PORT_IN_USE',
      `Port ${port} (${service}) is in use by another program. Stop that one, or move all ports with --port-offset.`,
      { cause: error, details: { port, service } },
    );
  }
}
