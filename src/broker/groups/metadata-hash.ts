/** What a consumer group knows of its topics, as one number: when it changes, partitions are assigned anew. Kafka's number, bit by bit. */
import type { Catalog, Topic } from '../metadata/catalog.ts';
import { xxh3 } from './xxh3.ts';

export class MetadataHash {
  private readonly catalog: Catalog;
  /** Of the one broker, for each partition. */
  private readonly rack: string | null;
  /** By topic id, with the number of partitions that the hash is of. */
  private readonly topics = new Map<string, { readonly partitions: number; readonly hash: bigint }>();

  constructor(catalog: Catalog, rack: string | null) {
    this.catalog = catalog;
    this.rack = rack;
  }

  /** Of those of the topics that exist; 0 when there are none. */
  of(names: Iterable<string>): bigint {
    const topics = [...names]
      .sort()
      .map((name) => this.catalog.topic(name))
      .filter((topic) => topic !== undefined);
    if (topics.length === 0) return 0n;
    const hashes = Buffer.alloc(topics.length * 8);
    for (const [i, topic] of topics.entries()) hashes.writeBigInt64LE(this.ofTopic(topic), i * 8);
    return xxh3(hashes);
  }

  private ofTopic(topic: Topic): bigint {
    const partitions = topic.partitions.length;
    const known = this.topics.get(topic.id);
    if (known?.partitions === partitions) return known.hash;
    // A byte for the version of this layout, then the id as two numbers with their lowest byte first.
    const id = Buffer.from(topic.id, 'base64url');
    const chunks: Buffer[] = [Buffer.of(0), reversed(id.subarray(0, 8)), reversed(id.subarray(8))];
    chunks.push(text(topic.name), int(partitions));
    for (let i = 0; i < partitions; i++) {
      chunks.push(int(i));
      if (this.rack !== null) chunks.push(int(this.rack.length), text(this.rack));
    }
    const hash = xxh3(Buffer.concat(chunks));
    this.topics.set(topic.id, { partitions, hash });
    return hash;
  }

  forget(topicId: string): void {
    this.topics.delete(topicId);
  }
}

/** The characters in UTF-16, then how many they are. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value, 'utf16le'), int(value.length)]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function reversed(bytes: Buffer): Buffer {
  return Buffer.from(bytes).reverse();
}
