/** How far each source partition of each connector has got: the `offset.storage.topic`. */
import type { KafkaClient, Producer } from '../../client/kafka-client.ts';
import { parseJsonText, printJsonText } from '../data/json-text.ts';
import type { Json, JsonObject } from '../data/json-text.ts';
import { CompactedTopic } from './compacted-topic.ts';
import type { CompactedTopicOptions } from './compacted-topic.ts';

export interface StoredOffset {
  readonly partition: Json;
  readonly offset: JsonObject;
}

export class OffsetStore {
  private topic: CompactedTopic | undefined;
  /** Connector → key as it is in the topic → offset. */
  private readonly offsets = new Map<string, Map<string, StoredOffset>>();

  static async open(kafka: KafkaClient, producer: Producer, options: CompactedTopicOptions): Promise<OffsetStore> {
    const store = new OffsetStore();
    store.topic = await CompactedTopic.open(kafka, producer, options, (key, value) => store.apply(key, value));
    return store;
  }

  of(connector: string): StoredOffset[] {
    // What was stored for no partition at all is nobody's.
    return [...(this.offsets.get(connector)?.values() ?? [])].filter(({ partition }) => partition !== null);
  }

  get(connector: string, partition: Json): JsonObject | undefined {
    return this.offsets.get(connector)?.get(keyOf(connector, partition))?.offset;
  }

  /** Null forgets the partition. */
  async put(connector: string, partition: Json, offset: JsonObject | null): Promise<void> {
    const key = keyOf(connector, partition);
    const value = offset === null ? null : printJsonText(offset);
    await this.topic?.write(key, value);
    this.apply(key, value);
  }

  private apply(key: string, value: string | null): void {
    let parsed: Json;
    let offset: Json;
    try {
      parsed = parseJsonText(key);
      offset = value === null ? null : parseJsonText(value);
    } catch {
      return; // nobody's record: a worker skips it
    }
    if (!Array.isArray(parsed) || parsed.length !== 2) return;
    const [connector, partition] = parsed as readonly Json[];
    if (typeof connector !== 'string' || partition === undefined) return;
    let known = this.offsets.get(connector);
    if (offset instanceof Map) {
      if (known === undefined) {
        known = new Map();
        this.offsets.set(connector, known);
      }
      known.set(key, { partition, offset: offset as JsonObject });
    } else known?.delete(key);
  }
}

function keyOf(connector: string, partition: Json): string {
  return printJsonText([connector, partition]);
}
