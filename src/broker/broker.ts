/** The broker: one node that is controller, coordinator and leader of everything. */
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import type { RequestContext } from './context.ts';

export interface BrokerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Holds `meta`, `metadata/` and `topics/`; exists, and belongs to this process. */
  readonly dataDir: string;
  /** Kafka's broker properties by their names (`num.partitions`, `auto.create.topics.enable` …). */
  readonly config?: Readonly<Record<string, string>>;
  /** 1 by default. */
  readonly nodeId?: number;
  /** `page-cache` by default: acknowledged when written. `fsync`: acknowledged when on the disk. */
  readonly durability?: 'page-cache' | 'fsync';
}

/** What a `SegmentReader` in another thread opens a partition with; survives a structured clone. */
export interface PartitionReaderDescriptor {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  readonly view: SharedArrayBuffer;
}

export class Broker {
  readonly nodeId: number;

  private constructor(options: BrokerOptions) {
    this.nodeId = options.nodeId ?? 1;
  }

  /** Opens the data directory, recovers logs and coordinators, and completes the transactions that were decided. */
  static async open(options: BrokerOptions): Promise<Broker> {
    return new Broker(options);
  }

  get clusterId(): string {
    throw new Error('not there yet');
  }

  /** Lowest and highest version of an API that this broker serves; undefined when it does not serve it. */
  versionsOf(_api: ApiName): readonly [min: number, max: number] | undefined {
    throw new Error('not there yet');
  }

  /**
   * Answers one request; the door of clients in the same process. Missing fields of the request are their defaults, the answer
   * has every field. Null where Kafka sends no answer (produce with acks 0).
   * The `records` of a produce request are changed in place (offsets), those of a fetch answer must not be changed.
   */
  async handle<N extends ApiName>(
    _context: RequestContext,
    _api: N,
    _version: number,
    _body: Input<RequestBody<N>>,
  ): Promise<ResponseBody<N> | null> {
    throw new Error('not there yet');
  }

  /** What another thread needs to read a partition's files itself; undefined when there is no such partition. */
  openReader(_topic: string, _partition: number): PartitionReaderDescriptor | undefined {
    throw new Error('not there yet');
  }

  /** Calls `listener` whenever a high watermark, last stable offset or log start moved. Returns the function that ends it. */
  onPartitionMoved(_listener: (topic: string, partition: number) => void): () => void {
    throw new Error('not there yet');
  }

  /** Ends all waits and closes every log in order. */
  async close(): Promise<void> {}
}
