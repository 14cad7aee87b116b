/** Ids for producers: each is given once, ever. They are reserved in the metadata log by the thousand, as Kafka's controller does. */
import type { Catalog } from '../metadata/catalog.ts';
import type { Metadata } from '../services.ts';

const blockSize = 1000;

export class ProducerIds {
  private readonly catalog: Catalog;
  private readonly metadata: Metadata;
  private readonly nodeId: number;
  private next = 0;
  private end = 0;

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
    }
    return this.next++;
  }

  /** Resolves once ids that were taken may be told. */
  whenDurable(): Promise<void> {
    return this.metadata.whenDurable();
  }
}
