/** The table functions: one value in, any number of rows out. */
import type { TableFunction } from './declaration.ts';
import { overload } from './declaration.ts';

export const tableFunctions: readonly TableFunction[] = [
  {
    kind: 'table',
    name: 'explode',
    category: 'TABLE',
    description: 'A row for each element of an array.',
    overloads: [
      overload(
        '(input: ARRAY<DECIMAL>) DECIMAL',
        { call: (list: unknown[]) => list },
        {
          returns: ([type]) => (type?.kind === 'ARRAY' ? type.element : { kind: 'STRING' }),
        },
      ),
      overload('(list: ARRAY<T>) T', { call: (list: unknown[]) => list }),
    ],
  },
  {
    kind: 'table',
    name: 'cube_explode',
    category: 'TABLE',
    description: 'A row for each combination of the elements of an array with nulls: the groups of a cube.',
    overloads: [overload('(columns: ARRAY<T>) ARRAY<T>', { call: cube })],
  },
];

/** Each column more doubles the rows. */
const cubeColumnsMax = 20;

/** All combinations, from all nulls to the array itself; an element that is null stays one. */
function cube(list: readonly unknown[]): unknown[][] {
  if (list.length > cubeColumnsMax)
    throw new RangeError(
      `CUBE_EXPLODE input size (${list.length}) exceeds the maximum of ${cubeColumnsMax} columns. The output cardinality is 2^N rows and would exhaust server memory.`,
    );
  const positions = list.flatMap((value, i) => (value === null ? [] : [i]));
  return Array.from({ length: 2 ** positions.length }, (_, bits) =>
    list.map((value, i) => {
      const bit = positions.length - 1 - positions.indexOf(i);
      return value !== null && ((bits >> bit) & 1) === 1 ? value : null;
    }),
  );
}
