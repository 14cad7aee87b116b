/**
 * What no client should send, over a real socket: it is answered as Apache Kafka answers it (rows `connection/…` and `produce/…` of
 * the golden behaviours), it ends no connection but its own, and a producer beside it goes on.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../src/broker/listener.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { decodeResponse, encodeRequest } from '../../../src/wire/codecs.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../../../src/wire/codecs.ts';
import { errorCode } from '../../../src/wire/error-codes.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';

let folder = '';
let broker: Broker;
let listener: BrokerListener;
let neighbour: Connection;
let acknowledged = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-bad-input-'));
  broker = await Broker.open({
    ...{ disk: nodeDisk, clock: systemClock, random: systemRandom, logger: silentLogger },
    dataDir: folder,
  });
  listener = await listenForClients(broker, { network: nodeNetwork, port: 0 });
  neighbour = await Connection.open();
  const topics = ['good', 'bad'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
  await neighbour.ask('CreateTopics', 7, { topics, timeoutMs: 1000 });
});
afterAll(async () => {
  neighbour?.close();
  await listener?.close();
  await broker?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The producer beside goes on on its connection, and nothing of what it wrote is lost. */
afterEach(async () => {
  const answer = await produce(neighbour, 'good', batchOf(Buffer.from('good')));
  expect(answer).toMatchObject({ errorCode: 0, baseOffset: acknowledged });
  acknowledged++;
});

const closing: readonly (readonly [string, Buffer])[] = [
  ['an unknown API key', header(999, 0)],
  ['a version that is not served', header(3, 99)],
  ['a version that is gone since 4.0', header(0, 2)],
  ['a body that ends too early', Buffer.concat([header(3, 1), Buffer.from([0, 0, 0, 3])])],
  ['a string that is longer than its frame', Buffer.from([0, 3, 0, 9, 0, 0, 0, 1, 0x7f, 0xff, 1])],
  ['an array of two thousand million entries', Buffer.concat([header(3, 1), Buffer.from([0x7f, 0xff, 0xff, 0xff])])],
  ['a header that ends too early', Buffer.from([0, 18, 0])],
  ['an empty frame', Buffer.alloc(0)],
];
for (const [what, frame] of closing) {
  it(`${what} ends the connection`, async () => {
    const connection = await Connection.open();
    connection.write(framed(frame));
    expect(await connection.next()).toBe('closed');
  });
}

const lengths: readonly (readonly [string, number])[] = [
  ['two gigabytes', 0x7fffffff],
  ['one byte more than socket.request.max.bytes', 104_857_601],
  ['minus one', -1],
];
for (const [what, length] of lengths) {
  it(`a length of ${what} ends the connection at once`, async () => {
    const connection = await Connection.open();
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(length);
    connection.write(bytes);
    expect(await connection.next()).toBe('closed');
  });
}

it('random bytes, whole frames of them, end the connection', async () => {
  for (let i = 0; i < 50; i++) {
    const connection = await Connection.open();
    const bytes = Buffer.from(systemRandom.bytes(200));
    bytes.writeInt16BE(i % 76); // keys that exist: the bodies are read
    bytes.writeInt16BE(i % 4, 2);
    connection.write(framed(bytes));
    connection.end();
    // Some happen to be requests: then there is an answer before the end.
    for (let answers = 0; (await connection.next()) !== 'closed'; answers++) expect(answers).toBeLessThan(2);
  }
});

it('requests before the bad one are answered', async () => {
  const connection = await Connection.open();
  connection.write(Buffer.concat([...encodeRequest('ApiVersions', 0, ids(), {}), framed(header(999, 0))]));
  expect(await connection.next()).toBeInstanceOf(Buffer);
  expect(await connection.next()).toBe('closed');
});

it('ApiVersions of an unknown version is answered in version 0, and the connection goes on', async () => {
  const connection = await Connection.open();
  connection.write(framed(Buffer.concat([header(18, 99), Buffer.from([0])])));
  const answer = await connection.next();
  if (answer === 'closed') throw new Error('closed');
  expect(decodeResponse('ApiVersions', 0, answer).body).toMatchObject({ errorCode: errorCode('UNSUPPORTED_VERSION') });
  expect((await connection.ask('ApiVersions', 3, softwareName)).errorCode).toBe(0);
  connection.close();
});

it('half a request waits for its other half; the end of the stream ends it', async () => {
  const whole = Buffer.concat([...encodeRequest('ApiVersions', 3, ids(), softwareName)]);
  const patient = await Connection.open();
  const gone = await Connection.open();
  patient.write(whole.subarray(0, 9));
  gone.write(whole.subarray(0, 9));
  gone.end();
  expect(await gone.next()).toBe('closed');
  patient.write(whole.subarray(9));
  expect(await patient.next()).toBeInstanceOf(Buffer);
  patient.close();
});

