/** The same values as Confluent's avro-random-generator (its Java code, with generex 1.0.2) gave for the same schema and seed, re-seeded after each record as Datagen does. */
import { expect, it } from 'vitest';
import { compileGenerator } from '../../../src/connect/datagen/generator.ts';
import { JavaRandom } from '../../../src/connect/datagen/java-random.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';

const everything = {
  type: 'record',
  name: 'r',
  fields: [
    {
      name: 'a',
      type: {
        type: 'string',
        'arg.properties': {
          options: ['Acme', 'Globex', 'Umi'],
        },
      },
    },
    {
      name: 'b',
      type: {
        type: 'int',
        'arg.properties': {
          range: {
            min: 1,
            max: 5,
          },
        },
      },
    },
    {
      name: 'c',
      type: {
        type: 'long',
        'arg.properties': {
          range: {
            min: 1487715775521,
            max: 1519273364600,
          },
        },
      },
    },
    {
      name: 'd',
      type: 'int',
    },
    {
      name: 'e',
      type: 'boolean',
    },
    {
      name: 'f',
      type: 'double',
    },
    {
      name: 'g',
      type: {
        type: 'double',
        'arg.properties': {
          range: {
            min: 0.1,
            max: 10,
          },
        },
      },
    },
    {
      name: 'h',
      type: {
        type: 'long',
        'arg.properties': {
          iteration: {
            start: 5,
            restart: 50,
            step: 7,
          },
        },
      },
    },
    {
      name: 'i',
      type: {
        type: 'double',
        'arg.properties': {
          iteration: {
            start: 0.1,
            step: 0.1,
            restart: 0.75,
          },
        },
      },
    },
    {
      name: 'j',
      type: [
        'null',
        {
          type: 'string',
          'arg.properties': {
            options: ['x', 'y'],
          },
        },
      ],
    },
    {
      name: 'k',
      type: {
        type: 'array',
        items: {
          type: 'int',
          'arg.properties': {
            range: {
              min: 0,
              max: 9,
            },
          },
        },
        'arg.properties': {
          length: {
            min: 1,
            max: 4,
          },
        },
      },
    },
    {
      name: 'l',
      type: {
        type: 'enum',
        name: 'en',
        symbols: ['A', 'B', 'C'],
      },
    },
    {
      name: 'm',
      type: {
        type: 'boolean',
        'arg.properties': {
          odds: 0.3,
        },
      },
    },
    {
      name: 'n',
      type: {
        type: 'string',
        'arg.properties': {
          iteration: {
            start: 9,
            restart: 0,
            step: -2,
          },
          prefix: 'p',
        },
      },
    },
    {
      name: 'o',
      type: {
        type: 'string',
        'arg.properties': {
          regex: 'User_[1-9]',
        },
      },
    },
    {
      name: 'p',
      type: {
        type: 'boolean',
        'arg.properties': {
          iteration: {
            start: true,
          },
        },
      },
    },
  ],
};
const texts = {
  type: 'record',
  name: 'r',
  fields: [
    {
      name: 'a',
      type: {
        type: 'string',
        'arg.properties': {
          regex: 'Item_[1-9][0-9]{0,2}',
        },
      },
    },
    {
      name: 'b',
      type: {
        type: 'string',
        'arg.properties': {
          regex: '[A-Z]{2}\\d{6}[A-Z]',
        },
      },
    },
    {
      name: 'c',
      type: 'string',
    },
    {
      name: 'z',
      type: {
        type: 'string',
        'arg.properties': {
          regex: '[a-z ]{10,15}',
        },
      },
    },
  ],
};

