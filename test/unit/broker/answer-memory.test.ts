/** Memory that answers share, one after the other: whatever becomes of a client, nobody else's answer lies in what its socket still reads. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnswerBlocks, AnswerMemory } from '../../../src/broker/answer-memory.ts';
import { Broker } from '../../../src/broker/broker.ts';
import { pause } from '../../eventually.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../src/broker/listener.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import type { Network, Socket } from '../../../src/core/network.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { decodeResponse, encodeRequest } from '../../../src/wire/codecs.ts';
import { batchSize, decodeRecords, verifyBatch } from '../../../src/wire/record-batch.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { batchOf } from '../storage/fixtures.ts';

const kib = 1024;

describe('the memory of an answer', () => {
  const address = (bytes: Buffer): readonly [ArrayBufferLike, number] => [bytes.buffer, bytes.byteOffset];

  it('lies block by block, without overlaps', () => {
    const memory = new AnswerMemory(new AnswerBlocks());
    const [a, b, c] = [memory.allocate(600 * kib), memory.allocate(424 * kib), memory.allocate(100 * kib)];
    expect(b.buffer).toBe(a.buffer);
    expect(b.byteOffset).toBe(a.byteOffset + a.length);
    expect(c.buffer).not.toBe(a.buffer);
    expect([a, b, c].map(({ length }) => length / kib)).toEqual([600, 424, 100]);
  });

  it('is used again when the answer is out, and not before', () => {
    const pool = new AnswerBlocks();
    const first = new AnswerMemory(pool);
    const block = first.allocate(1024 * kib);
    expect(new AnswerMemory(pool).allocate(1024 * kib).buffer).not.toBe(block.buffer);
    first.release();
    first.release();
    const [second, third] = [new AnswerMemory(pool), new AnswerMemory(pool)];
    expect(address(second.allocate(1024 * kib))).toEqual(address(block));
    expect(third.allocate(1024 * kib).buffer).not.toBe(block.buffer);
  });

  it('is used again by the same answer when that is made anew', () => {
    const memory = new AnswerMemory(new AnswerBlocks());
    const before = [memory.allocate(1024 * kib), memory.allocate(1024 * kib)].map(address);
    memory.rewind();
    expect([memory.allocate(1024 * kib), memory.allocate(1024 * kib)].map(address)).toEqual(before);
  });

  it('is not the pool’s when it is small, or larger than a block', () => {
    const pool = new AnswerBlocks();
    for (const bytes of [0, 61, 16 * kib - 1, 1024 * kib + 1]) {
      const memory = new AnswerMemory(pool);
      const bytesOf = memory.allocate(bytes);
      expect(bytesOf.length).toBe(bytes);
      memory.release();
      expect(new AnswerMemory(pool).allocate(1024 * kib).buffer).not.toBe(bytesOf.buffer);
    }
  });

  it('is kept for the next answers up to a bound', () => {
    const pool = new AnswerBlocks();
    const large = new AnswerMemory(pool);
    const blocks = new Set(Array.from({ length: 50 }, () => large.allocate(1024 * kib).buffer));
    expect(blocks.size).toBe(50);
    large.release();
    const next = Array.from({ length: 50 }, () => pool.take().buffer);
    expect(next.filter((block) => blocks.has(block))).toHaveLength(16);
  });
});

describe('a broker with clients', () => {
  /** Each partition holds its own letter. */
  const letters = ['a', 'b', 'c', 'd'] as const;
  const batches = 8;
  const valueBytes = 100 * kib;
  let broker: Broker;
  let listener: BrokerListener;
  beforeEach(async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    disk.makeDirectorySync('/data');
    const random = seededRandom(2);
    broker = await Broker.open({ disk, clock: systemClock, random, logger: silentLogger, dataDir: '/data' });
    const context = { clientId: 'test', clientHost: '127.0.0.1', endpoint: { host: 'localhost', port: 9092 } };
    await broker.handle(context, 'CreateTopics', 7, {
      topics: [{ name: 'letters', numPartitions: letters.length, replicationFactor: -1 }],
      timeoutMs: 1000,
    });
    for (const [index, letter] of letters.entries()) {
      for (let i = 0; i < batches; i++) {
        const records = batchOf([[letter, letter.repeat(valueBytes)]], { timestamp: systemClock.now() });
        const partitionData = [{ index, records }];
        await broker.handle(context, 'Produce', 9, {
          acks: -1,
          timeoutMs: 1000,
          topicData: [{ name: 'letters', partitionData }],
        });
      }
    }
  });
  afterEach(async () => {
    await listener.close();
    await broker.close();
  });

  function fetchRequest(partition: number): Buffer {
    const wanted = { partition, fetchOffset: 0, partitionMaxBytes: 1024 * kib };
    const topics = [{ topic: 'letters', partitions: [wanted] }];
    const body = { maxWaitMs: 0, minBytes: 1, maxBytes: 50 * 1024 * kib, sessionEpoch: -1, topics };
    return Buffer.concat(encodeRequest('Fetch', 12, { correlationId: 7, clientId: 'test' }, body));
  }

  /** The letter of an answer; throws when not every byte of it is that letter's. */
  function letterOf(answer: Buffer): string {
    const { body } = decodeResponse('Fetch', 12, answer.subarray(4));
    const records = body.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
    const found = new Set<string>();
    let count = 0;
    for (let at = 0; at < records.length; at += batchSize(records, at)) {
      verifyBatch(records, at);
      for (const { key } of decodeRecords(records, at)) found.add(String(key));
      count++;
    }
    expect(count).toBe(batches);
    expect(found.size).toBe(1);
    return [...found].join();
  }

  describe('over sockets whose writes end when the test says so', () => {
    let accept: (socket: Socket) => void;
    const network: Network = {
      ...nodeNetwork,
      listen(_hosts, port, onSocket) {
        accept = onSocket;
        return Promise.resolve({ port, close: () => Promise.resolve() });
      },
    };
    beforeEach(async () => {
      listener = await listenForClients(broker, { network, port: 0 });
    });

    /** A connection that keeps what it is to write, as it is given, until {@link HeldConnection.finish}. */
    class HeldConnection extends Duplex {
      private held: readonly Buffer[] = [];
      private callback: ((error?: Error | null) => void) | undefined;

      constructor() {
        super();
        accept({ stream: this, localAddress: '127.0.0.1', localPort: 1, remoteAddress: '127.0.0.1', remotePort: 2 });
      }
      override _read(): void {}
      override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
        this.held = chunks.map(({ chunk }) => chunk);
        this.callback = callback;
        this.emit('held');
      }
      override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
        callback(error);
      }
      /** Asks for a partition; resolves once the answer is to be written. */
      async ask(partition: number): Promise<void> {
        const held = once(this, 'held');
        this.push(fetchRequest(partition));
        await held;
      }
      /** What the socket would send if it sent it now. */
      get letter(): string {
        return letterOf(Buffer.concat(this.held));
      }
      get block(): ArrayBufferLike | undefined {
        return this.held.find(({ length }) => length > valueBytes)?.buffer;
      }
      async finish(error?: Error): Promise<void> {
        this.callback?.(error);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    /** Answers that others get meanwhile, each in a block of which we know. */
    async function others(): Promise<Set<ArrayBufferLike | undefined>> {
      const blocks = new Set<ArrayBufferLike | undefined>();
      const other = new HeldConnection();
      for (const partition of [1, 2, 3, 1]) {
        await other.ask(partition);
        expect(other.letter).toBe(letters[partition]);
        blocks.add(other.block);
        await other.finish();
      }
      return blocks;
    }

    it('leaves alone what a slow client has not read, and uses it again afterwards', async () => {
      const slow = new HeldConnection();
      await slow.ask(0);
      const { block } = slow;
      expect(await others()).not.toContain(block);
      expect(slow.letter).toBe('a');
      await slow.finish();
      expect(await others()).toContain(block);
    });

    it('leaves alone what a write failed with', async () => {
      const failing = new HeldConnection();
      await failing.ask(0);
      const { block } = failing;
      await failing.finish(new Error('EPIPE'));
      expect(failing.destroyed).toBe(true);
      expect(await others()).not.toContain(block);
      expect(failing.letter).toBe('a');
    });

    it('leaves alone what a connection was closed with, even if its write ends well later', async () => {
      const closed = new HeldConnection();
      await closed.ask(0);
      const { block } = closed;
      closed.destroy();
      await once(closed, 'close');
      expect(await others()).not.toContain(block);
      expect(closed.letter).toBe('a');
      await closed.finish();
      expect(await others()).not.toContain(block);
    });

    it('uses one block for all answers of one client', async () => {
      const client = new HeldConnection();
      const blocks = new Set<ArrayBufferLike | undefined>();
      for (const partition of [0, 1, 2, 3]) {
        await client.ask(partition);
        expect(client.letter).toBe(letters[partition]);
        blocks.add(client.block);
        await client.finish();
      }
      expect(blocks.size).toBe(1);
    });
  });

  it('answers each with its own over real sockets, while some read slowly and some go away in the middle', async () => {
    listener = await listenForClients(broker, { network: nodeNetwork, hosts: ['127.0.0.1'], port: 0 });
    const { port } = listener;
    const client = async (partition: number, fetches: number, pauseMs: number, leave: boolean): Promise<void> => {
      const socket = connect({ port, host: '127.0.0.1' });
      // What is not asked for stays in the socket, and stops the broker's writes.
      const received = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
      for (let i = 0; i < fetches; i++) {
        socket.write(fetchRequest(partition));
        const chunks: Buffer[] = [];
        let bytes = 0;
        let size = Infinity;
        while (bytes < size) {
          const { value: chunk } = await received.next();
          if (chunk === undefined) throw new Error('the broker closed the connection');
          chunks.push(chunk);
          bytes += chunk.length;
          if (size === Infinity) size = chunk.readInt32BE(0) + 4;
          if (leave && bytes > valueBytes) {
            socket.resetAndDestroy();
            return;
          }
          await pause(pauseMs);
        }
        expect(letterOf(Buffer.concat(chunks))).toBe(letters[partition]);
      }
      socket.destroy();
    };
    await Promise.all([
      client(0, 1, 10, false),
      client(1, 2, 5, false),
      ...letters.map((_, partition) => client(partition, 20, 0, false)),
      ...letters.map(async (_, partition) => {
        for (let i = 0; i < 10; i++) await client(partition, 1, 0, true);
      }),
    ]);
  });
});
