/** The producer of inserted rows: opened with the first one, shared by all. */
import type { Acknowledgement, KafkaClient, OutgoingRecord, Producer } from '../../client/kafka-client.ts';

export class Inserts {
  readonly #kafka: KafkaClient;
  #producer: Promise<Producer> | undefined;

  constructor(kafka: KafkaClient) {
    this.#kafka = kafka;
  }

  /** Resolves once acknowledged. */
  async send(record: OutgoingRecord): Promise<Acknowledgement> {
    this.#producer ??= this.#kafka.producer();
    try {
      return await (await this.#producer).send(record);
    } catch (error) {
      this.#producer = undefined; // the next one starts anew
      throw error;
    }
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined);
    await producer?.close();
  }
}
