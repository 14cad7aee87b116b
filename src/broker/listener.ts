/** The broker's door for the network: sockets → frames → `Broker`, the answers of one connection in the order of its requests. */
import type { Network } from '../core/network.ts';
import type { Broker } from './broker.ts';

export interface BrokerListenerOptions {
  readonly network: Network;
  /** `['127.0.0.1', '::1']` unless told otherwise. */
  readonly hosts?: readonly string[];
  /** 0 picks a free one. */
  readonly port: number;
  /** Names this address in metadata instead of the one that the client connected to. */
  readonly advertised?: { readonly host: string; readonly port: number };
}

export interface BrokerListener {
  readonly port: number;
  /** Stops listening and drops the connections. */
  close(): Promise<void>;
}

/** Serves `broker` on the network. Rejects with the platform's error (`EADDRINUSE`). */
export async function listenForClients(_broker: Broker, _options: BrokerListenerOptions): Promise<BrokerListener> {
  throw new Error('not there yet');
}
