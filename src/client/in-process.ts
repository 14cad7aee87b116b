/**
 * The broker in this process as the one broker of a cluster: requests are calls of its door, nothing becomes bytes.
 * The door is what `Broker` offers, named by its shape: `client` does not import `broker`.
 */
import { setMaxListeners } from 'node:events';
import { AssertionError } from '../core/assert.ts';
import { StackError, messageOf } from '../core/errors.ts';
import { apis } from '../wire/apis.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import { kafkaError } from '../wire/error-codes.ts';
import type { Brokers, Channel, ChannelLease } from './channel.ts';
import type { ReaderDescriptor } from './kafka-client.ts';

/** What the door is told of the one who asks; one object for each client. */
export interface DoorContext {
  readonly clientId: string | null;
  readonly clientHost: string;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly signal?: AbortSignal;
}

/** The shape of `Broker`. */
export interface BrokerDoor {
  versionsOf(api: ApiName): readonly [min: number, max: number] | undefined;
  /** Null where Kafka sends no answer. */
  handle<N extends ApiName>(
    context: DoorContext,
    api: N,
    version: number,
    body: Input<RequestBody<N>>,
  ): Promise<ResponseBody<N> | null>;
  openReader?(topic: string, partition: number): ReaderDescriptor | undefined;
}

export interface InProcessOptions {
  readonly door: BrokerDoor;
  readonly clientId: string;
  /** Where the broker listens: what metadata names. Nobody connects there. */
  readonly endpoint?: { readonly host: string; readonly port: number };
}

export class InProcessBrokers implements Brokers {
  readonly openReader?: (topic: string, partition: number) => ReaderDescriptor | undefined;
  private readonly door: BrokerDoor;
  private readonly gone = new AbortController();
  private readonly context: DoorContext;
  private opened: Promise<DoorChannel> | undefined;

  constructor({ door, clientId, endpoint = { host: 'localhost', port: 9092 } }: InProcessOptions) {
    this.door = door;
    // Each waiting fetch listens for the end; any number of them may wait.
    setMaxListeners(0, this.gone.signal);
    this.context = { clientId, clientHost: '127.0.0.1', endpoint, signal: this.gone.signal };
    if (door.openReader !== undefined) this.openReader = (topic, partition) => door.openReader?.(topic, partition);
  }

  learn(): void {}

  channel(): Promise<Channel> {
    this.opened ??= DoorChannel.open(this.door, this.context);
    return this.opened;
  }

  async lease(): Promise<ChannelLease> {
    return { channel: await this.channel(), release: () => {} };
  }

  close(): void {
    this.gone.abort();
  }
}

class DoorChannel implements Channel {
  private readonly door: BrokerDoor;
  private readonly context: DoorContext;
  private readonly levels = new Map<string, number>();

  private constructor(door: BrokerDoor, context: DoorContext) {
    this.door = door;
    this.context = context;
  }

  static async open(door: BrokerDoor, context: DoorContext): Promise<DoorChannel> {
    const channel = new DoorChannel(door, context);
    const { finalizedFeatures } = await channel.request('ApiVersions', {
      clientSoftwareName: 'millrace',
      clientSoftwareVersion: '0.1.0',
      nodeId: -1,
    });
    for (const { name, maxVersionLevel } of finalizedFeatures) channel.levels.set(name, maxVersionLevel);
    return channel;
  }

  get isOpen(): boolean {
    return this.context.signal?.aborted !== true;
  }

  featureLevel(name: string): number {
    return this.levels.get(name) ?? 0;
  }

  versionOf(api: ApiName, maxVersion: number = apis[api].maxVersion): number | undefined {
    const range = this.door.versionsOf(api);
    if (range === undefined) return undefined;
    const version = Math.min(range[1], maxVersion);
    return version >= range[0] ? version : undefined;
  }

  async request<N extends ApiName>(api: N, body: Input<RequestBody<N>>, maxVersion?: number): Promise<ResponseBody<N>> {
    if (!this.isOpen) throw new StackError('MILLRACE_UNREACHABLE', 'The Kafka client is closed.');
    const version = this.versionOf(api, maxVersion);
    if (version === undefined) throw kafkaError('UNSUPPORTED_VERSION', `The broker does not support ${api}.`);
    let answer: ResponseBody<N> | null;
    try {
      answer = await this.door.handle(this.context, api, version, body);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      // What ends a connection on the network: the broker refuses to say more.
      throw new StackError('MILLRACE_UNREACHABLE', `The broker did not answer ${api}: ${messageOf(error)}.`, {
        cause: error,
      });
    }
    if (answer === null) throw new StackError('MILLRACE_UNREACHABLE', `The broker has no answer to ${api}.`);
    return answer;
  }
}
