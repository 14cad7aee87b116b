/** Expressions as text, in the one form that ksqlDB gives them in messages and in rewritten statements. */
import type { Expression, TypeExpression } from '../../syntax/ast.ts';
import { quoteName } from '../../types.ts';
import { reservedWords } from './reserved-words.ts';

/** A name as it has to be written: in back-ticks unless it is a plain upper-case word. */
export function printName(name: string): string {
  return /^[A-Z_][A-Z0-9_]*$/.test(name) && !reservedWords.has(name) ? name : quoteName(name);
}

/** The form is unique: two expressions are the same when their texts are. */
export function printExpression(expression: Expression): string {
  const print = printExpression;
  switch (expression.kind) {
    case 'null':
      return 'null';
    case 'boolean':
    case 'integer':
    case 'long':
    case 'decimal':
      return String(expression.value);
    case 'double':
      return scientific(expression.value);
    case 'string':
      return printString(expression.value);
    case 'column':
      return `${expression.source === undefined ? '' : `${printName(expression.source)}.`}${printName(expression.name)}`;
    case 'field':
      return `${printBase(expression.base)}->${printName(expression.name)}`;
    case 'all-fields':
      return `${printBase(expression.base)}->*`;
    case 'subscript':
      return `${printBase(expression.base)}[${print(expression.index)}]`;
    case 'arithmetic':
    case 'comparison':
    case 'logical':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`;
    case 'concat':
      return `(${print(expression.left)} || ${print(expression.right)})`;
    case 'sign':
      // `--` would begin a comment.
      return `${expression.sign}${print(expression.operand).replace(/^(?=-)/, ' ')}`;
    case 'not':
      return `(NOT ${print(expression.operand)})`;
    case 'is-null':
      return `(${print(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}NULL)`;
    case 'between':
      return `(${print(expression.operand)} BETWEEN ${print(expression.low)} AND ${print(expression.high)})`;
    case 'in':
      return `(${print(expression.operand)} IN (${expression.values.map(print).join(', ')}))`;
    case 'like':
      return `(${print(expression.operand)} LIKE ${print(expression.pattern)}${expression.escape === undefined ? '' : ` ESCAPE ${printString(expression.escape)}`})`;
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => `WHEN ${print(when)} THEN ${print(then)}`);
      const operand = expression.operand === undefined ? '' : `${print(expression.operand)} `;
      const otherwise = expression.otherwise === undefined ? '' : ` ELSE ${print(expression.otherwise)}`;
      return `(CASE ${operand}${branches.join(' ')}${otherwise} END)`;
    }
    case 'cast':
      return `CAST(${print(expression.operand)} AS ${printType(expression.type)})`;
    case 'call':
      return `${printName(expression.name)}(${expression.star === true ? '*' : expression.args.map(print).join(', ')})`;
    case 'array':
      return `ARRAY[${expression.items.map(print).join(', ')}]`;
    case 'map':
      return `MAP(${expression.entries.map(({ key, value }) => `${print(key)}:=${print(value)}`).join(', ')})`;
    case 'struct':
      return `STRUCT(${expression.fields.map(({ name, value }) => `${printName(name)}:=${print(value)}`).join(', ')})`;
    case 'lambda':
      return expression.parameters.length === 1
        ? `${printName(expression.parameters[0] as string)} => ${print(expression.body)}`
        : `(${expression.parameters.map(printName).join(', ')}) => ${print(expression.body)}`;
    case 'unit':
      return expression.unit;
  }
}

/** What `->` and `[` stand behind; a sign before it belongs inside. */
function printBase(base: Expression): string {
  const text = printExpression(base);
  return /^[-+]/.test(text) ? `(${text})` : text;
}

/** A string literal. */
export function printString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function printType(type: TypeExpression): string {
  switch (type.kind) {
    case 'named': {
      const name = type.quoted ? quoteName(type.name) : (synonyms[type.name] ?? type.name);
      return type.parameters.length === 0 || name === 'STRING' ? name : `${name}(${type.parameters.join(', ')})`;
    }
    case 'array-of':
      return `ARRAY<${printType(type.element)}>`;
    case 'map-of':
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`;
    case 'struct-of':
      return `STRUCT<${type.fields.map(({ name, type: of }) => `${printName(name)} ${printType(of)}`).join(', ')}>`;
  }
}

const synonyms: Readonly<Record<string, string>> = { INT: 'INTEGER', VARCHAR: 'STRING', DEC: 'DECIMAL' };

/** `1.5E3`: at least one digit of fraction. */
function scientific(value: number): string {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
