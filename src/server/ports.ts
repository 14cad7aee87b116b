/** Where each service listens, and what is said when that is taken. */
import { StackError, messageOf } from '../core/errors.ts';
import { httpListener, loopback } from './configuration/listeners.ts';
import type { HttpListener } from './configuration/listeners.ts';
import type { StackOptions } from './stack.ts';

const usualPorts = { Kafka: 9092, 'Schema Registry': 8081, 'Kafka Connect': 8083, ksqlDB: 8088 } as const;

export type ServiceName = keyof typeof usualPorts;

/** The port of a service; 0 = a free one. */
export function portOf(service: ServiceName, { ports, portOffset = 0 }: StackOptions): number {
  return ports === 0 ? 0 : usualPorts[service] + portOffset;
}

/** Where an HTTP service listens: as its own properties say, else at its usual port on the addresses of the stack. */
export function httpListenerOf(
  service: ServiceName,
  properties: Readonly<Record<string, string>> | undefined,
  options: StackOptions,
): HttpListener {
  const { listen = loopback, allowedHosts = [], portOffset = 0 } = options;
  const defaults = { hosts: listen, port: portOf(service, options), portOffset };
  const listener = httpListener(properties ?? {}, defaults);
  const names = [...listener.names, ...listen, ...allowedHosts].map((name) => name.toLowerCase());
  return { ...listener, names };
}

const portMax = 65_535;

/** Listens at a port; says which one is taken, and what to do about it. */
export async function listenAs<T>(service: ServiceName, port: number, listen: () => Promise<T>): Promise<T> {
  if (port > portMax)
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `${service} cannot listen at port ${port}: ports end at ${portMax}. Choose a smaller --port-offset.`,
      { details: { port, service } },
    );
  try {
    return await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StackError(
        'MILLRACE_PORT_IN_USE',
        `Port ${port} (${service}) is in use by another program. Stop that one, or move all ports with --port-offset.`,
        { cause: error, details: { port, service } },
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EACCES') {
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `${service} cannot listen at port ${port}: ${messageOf(error)}. Its listeners, or --listen, have to name addresses of this machine.`,
        { cause: error, details: { port, service } },
      );
    }
    throw error;
  }
}
