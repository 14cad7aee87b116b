/** The seeds of a simulation: 1 to `count`, or what the environment variable says: one (`17`) by NAME_SEED, many (`500` or `501-1000`) by NAME_SEEDS. */
export function seedsFor(name: string, count: number): readonly number[] {
  const only = process.env[`${name}_SEED`];
  const [first = '1', last] = (only ?? process.env[`${name}_SEEDS`] ?? `1-${count}`).split('-');
  const from = last === undefined && only === undefined ? 1 : Number(first);
  const to = Number(last ?? first);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
