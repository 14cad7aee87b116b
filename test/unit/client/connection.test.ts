import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Connection } from '../../../src/client/connection.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import type { Listener } from '../../../src/core/network.ts';
import { FrameReader } from '../../../src/wire/frames.ts';
import { decodeRequestBody, decodeRequestHeader, encodeResponse } from '../../../src/wire/codecs.ts';

/** A broker of a few lines: `behaviour` answers each frame. */
let listener: Listener;
let behaviour: (stream: Duplex, frame: Buffer) => void;

const versions = [
  { apiKey: 18, minVersion: 0, maxVersion: 4 },
  { apiKey: 3, minVersion: 0, maxVersion: 9 },
];
const answerVersions = (stream: Duplex, frame: Buffer): boolean => {
  const { apiKey, apiVersion, correlationId } = decodeRequestHeader(frame);
  if (apiKey !== 18) return false;
  for (const chunk of encodeResponse('ApiVersions', apiVersion, correlationId, { apiKeys: versions }))
    stream.write(chunk);
  return true;
};

beforeEach(async () => {
  listener = await nodeNetwork.listen(['127.0.0.1'], 0, ({ stream }) => {
    const frames = new FrameReader(1 << 20);
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      for (const frame of frames.add(chunk)) behaviour(stream, frame);
    });
  });
});
afterEach(() => listener.close());

const open = (requestTimeoutMs = 5000, clock: Clock = systemClock): Promise<Connection> =>
  Connection.open({
    network: nodeNetwork,
    clock,
    host: '127.0.0.1',
    port: listener.port,
    clientId: 'test',
    requestTimeoutMs,
  });

it('speaks the newest version that both know, and answers in order', async () => {
  behaviour = (stream, frame) => {
    if (answerVersions(stream, frame)) return;
    const { apiVersion, correlationId, bodyOffset } = decodeRequestHeader(frame);
    const { topics } = decodeRequestBody('Metadata', apiVersion, frame, bodyOffset);
    const bytes = Buffer.concat(
      encodeResponse('Metadata', apiVersion, correlationId, { clusterId: `v${apiVersion} ${topics?.[0]?.name}` }),
    );
    for (const byte of bytes) stream.write(Buffer.of(byte)); // in the smallest pieces there are
  };
  const connection = await open();
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((name) => connection.request('Metadata', { topics: [{ name }] })),
  );
  expect(answers.map(({ clusterId }) => clusterId)).toEqual(['v9 a', 'v9 b', 'v9 c']);
  await expect(connection.request('Produce', {})).rejects.toMatchObject({ errorName: 'UNSUPPORTED_VERSION' });
  connection.close();
  await expect(connection.request('Metadata', {})).rejects.toMatchObject({ code: 'MILLRACE_UNREACHABLE' });
});

it('falls back to ApiVersions 0 with an older broker', async () => {
  const asked: number[] = [];
  behaviour = (stream, frame) => {
    const { apiVersion, correlationId } = decodeRequestHeader(frame);
    asked.push(apiVersion);
    for (const chunk of encodeResponse(
      'ApiVersions',
      0,
      correlationId,
      apiVersion > 0 ? { errorCode: 35 } : { apiKeys: versions },
    ))
      stream.write(chunk);
  };
  const connection = await open();
  expect(asked).toEqual([3, 0]);
  expect(connection.versionOf('Metadata')).toBe(9);
  connection.close();
});

it('an answer that does not come breaks the connection, and all that wait are told', async () => {
  behaviour = (stream, frame) => void answerVersions(stream, frame);
  const connection = await open(50);
  const results = await Promise.allSettled([connection.request('Metadata', {}), connection.request('Metadata', {})]);
  expect(results).toMatchObject([{ reason: { code: 'MILLRACE_TIMEOUT' } }, { reason: { code: 'MILLRACE_TIMEOUT' } }]);
  expect(connection.isOpen).toBe(false);
});

it('throttle_time_ms: nothing more is written until it is over', async () => {
  const asked: string[] = [];
  behaviour = (stream, frame) => {
    if (answerVersions(stream, frame)) return;
    const { apiVersion, correlationId, bodyOffset } = decodeRequestHeader(frame);
    asked.push(decodeRequestBody('Metadata', apiVersion, frame, bodyOffset).topics?.[0]?.name ?? '');
    const throttleTimeMs = asked.length === 1 ? 7777 : 0;
    for (const chunk of encodeResponse('Metadata', apiVersion, correlationId, { throttleTimeMs })) stream.write(chunk);
  };
  let end = (): void => {};
  const delays: number[] = [];
  const connection = await open(5000, {
    ...systemClock,
    setTimer(fn, delayMs, keepAlive) {
      delays.push(delayMs);
      if (delayMs !== 7777) return systemClock.setTimer(fn, delayMs, keepAlive);
      end = fn;
      return { cancel() {} };
    },
  });
  await connection.request('Metadata', { topics: [{ name: 'a' }] });
  const later = ['b', 'c'].map((name) => connection.request('Metadata', { topics: [{ name }] }));
  await sleep(systemClock, 50);
  expect(asked).toEqual(['a']);
  expect(delays.at(-1)).toBeGreaterThan(5000); // request.timeout.ms begins behind it
  end();
  await Promise.all(later);
  expect(asked).toEqual(['a', 'b', 'c']);
  connection.close();
});

it('garbage, a wrong correlation id, and a hang-up', async () => {
  for (const spoiled of [
    (stream: Duplex): void => void stream.write(Buffer.from('ffffffff00', 'hex')),
    (stream: Duplex): void => void stream.write(Buffer.concat(encodeResponse('Metadata', 9, 999, {}))),
    (stream: Duplex): void => void stream.write(Buffer.from('000000050000000177', 'hex')),
    (stream: Duplex): void => void stream.destroy(),
  ]) {
    behaviour = (stream, frame) => {
      if (!answerVersions(stream, frame)) spoiled(stream);
    };
    const connection = await open();
    await expect(connection.request('Metadata', {})).rejects.toMatchObject({ code: 'MILLRACE_UNREACHABLE' });
    expect(connection.isOpen).toBe(false);
  }
});

it('nobody there: one sentence with the address', async () => {
  const { port } = listener;
  await listener.close();
  await expect(open()).rejects.toMatchObject({
    code: 'MILLRACE_UNREACHABLE',
    message: expect.stringContaining(`Cannot reach Kafka at 127.0.0.1:${port}`),
  });
});
