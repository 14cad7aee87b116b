/** Where services listen, and under which addresses they are known: Kafka's `listeners` and the `listeners` of the HTTP services. */
import { StackError } from '../../core/errors.ts';
import type { Properties } from './component.ts';

export interface KafkaListener {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly port: number;
  /** Absent: the address that a client found us at. */
  readonly advertised?: { readonly host: string; readonly port: number };
}

export const loopback: readonly string[] = ['127.0.0.1', '::1'];

interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly text: string;
}

/**
 * The broker's listeners. Without `listeners` there is one, at `defaults`.
 * @throws StackError MILLRACE_CONFIG_INVALID with Kafka's texts, MILLRACE_UNSUPPORTED for protocols with TLS or SASL
 */
export function kafkaListeners(
  properties: Properties,
  defaults: { readonly hosts: readonly string[]; readonly port: number; readonly portOffset: number },
): readonly KafkaListener[] {
  const protocols = protocolMap(properties['listener.security.protocol.map']);
  const { listeners, 'advertised.listeners': advertisedText } = properties;
  const own =
    listeners === undefined
      ? [{ name: 'PLAINTEXT', host: '', port: defaults.port - defaults.portOffset, text: '' }]
      : endpoints(listeners, protocols);
  const controllers = (properties['controller.listener.names'] ?? '').split(',').map((name) => name.trim());
  const advertised =
    advertisedText === undefined ? new Map<string, Endpoint>() : byName(endpoints(advertisedText, protocols));
  const names = own.map(({ name }) => name);
  for (const { name, host } of advertised.values()) {
    if (!names.includes(name))
      throw invalid(
        `advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ${[...advertised.keys()].join(',')}. The valid options based on the current configuration are ${names.join(',')}`,
      );
    if (host === '0.0.0.0' || host === '::')
      throw invalid('advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.');
  }
  const interBroker = properties['inter.broker.listener.name'];
  if (interBroker !== undefined && !names.includes(interBroker))
    throw invalid(
      `inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${names.join(',')}`,
    );
  // There is nobody else to elect a controller with.
  const served = own.filter(({ name }) => !controllers.includes(name));
  return served.map(({ name, host, port }) => {
    const known = advertised.get(name);
    return {
      name,
      hosts: listeners === undefined ? defaults.hosts : hostsOf(host),
      port: port === 0 ? 0 : port + defaults.portOffset,
      ...(known === undefined
        ? {}
        : {
            advertised: { host: known.host === '' ? 'localhost' : known.host, port: known.port + defaults.portOffset },
          }),
    };
  });
}

function byName(all: readonly Endpoint[]): Map<string, Endpoint> {
  return new Map(all.map((one) => [one.name, one]));
}

const plainProtocols = new Map([['PLAINTEXT', 'PLAINTEXT']]);
const allProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

function protocolMap(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined)
    return new Map([...plainProtocols, ...allProtocols.slice(1).map((name) => [name, name] as const)]);
  const map = new Map<string, string>();
  for (const entry of listOf(text)) {
    const at = entry.lastIndexOf(':');
    const protocol = entry.slice(at + 1).trim();
    if (at < 0 || !allProtocols.includes(protocol))
      throw invalid(`Invalid security protocol \`${protocol}\` defined in listener.security.protocol.map`);
    map.set(entry.slice(0, at).trim().toUpperCase(), protocol);
  }
  return map;
}

