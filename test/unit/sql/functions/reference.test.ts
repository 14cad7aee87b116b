/**
 * docs/reference/functions.md is made of the declarations of the functions. After a change:
 * `npx vitest run test/unit/sql/functions/reference.test.ts --update`.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { AnyFunction } from '../../../../src/sql/functions/declaration.ts';
import { FunctionRegistry } from '../../../../src/sql/functions/registry.ts';
import { paramTypeText } from '../../../../src/sql/functions/signature.ts';

const page = fileURLToPath(new URL('../../../../docs/reference/functions.md', import.meta.url));

/** In the order in which they are read; a category that is missing here fails the test. */
const categories: Readonly<Record<string, string>> = {
  MATHEMATICAL: 'Numbers',
  STRING: 'Texts and bytes',
  'REGULAR EXPRESSION': 'Regular expressions',
  JSON: 'JSON texts',
  CONVERSIONS: 'Numbers from bytes',
  'DATE / TIME': 'Dates and times',
  ARRAY: 'Arrays',
  MAP: 'Maps',
  LAMBDA: 'Functions of functions',
  CONDITIONAL: 'Nulls',
  URL: 'URLs',
  OTHER: 'Others',
  TABLE: 'Table functions: each value of the result is a row',
  AGGREGATE: 'Aggregates',
};

function signatures(fn: AnyFunction): string[] {
  return fn.overloads.map(({ signature, ...overload }) => {
    const constants = 'constants' in overload ? overload.constants : 0;
    const parameters = signature.parameters.map(({ name, type, variadic }, i) => {
      const constant = i >= signature.parameters.length - constants ? 'constant ' : '';
      return `${name} ${constant}${paramTypeText(type)}${variadic ? '...' : ''}`;
    });
    return `\`${fn.name.toUpperCase()}(${parameters.join(', ')})\` → \`${paramTypeText(signature.result)}\``;
  });
}

function remarks(fn: AnyFunction): string {
  const more = [...new Set(fn.overloads.map(({ description }) => description))].filter((one) => one !== '');
  const onTables = fn.kind === 'aggregate' && fn.overloads.some(({ undo }) => undo) ? ['Also of tables.'] : [];
  return [fn.description, ...more, ...onTables].join(' ').replaceAll('|', '\\|');
}

it('docs/reference/functions.md', async () => {
  const all = FunctionRegistry.builtIn.list();
  expect([...new Set(all.map(({ category }) => category))].filter((one) => !(one in categories))).toEqual([]);
  const parts = [
    '# Functions\n',
    'What `SHOW FUNCTIONS` lists. Made by `npx vitest run test/unit/sql/functions/reference.test.ts --update`; do not edit.\n',
    'Names are written in any case. `T`, `K`, `V`, `R` and `S` stand for any type, the same in all places of a line; `...` is an argument that may be repeated.',
    'Where an argument is a null the result is null, unless the sentence says otherwise. A call that fails is null, and the processing log says why.\n',
  ];
  for (const [category, title] of Object.entries(categories)) {
    const functions = all
      .filter((fn) => fn.category === category)
      .sort((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1));
    parts.push(`## ${title}\n`, '| function | |', '| --- | --- |');
    parts.push(...functions.map((fn) => `| ${signatures(fn).join('<br>')} | ${remarks(fn)} |`), '');
  }
  await expect(`${parts.join('\n').trimEnd()}\n`).toMatchFileSnapshot(page);
});
