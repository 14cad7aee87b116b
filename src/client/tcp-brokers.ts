/** Brokers over TCP: connections by address and purpose, opened when they are needed and again when they broke. */
import { StackError, messageOf } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { randomBelow } from '../core/random.ts';
import type { BrokerAddress, Brokers, Channel, ChannelLease } from './channel.ts';
import { Connection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface TcpBrokersOptions extends Omit<ConnectionOptions, 'host' | 'port'> {
  /** `bootstrap.servers`: asked until one answers and tells the others. */
  readonly bootstrap: readonly HostPort[];
  readonly random: Random;
}

export class TcpBrokers implements Brokers {
  private readonly options: TcpBrokersOptions;
  private readonly known = new Map<number, HostPort>();
  /** By `host:port purpose`. */
  private readonly connections = new Map<string, Promise<Connection>>();
  private readonly open = new Set<Connection>();
  /** Connections for fetches that nobody uses now, by `host:port`. */
  private readonly idle = new Map<string, Connection[]>();
  private closed = false;

  constructor(options: TcpBrokersOptions) {
    this.options = options;
  }

  learn(brokers: readonly BrokerAddress[]): void {
    if (brokers.length === 0) return;
    this.known.clear();
    for (const { nodeId, host, port } of brokers) this.known.set(nodeId, { host, port });
  }

  channel(nodeId: number | undefined, purpose: string): Promise<Channel> {
    return nodeId === undefined ? this.anyChannel(purpose) : this.channelTo(this.addressOf(nodeId), purpose);
  }

  async lease(nodeId: number): Promise<ChannelLease> {
    const address = this.addressOf(nodeId);
    const key = `${address.host}:${address.port}`;
    const idle = this.idle.get(key) ?? [];
    this.idle.set(key, idle);
    let connection = idle.pop();
    while (connection !== undefined && !connection.isOpen) connection = idle.pop();
    connection ??= await this.connect(address);
    const channel = connection;
    return {
      channel,
      release: () => {
        if (!channel.isOpen) this.open.delete(channel);
        else idle.push(channel);
      },
    };
  }

  close(): void {
    this.closed = true;
    for (const connection of this.open) connection.close();
    this.open.clear();
  }

  private addressOf(nodeId: number): HostPort {
    const address = this.known.get(nodeId);
    if (address !== undefined) return address;
    throw new StackError('MILLRACE_UNREACHABLE', `Broker ${nodeId} is not in the cluster's metadata.`);
  }

  /** Brokers in random order, those that are connected first; the bootstrap servers last, in their order. */
  private async anyChannel(purpose: string): Promise<Channel> {
    const candidates = [...this.known.values()];
    for (let i = candidates.length - 1; i > 0; i--) {
      const j = randomBelow(this.options.random, i + 1);
      [candidates[i], candidates[j]] = [candidates[j] as HostPort, candidates[i] as HostPort];
    }
    const isConnected = ({ host, port }: HostPort): boolean => this.connections.has(`${host}:${port} ${purpose}`);
    candidates.sort((a, b) => Number(isConnected(b)) - Number(isConnected(a)));
    const failures: string[] = [];
    let cause: unknown;
    for (const address of [...candidates, ...this.options.bootstrap]) {
      try {
        return await this.channelTo(address, purpose);
      } catch (error) {
        if (!failures.includes(messageOf(error))) failures.push(messageOf(error));
        cause = error;
      }
    }
    throw new StackError('MILLRACE_UNREACHABLE', failures.join(' '), { cause });
  }

  private async channelTo(address: HostPort, purpose: string): Promise<Connection> {
    const key = `${address.host}:${address.port} ${purpose}`;
    const known = this.connections.get(key);
    if (known !== undefined) {
      const connection = await known;
      if (connection.isOpen) return connection;
      this.open.delete(connection);
      // Somebody else may have begun to open the next one meanwhile.
      if (this.connections.get(key) !== known) return this.channelTo(address, purpose);
    }
    const opening = this.connect(address);
    this.connections.set(key, opening);
    opening.catch(() => {
      if (this.connections.get(key) === opening) this.connections.delete(key);
    });
    return opening;
  }

  private async connect(address: HostPort): Promise<Connection> {
    if (this.closed) throw new StackError('MILLRACE_UNREACHABLE', 'The Kafka client is closed.');
    const connection = await Connection.open({ ...this.options, ...address });
    if (this.closed) {
      connection.close();
      throw new StackError('MILLRACE_UNREACHABLE', 'The Kafka client is closed.');
    }
    this.open.add(connection);
    return connection;
  }
}

/** `host:port,[::1]:port,…`, optionally with a protocol before it (`PLAINTEXT://`), as `bootstrap.servers` has it. */
export function parseBootstrapServers(text: string): HostPort[] {
  const servers = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (servers.length === 0) {
    throw new StackError('MILLRACE_CONFIG_INVALID', 'No resolvable bootstrap urls given in bootstrap.servers');
  }
  return servers.map((server) => {
    const match = /^(?:\w+:\/\/)?(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d+)$/.exec(server);
    const port = Number(match?.[3] ?? 0);
    const host = match?.[1] ?? match?.[2];
    if (host === undefined || port < 1 || port > 65_535) {
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Invalid url in bootstrap.servers: ${server}\nIt has to be host:port, several of them with commas between.`,
      );
    }
    return { host, port };
  });
}
