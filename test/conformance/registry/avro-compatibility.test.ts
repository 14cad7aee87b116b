/** Our findings between Avro schemas, judged by Apache Avro's own checker (the Python port of the Java class that the registry uses). */
import { expect, it } from 'vitest';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import { incompatibilities } from '../../../src/formats/avro/compatibility.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';
import { confluentKafka, describePeer } from '../../peers.ts';

const program = `
import json, sys
import avro.schema
from avro.compatibility import ReaderWriterCompatibilityChecker
for line in sys.argv[1].split('\\n'):
    reader, writer = json.loads(line)
    result = ReaderWriterCompatibilityChecker().get_compatibility(avro.schema.parse(json.dumps(reader)), avro.schema.parse(json.dumps(writer)))
    print(json.dumps([[i.value.upper() for i in result.incompatibilities], sorted(result.locations)]))
`;

const pairs = 400;
const seed = Number(process.env['MILLRACE_SEED'] ?? 0);
const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];

/** Sorted, without the root, which the port adds now and then. */
function places(all: readonly string[]): string[] {
  return [...new Set(all)].filter((path) => path !== '/').sort();
}

/** Two schemas that are mostly alike. */
function pair(seed: number): [unknown, unknown] {
  const shape = seededRandom(seed);
  const one = (): unknown => {
    // The same numbers for both, but for a few.
    const same = seededRandom(seed);
    let names = 0;
    const below = (bound: number): number =>
      shape.float() < 0.08 ? randomBelow(shape, bound) : randomBelow(same, bound);
    const primitive = (): unknown => primitives[below(primitives.length)];
    const schema = (depth: number): unknown => {
      const kind = depth > 3 ? 0 : below(9);
      if (kind < 3) return primitive();
      if (kind === 3) return { type: 'array', items: schema(depth + 1) };
      if (kind === 4) return { type: 'map', values: schema(depth + 1) };
      if (kind === 5) {
        const symbols = ['A', 'B', 'C'].slice(0, 1 + below(3));
        return { type: 'enum', name: `E${names++}`, symbols, ...(below(3) === 0 ? { default: 'A' } : {}) };
      }
      if (kind === 6) return { type: 'fixed', name: `F${names++}`, size: 1 + below(2) };
      if (kind === 7) {
        const branches = primitives.filter((_, i) => (below(256) >> (i % 8)) & 1);
        return branches.length > 0 ? branches : ['null', 'int'];
      }
      const fields = ['a', 'b', 'c'].slice(0, 1 + below(3)).map((name) => {
        const type = below(4) === 0 ? 'int' : schema(depth + 1);
        return { name, type, ...(type === 'int' && below(2) === 0 ? { default: 0 } : {}) };
      });
      return { type: 'record', name: `R${names++}`, fields };
    };
    return schema(0);
  };
  return [one(), one()];
}

/** Shapes that a generator of trees does not make. */
const special: [unknown, unknown][] = [
  ['int', ['null', 'int']],
  [
    { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] },
    { type: 'record', name: 'R', fields: [{ name: 'a', type: ['null', 'int', 'string'] }] },
  ],
  [
    {
      type: 'record',
      name: 'L',
      fields: [
        { name: 'v', type: 'int' },
        { name: 'n', type: ['null', 'L'] },
      ],
    },
    {
      type: 'record',
      name: 'L',
      fields: [
        { name: 'v', type: 'long' },
        { name: 'n', type: ['null', 'L'] },
      ],
    },
  ],
  [
    {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'x', type: { type: 'fixed', name: 'F', size: 1 } },
        { name: 'y', type: 'F' },
      ],
    },
    {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'x', type: { type: 'fixed', name: 'F', size: 2 } },
        { name: 'y', type: 'F' },
      ],
    },
  ],
  [
    {
      type: 'record',
      name: 'R',
      fields: [{ name: 'e', type: { type: 'enum', name: 'E', symbols: ['A'], default: 'A' } }],
    },
    { type: 'record', name: 'R', fields: [] },
  ],
];

describePeer('confluent-kafka', 'Apache Avro’s compatibility checker', () => {
  it('finds the same', { timeout: 60_000 }, async () => {
    const all = [...special, ...Array.from({ length: pairs }, (_, i) => pair(seed + i))];
    const { stdout, stderr, code } = await confluentKafka(program, all.map((one) => JSON.stringify(one)).join('\n'));
    expect([code, stderr]).toEqual([0, '']);
    const theirs = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string[], string[]]);
    const wrong = all.flatMap(([reader, writer], i) => {
      const found = incompatibilities(parseAvroSchema(JSON.stringify(reader)), parseAvroSchema(JSON.stringify(writer)));
      const ours = [found.map(({ type }) => type), places(found.map(({ path }) => path))];
      const [types, locations] = theirs[i] ?? [[], []];
      return JSON.stringify(ours) === JSON.stringify([types, places(locations)])
        ? []
        : [{ reader: JSON.stringify(reader), writer: JSON.stringify(writer), ours, theirs: theirs[i] }];
    });
    expect(theirs.filter(([types]) => types.length > 0).length).toBeGreaterThan(50);
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
