/**
 * Ids for producers: each is given once, ever. They are reserved in the metadata log by the thousand, as Kafka's controller does, and
 * told only when that is on the disk, whatever the policy: an id that a loss of power lets come twice would meet the sequence numbers
 * of its first owner in the partitions, and be taken for it.
 */
import type { Catalog } from '../metadata/catalog.ts';
import type { Metadata } from '../services.ts';

const blockSize = 1000;

export class ProducerIds {
  private readonly catalog: Catalog;
  private readonly metadata: Metadata;
  private readonly nodeId: number;
  private next = 0;
  private end = 0;
  /** The sync of the last block; undefined once it is done. */
  private reserving: Promise<void> | undefined;

  constructor(options: { readonly catalog: Catalog; readonly metadata: Metadata; readonly nodeId: number }) {
    this.catalog = options.catalog;
    this.metadata = options.metadata;
    this.nodeId = options.nodeId;
  }

  /** A new id. What is left of a block when the broker ends is never given. */
  take(): number {
    if (this.next === this.end) {
      const start = this.catalog.nextProducerId;
      this.metadata.change([
        {
          name: 'ProducerIdsRecord',
          body: { brokerId: this.nodeId, brokerEpoch: 0, nextProducerId: start + blockSize },
        },
      ]);
      this.next = start;
      this.end = start + blockSize;
      const reserving = this.metadata.sync().then(() => {
        if (this.reserving === reserving) this.reserving = undefined;
      });
      reserving.catch(() => {}); // those who took an id are told
      this.reserving = reserving;
    }
    return this.next++;
  }

  /** What has to be awaited before ids that were taken may be told; undefined when nothing has. Rejects when the disk fails. */
  whenDurable(): Promise<void> | undefined {
    return this.reserving;
  }
}
