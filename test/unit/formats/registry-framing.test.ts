import { expect, it } from 'vitest';
import { frameWithSchemaId, readSchemaFraming } from '../../../src/formats/registry-framing.ts';

it('puts the id in front', () => {
  const framed = frameWithSchemaId(258, Buffer.from('abc'));
  expect(framed.toString('hex')).toBe('0000000102616263');
  const { identity, payload } = readSchemaFraming(framed);
  expect(identity).toEqual({ id: 258 });
  expect(payload.toString()).toBe('abc');
});

it('reads id or guid from a header, with nothing in front of the bytes', () => {
  const bytes = Buffer.from('abc');
  expect(readSchemaFraming(bytes, Buffer.from('0000000007', 'hex')).identity).toEqual({ id: 7 });
  const guid = readSchemaFraming(bytes, Buffer.from('0189791762233647869f4c5f1a2b3c4d5e', 'hex'));
  expect(guid.identity).toEqual({ guid: '89791762-2336-4786-9f4c-5f1a2b3c4d5e' });
  expect(guid.payload.toString()).toBe('abc');
  expect(readSchemaFraming(frameWithSchemaId(1, bytes), null).identity).toEqual({ id: 1 });
});

it('says what is wrong with other bytes', () => {
  for (const bytes of ['', '00', '01000000016162', '7b7d'])
    expect(() => readSchemaFraming(Buffer.from(bytes, 'hex'))).toThrow(
      /^Unknown magic byte! The bytes do not begin with 0 and a schema id: /,
    );
  expect(() => readSchemaFraming(Buffer.from('abc'), Buffer.from('02', 'hex'))).toThrow('header of unknown form');
});