it('a client that is gone while its fetch waits holds nothing up', async () => {
  for (let i = 0; i < 20; i++) {
    const connection = await Connection.open();
    const partitions = [{ partition: 0, fetchOffset: acknowledged, partitionMaxBytes: 1 << 20 }];
    const topics = [{ topic: 'good', partitions }];
    for (const part of encodeRequest('Fetch', 12, ids(), { maxWaitMs: 60_000, minBytes: 1, topics }))
      connection.write(part);
    connection.close();
  }
});

const badRecords: readonly (readonly [string, () => Buffer, string])[] = [
  ['a checksum that is wrong', () => changed(batchOf(Buffer.from('x')), 17), 'CORRUPT_MESSAGE'],
  ['a value that was changed on the way', () => changed(batchOf(Buffer.from('xyz')), -2), 'CORRUPT_MESSAGE'],
  ['the magic of messages before 0.11', () => withMagic(1), 'INVALID_RECORD'],
  ['a magic that there is not', () => withMagic(7), 'CORRUPT_MESSAGE'],
  ['a record larger than max.message.bytes', () => batchOf(Buffer.alloc(1_048_588)), 'MESSAGE_TOO_LARGE'],
  ['a batch that is cut off', () => batchOf(Buffer.from('abc')).subarray(0, 65), 'INVALID_RECORD'],
  ['bytes that are no batch', () => Buffer.from(new Uint8Array(100).fill(1)), 'INVALID_RECORD'],
];
for (const [what, records, name] of badRecords) {
  it(`${what} is refused with ${name}, and the connection goes on`, async () => {
    const connection = await Connection.open();
    expect(await produce(connection, 'bad', records())).toMatchObject({ errorCode: errorCode(name as never) });
    expect(await endOffset(connection, 'bad')).toBe(0);
    connection.close();
  });
}

const softwareName = { clientSoftwareName: 'test', clientSoftwareVersion: '1' };

function ids(): { correlationId: number; clientId: string } {
  return { correlationId: 77, clientId: 'test' };
}

function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** A request header of version 1: key, version, correlation id 77, client id "t". */
function header(key: number, version: number): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, 0, 0, 0, 77, 0, 1, 0x74]);
  bytes.writeInt16BE(key);
  bytes.writeInt16BE(version, 2);
  return bytes;
}

function batchOf(value: Buffer): Buffer {
  const builder = new RecordBatchBuilder();
  builder.append(systemClock.now(), null, value);
  return builder.build({});
}

function changed(batch: Buffer, at: number): Buffer {
  const copy = Buffer.from(batch);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x55;
  return copy;
}

function withMagic(magic: number): Buffer {
  const copy = Buffer.from(batchOf(Buffer.from('old')));
  copy[16] = magic;
  return copy;
}

type PartitionAnswer = ResponseBody<'Produce'>['responses'][number]['partitionResponses'][number];

async function produce(connection: Connection, name: string, records: Buffer): Promise<PartitionAnswer | undefined> {
  const topicData = [{ name, partitionData: [{ index: 0, records }] }];
  const answer = await connection.ask('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 5000, topicData });
  return answer.responses[0]?.partitionResponses[0];
}

async function endOffset(connection: Connection, name: string): Promise<number> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }];
  const answer = await connection.ask('ListOffsets', 7, { replicaId: -1, topics });
  return Number(answer.topics[0]?.partitions[0]?.offset);
}

/** A connection that lets everything be written. */
class Connection {
  private readonly socket: Socket;
  private received: Buffer = Buffer.alloc(0);
  private closed = false;
  private wake = (): void => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  static async open(): Promise<Connection> {
    const socket = connect({ port: listener.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  end(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  /** The next frame without its length, or that the broker has ended the connection. */
  async next(): Promise<Buffer | 'closed'> {
    for (;;) {
      const end = this.received.length < 4 ? Infinity : 4 + this.received.readInt32BE(0);
      if (this.received.length >= end) {
        const frame = this.received.subarray(4, end);
        this.received = this.received.subarray(end);
        return frame;
      }
      if (this.closed) return 'closed';
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async ask<N extends ApiName>(api: N, version: number, body: Input<RequestBody<N>>): Promise<ResponseBody<N>> {
    for (const part of encodeRequest(api, version, ids(), body)) this.write(part);
    const answer = await this.next();
    if (answer === 'closed') throw new Error(`the broker has closed the connection on ${api}`);
    return decodeResponse(api, version, answer).body as ResponseBody<N>;
  }
}
