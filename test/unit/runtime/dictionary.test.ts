import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteDictionary } from '../../../src/runtime/state/dictionary.ts';

test('gives equal bytes one id, wherever they lie', () => {
  const keys = fc.array(fc.oneof(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 40 })), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(keys, fc.nat({ max: 9 }), (list, behind) => {
      const dictionary = new ByteDictionary();
      const ids = new Map<string, number>();
      for (const key of [...list, ...list]) {
        const text = Buffer.from(key).toString('hex');
        // In the middle of a buffer, with other bytes around it, or close to its end.
        const buffer = Buffer.concat([Buffer.of(1, 2, 3), key, Buffer.alloc(behind, 0xee)]);
        const known = ids.get(text);
        expect(dictionary.find(buffer, 3, key.length)).toBe(known ?? -1);
        const id = dictionary.id(buffer, 3, key.length);
        expect(id).toBe(known ?? ids.size);
        ids.set(text, id);
        expect(dictionary.bytes(id).toString('hex')).toBe(text);
      }
      expect(dictionary.size).toBe(ids.size);
      dictionary.clear();
      expect(dictionary.find(Buffer.alloc(16), 0, 3)).toBe(-1);
    }),
  );
});

test('takes many keys', () => {
  const dictionary = new ByteDictionary();
  const keys = Array.from({ length: 50_000 }, (_, i) => Buffer.from(i % 2 === 0 ? `${i}` : `a longer key ${i}`));
  keys.forEach((key, i) => expect(dictionary.id(key, 0, key.length)).toBe(i));
  keys.forEach((key, i) => expect(dictionary.find(key, 0, key.length)).toBe(i));
});
