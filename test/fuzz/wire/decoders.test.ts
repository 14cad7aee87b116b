/** Any bytes: a decoder answers or refuses with one of our errors; it never hangs, and never throws anything else. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { apis } from '../../../src/wire/apis.ts';
import { decodeRequestBody, decodeRequestHeader, encodeRequest } from '../../../src/wire/codecs.ts';
import type { ApiName } from '../../../src/wire/codecs.ts';
import { compress, compressionCodecs, decompress, prepareCompression } from '../../../src/wire/compression.ts';
import { decodeMessageSet } from '../../../src/wire/message-set.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import { batchSize, decodeRecords, verifyBatch } from '../../../src/wire/record-batch.ts';

const names = Object.keys(apis) as ApiName[];
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));

function refusesOrAnswers(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(StackError);
  }
}

it('request bodies of every API', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(20), bytes, (name, step, body) => {
      const { minVersion, maxVersion } = apis[name];
      refusesOrAnswers(() => decodeRequestBody(name, minVersion + (step % (maxVersion - minVersion + 1)), body, 0));
    }),
    { numRuns: 5000 },
  );
});

it('request headers', () => {
  fc.assert(fc.property(bytes, (body) => refusesOrAnswers(() => decodeRequestHeader(body))));
});

it('a request cut anywhere', () => {
  const frame = Buffer.concat(
    encodeRequest(
      'CreateTopics',
      7,
      { correlationId: 1, clientId: 'c' },
      { topics: [{ name: 't', numPartitions: 3, configs: [{ name: 'a', value: 'b' }] }] },
    ),
  ).subarray(4);
  const { bodyOffset } = decodeRequestHeader(frame);
  for (let end = bodyOffset; end < frame.length; end++) {
    expect(() => decodeRequestBody('CreateTopics', 7, frame.subarray(0, end), bodyOffset)).toThrow(StackError);
  }
});

it('record batches with a byte changed, and message sets', () => {
  const builder = new RecordBatchBuilder();
  for (let i = 0; i < 5; i++)
    builder.append(1_700_000_000_000 + i, Buffer.from(`k${i}`), Buffer.from('value'), [{ key: 'h', value: null }]);
  const batch = builder.build();
  fc.assert(
    fc.property(fc.nat(batch.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const spoiled = Buffer.from(batch);
      spoiled[at] = (spoiled[at] ?? 0) ^ change;
      // Only base offset and leader epoch lie outside the checksum; the length and the magic have checks of their own.
      if (at >= 8 && (at < 12 || at >= 16)) expect(() => verifyBatch(spoiled)).toThrow(StackError);
      if (batchSize(spoiled) === spoiled.length) refusesOrAnswers(() => decodeRecords(spoiled));
    }),
    { numRuns: 2000 },
  );
  fc.assert(fc.property(bytes, (body) => refusesOrAnswers(() => decodeMessageSet(body))));
});

it('every compression: round trips, any bytes, and content over the limit', async () => {
  for (const codec of compressionCodecs) {
    await prepareCompression(codec);
    fc.assert(
      fc.property(bytes, (body) => decompress(codec, compress(codec, body)).equals(body)),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(bytes, (body) => {
        refusesOrAnswers(() => decompress(codec, body));
      }),
      { numRuns: 300 },
    );
    const bomb = compress(codec, Buffer.alloc(4 << 20));
    expect(() => decompress(codec, bomb, 1 << 20)).toThrow(/larger than|do not decompress/);
    expect(decompress(codec, bomb).length).toBe(4 << 20);
  }
});