it.each([
  [
    'from the start',
    everything,
    0,
    42n,
    [
      {
        a: 'Umi',
        b: 1,
        c: 1489228624413,
        d: -248792245,
        e: false,
        f: 0.7077105889551186,
        g: 1.0041136494783376,
        h: 5,
        i: 0.1,
        j: null,
        k: [3],
        l: 'C',
        m: false,
        n: 'p9',
        o: 'User_4',
        p: true,
      },
      {
        a: 'Acme',
        b: 1,
        c: 1512786925473,
        d: 1103595733,
        e: false,
        f: 0.24519680789270892,
        g: 4.690516978249213,
        h: 12,
        i: 0.2,
        j: 'x',
        k: [2, 5],
        l: 'B',
        m: true,
        n: 'p7',
        o: 'User_3',
        p: false,
      },
      {
        a: 'Globex',
        b: 1,
        c: 1500279760832,
        d: 1596312448,
        e: true,
        f: 0.9495058023365851,
        g: 6.140453165619042,
        h: 19,
        i: 0.3,
        j: 'x',
        k: [7, 5, 0],
        l: 'B',
        m: true,
        n: 'p5',
        o: 'User_7',
        p: true,
      },
      {
        a: 'Globex',
        b: 4,
        c: 1512819842481,
        d: -269790722,
        e: false,
        f: 0.31029882424317956,
        g: 0.24048628691324536,
        h: 26,
        i: 0.4,
        j: 'x',
        k: [7],
        l: 'C',
        m: false,
        n: 'p3',
        o: 'User_4',
        p: false,
      },
      {
        a: 'Umi',
        b: 3,
        c: 1518865199249,
        d: -2035860534,
        e: false,
        f: 0.6967015255941731,
        g: 1.7326751841910184,
        h: 33,
        i: 0.5,
        j: null,
        k: [3],
        l: 'B',
        m: true,
        n: 'p1',
        o: 'User_9',
        p: true,
      },
    ],
  ],
  [
    'behind 13 records',
    everything,
    13,
    -7n,
    [
      {
        a: 'Globex',
        b: 4,
        c: 1517564378435,
        d: 628894175,
        e: true,
        f: 0.31556721159435286,
        g: 2.0614594482835047,
        h: 6,
        i: 0.1,
        j: 'y',
        k: [1, 5],
        l: 'B',
        m: true,
        n: 'p1',
        o: 'User_5',
        p: false,
      },
      {
        a: 'Acme',
        b: 3,
        c: 1507436449830,
        d: -1558024935,
        e: false,
        f: 0.4604037283194,
        g: 9.300536594476588,
        h: 13,
        i: 0.2,
        j: 'x',
        k: [2],
        l: 'A',
        m: true,
        n: 'p8',
        o: 'User_3',
        p: true,
      },
      {
        a: 'Acme',
        b: 2,
        c: 1489048078415,
        d: -350627896,
        e: false,
        f: 0.18475578525930203,
        g: 0.8602377412140962,
        h: 20,
        i: 0.3,
        j: 'y',
        k: [0],
        l: 'C',
        m: false,
        n: 'p6',
        o: 'User_6',
        p: false,
      },
      {
        a: 'Acme',
        b: 4,
        c: 1496010465808,
        d: 960825487,
        e: true,
        f: 0.5984128930043939,
        g: 9.948892853224944,
        h: 27,
        i: 0.4,
        j: 'x',
        k: [4, 3],
        l: 'A',
        m: true,
        n: 'p4',
        o: 'User_2',
        p: true,
      },
      {
        a: 'Globex',
        b: 1,
        c: 1495042119093,
        d: -1106621473,
        e: true,
        f: 0.1379804585372153,
        g: 6.325891594559689,
        h: 34,
        i: 0.5,
        j: null,
        k: [5],
        l: 'A',
        m: false,
        n: 'p2',
        o: 'User_4',
        p: false,
      },
    ],
  ],
  [
    'texts',
    texts,
    0,
    5n,
    [
      { a: 'Item_485', b: 'PR627029Y', c: '\u0007K>A?\tF\u0005+', z: 'o     j   ' },
      { a: 'Item_529', b: 'XP191839T', c: '\u0016?2l(|\u0016K', z: '   ue  armh' },
      { a: 'Item_693', b: 'NS954418F', c: 'U)xd\u0014oe"\u001b\f)\u001d\u001d', z: ' jp b i e  i' },
      { a: 'Item_569', b: 'OV338917X', c: '\u0018LN)1\u000e\u0019l\u000bDvIu\u0010\u0010', z: '  eqe  fcz' },
      { a: 'Item_281', b: 'EI742484G', c: '}1\u0017,\r))<@#g^X', z: ' a   fh    ' },
      { a: 'Item_828', b: 'JN004826J', c: '\u0003FT\rH$`\u0006^]RVM\u0018', z: 'w b si    ' },
      { a: 'Item_673', b: 'PO835241N', c: '\u001e3nnw\tM\u001cI\u000eL\u0003', z: 'f m snd ji' },
      { a: 'Item_327', b: 'RH985460Q', c: '%jV1R\u00140r', z: '   wg dcuk' },
    ],
  ],
])('%s', (_name, schema, generated, seed, expected) => {
  const random = new JavaRandom();
  random.setSeed(seed);
  const readFile = (): Buffer => Buffer.alloc(0);
  const next = compileGenerator(parseAvroSchema(JSON.stringify(schema)), { generated, readFile });
  const values = expected.map(() => {
    const value = next(random);
    random.reseed();
    return value;
  });
  expect(values).toEqual(expected);
});
