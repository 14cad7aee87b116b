import { expect, it } from 'vitest';
import { javaDouble, javaFloat } from '../../../src/formats/java-numbers.ts';

it('prints doubles as Java does', () => {
  const values = [0, 1, -1, 0.1, 100, 1e7, 9999999, 1e-3, 9.99e-4, 1e21, 1.5e300, 123456.789, 5e-324, -0, 1e22, 2e-3];
  expect(values.map(javaDouble).join(' ')).toBe(
    '0.0 1.0 -1.0 0.1 100.0 1.0E7 9999999.0 0.001 9.99E-4 1.0E21 1.5E300 123456.789 4.9E-324 -0.0 1.0E22 0.002',
  );
});

it('prints floats as Java does', () => {
  const values = [0, 1, 0.1, 0.3, 1e7, 16777216, 1e-3, 3.4e38, 1.17e-38].map(Math.fround);
  expect(values.map(javaFloat).join(' ')).toBe('0.0 1.0 0.1 0.3 1.0E7 1.6777216E7 0.001 3.4E38 1.17E-38');
});