function endpoints(text: string, protocols: ReadonlyMap<string, string>): readonly Endpoint[] {
  const parts = listOf(text);
  const wrong = (why: string): StackError =>
    invalid(`Error creating broker listeners from '[${parts.join(', ')}]': ${why}`);
  if (parts.length === 0)
    throw invalid("Configuration 'listeners' must not be empty. Valid values include: any non-empty value");
  const all = parts.map((part): Endpoint => {
    const [, name, bracketed, plain, port] =
      /^([A-Za-z0-9_.-]+):\/\/(?:\[([^\]]*)\]|([^:]*)):(-?\d+)$/.exec(part) ?? [];
    if (name === undefined || port === undefined || Number(port) > 65_535)
      throw wrong(`Unable to parse ${part} to a broker endpoint`);
    return { name: name.toUpperCase(), host: bracketed ?? plain ?? '', port: Number(port), text: part };
  });
  for (const one of all) {
    const protocol = protocols.get(one.name);
    if (protocol === undefined) throw wrong(`No security protocol defined for listener ${one.name}`);
    if (protocol !== 'PLAINTEXT')
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `Listener ${one.name} uses ${protocol}; this version has PLAINTEXT only.`,
      );
    if (all.some((other) => other !== one && other.name === one.name))
      throw wrong(`Each listener must have a different name, listeners: [${parts.join(', ')}]`);
    const twin = all.find((other) => other !== one && other.port === one.port && other.port !== 0);
    if (twin !== undefined && twin.host.includes(':') === one.host.includes(':') && twin.host === one.host)
      throw wrong(
        `If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: [${parts.join(', ')}], port: ${one.port}`,
      );
  }
  return all;
}

export interface HttpListener {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Names by which requests may address the service, besides loopback's. */
  readonly names: readonly string[];
}

/**
 * Where an HTTP service listens: `listeners` (`http://0.0.0.0:8081`), Connect's older `rest.host.name` and `rest.port`, else `defaults`.
 * @throws StackError MILLRACE_CONFIG_INVALID, MILLRACE_UNSUPPORTED for https
 */
export function httpListener(
  properties: Properties,
  defaults: { readonly hosts: readonly string[]; readonly port: number; readonly portOffset: number },
): HttpListener {
  const advertised = [
    properties['rest.advertised.host.name'],
    properties['host.name'],
    properties['ksql.advertised.listener']?.replace(/^https?:\/\//, '').replace(/:\d+.*$/, ''),
  ].filter((name) => name !== undefined);
  const parts = listOf(properties['listeners'] ?? '');
  if (parts.length === 0) {
    const host = properties['rest.host.name'];
    const port = properties['rest.port'];
    return {
      hosts: host === undefined ? defaults.hosts : hostsOf(host),
      port: port === undefined ? defaults.port : portNumber(port, 'rest.port') + defaults.portOffset,
      names: lower(advertised),
    };
  }
  const all = parts.map((part) => {
    const [, scheme = '', bracketed, plain, port = ''] =
      /^(\w+):\/\/(?:\[([^\]]*)\]|([^:/]*)):(\d+)\/?$/.exec(part) ?? [];
    if (/^https$/i.test(scheme))
      throw new StackError('MILLRACE_UNSUPPORTED', `The listener ${part} wants TLS; this version has http only.`);
    if (!/^http$/i.test(scheme)) throw invalid(`Invalid listener URI: ${part}. A listener is http://HOST:PORT.`);
    return { host: bracketed ?? plain ?? '', port: portNumber(port, part) };
  });
  const [first] = all;
  if (first === undefined || all.some(({ port }) => port !== first.port))
    throw invalid(`All listeners of one service have the same port here; "${parts.join(', ')}" have several.`);
  return {
    hosts: [...new Set(all.flatMap(({ host }) => hostsOf(host)))],
    port: first.port === 0 ? 0 : first.port + defaults.portOffset,
    names: lower([...advertised, ...all.map(({ host }) => host)]),
  };
}

/** The addresses that a host means to `listen`: nothing is every interface, as in Kafka. */
export function hostsOf(host: string): readonly string[] {
  if (host === 'localhost') return loopback;
  return host === '' ? ['0.0.0.0'] : [host];
}

function lower(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].filter((name) => !/^(0\.0\.0\.0|::|)$/.test(name));
}

function portNumber(text: string, where: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text.trim()) || port > 65_535) throw invalid(`Invalid port ${text} in ${where}.`);
  return port;
}

/** The items of a list. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function invalid(text: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', text);
}
