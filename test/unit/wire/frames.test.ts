import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader } from '../../../src/wire/frames.ts';

const framed = (body: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
};

it('cuts frames out of any pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (bodies, sizes) => {
        const bytes = Buffer.concat(bodies.map(framed));
        const reader = new FrameReader(40);
        const found: string[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          // Each piece in memory of its own, overwritten behind the call: a frame that is not whole yet must not lie in it.
          const piece = Buffer.from(bytes.subarray(at, at + (sizes[i % sizes.length] ?? 1)));
          for (const frame of reader.add(piece)) found.push(frame.toString('hex'));
          piece.fill(0xee);
          at += piece.length;
        }
        expect(found).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
      },
    ),
  );
});

it('a length that cannot be one ends the stream', () => {
  for (const length of ['80000000', '00000029', 'ffffffff'])
    expect(() => [...new FrameReader(40).add(Buffer.from(length, 'hex'))]).toThrow('a frame of');
  const reader = new FrameReader(40);
  expect([...reader.add(Buffer.from('0000', 'hex'))]).toEqual([]);
  expect(() => [...reader.add(Buffer.from('0029', 'hex'))]).toThrow('a frame of 41 bytes');
});
