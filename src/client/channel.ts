/**
 * The seam between the client and what carries its requests: TCP connections to the brokers of a cluster (`tcp-brokers.ts`), or the
 * door of a broker in the same process (`in-process.ts`). Everything above is the same for both.
 */
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import type { ReaderDescriptor } from './kafka-client.ts';

/** A way to one broker. Requests are taken up in the order of their calls. */
export interface Channel {
  /** False once it broke or was closed; another one has to be asked for then. */
  readonly isOpen: boolean;
  /** The newest version of an API, at most `maxVersion`, that both sides know; undefined when there is none. */
  versionOf(api: ApiName, maxVersion?: number): number | undefined;
  /** The finalized level of a feature (KIP-584); 0 when the broker tells none. */
  featureLevel(name: string): number;
  /**
   * Sends a request in the newest version that both sides know, at most `maxVersion`.
   * @throws KafkaError UNSUPPORTED_VERSION, StackError MILLRACE_UNREACHABLE, MILLRACE_TIMEOUT
   */
  request<N extends ApiName>(
    api: N,
    body: Input<RequestBody<N>>,
    maxVersion?: number,
    timeoutMs?: number,
  ): Promise<ResponseBody<N>>;
}

/** A channel that nobody else uses until it is given back: its requests may wait in the broker. */
export interface ChannelLease {
  readonly channel: Channel;
  release(): void;
}

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

/** The brokers of a cluster, as places to send requests to. */
export interface Brokers {
  /** Takes the addresses that a metadata answer told. */
  learn(brokers: readonly BrokerAddress[]): void;
  /** A channel to one broker, or to any that answers; those of different purposes do not wait for each other. */
  channel(nodeId: number | undefined, purpose: string): Promise<Channel>;
  /** A channel for requests that wait (fetches). */
  lease(nodeId: number): Promise<ChannelLease>;
  /** Only where the brokers' files are on this machine. */
  readonly openReader?: (topic: string, partition: number) => ReaderDescriptor | undefined;
  /** Breaks every channel; whoever waits is told. */
  close(): void;
}
