import { expect, it } from 'vitest';
import { JavaRandom, longOfHalves } from '../../../src/connect/datagen/java-random.ts';

it('gives what java.util.Random gives for a seed', () => {
  const random = new JavaRandom();
  random.setSeed(42n);
  // Printed by a Java program (OpenJDK 17) that makes the same calls.
  expect([random.next32(), random.next32(), random.next32()]).toEqual([-1170105035, 234785527, -1360544799]);
  expect([random.nextInt(3), random.nextInt(3), random.nextInt(3)]).toEqual([2, 0, 1]);
  expect([random.nextInt(8), random.nextInt(8), random.nextInt(8)]).toEqual([2, 5, 5]);
  expect([random.nextLong(), random.nextLong()]).toEqual([1684641590762760125n, 8324226458996739737n]);
  expect(random.nextBoolean()).toBe(false);
  expect(random.nextFloat()).toBe(Math.fround(0.275748));
  expect(random.nextDouble()).toBe(0.6904257605024213);
  const bytes = Buffer.alloc(6);
  random.nextBytes(bytes);
  expect([...new Int8Array(bytes)]).toEqual([84, 87, 24, -61, 15, 64]);
  const reseeded = Array.from({ length: 5 }, () => {
    random.reseed();
    return [longOfHalves(random.seedUpper, random.seedLower), random.next32()];
  });
  expect(reseeded).toEqual([
    [-33599001222115087n, -900072998],
    [5571201166761356509n, -254710814],
    [2918971488225592276n, -719745812],
    [7218365815133112118n, -1402074624],
    [-6118799974485661358n, 1186536189],
  ]);
  expect([
    random.nextInt(2 ** 30),
    random.nextInt(1431655766),
    random.nextInt(2 ** 30),
    random.nextInt(1431655766),
  ]).toEqual([261790071, 995478037, 740360460, 259308363]);
});

it('a seed by halves is the seed as a whole', () => {
  const [a, b] = [new JavaRandom(), new JavaRandom()];
  a.setSeed(-1n);
  for (let i = 0; i < 100; i++) {
    a.reseed();
    b.setSeed(longOfHalves(a.seedUpper, a.seedLower));
    expect([b.next32(), b.next32()]).toEqual([a.next32(), a.next32()]);
  }
});
