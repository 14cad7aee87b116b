/** The answer of POST `/query` as text: rows between rules, or JSON. */
import { StackError } from '../../core/errors.ts';
import { parseJson } from '../../sql/functions/json-text.ts';
import type { JsonValue } from '../../sql/functions/json-text.ts';
import { prettyJson, valueText } from './java-text.ts';
import { memberOf } from './rest-client.ts';
import { rowText, rowsHeader } from './tables.ts';
import type { RowLayout } from './tables.ts';

/**
 * The text of one line of the answer; empty when it says nothing for people.
 * @throws StackError MILLRACE_QUERY_FAILED with the server's message when the query failed
 */
export function queryLineText(line: string, layout: RowLayout | 'JSON'): string {
  const value = parseJson(
    line
      .trim()
      .replace(/^\[/, '')
      .replace(/[,\]]$/, ''),
  );
  if (value === undefined) return '';
  const failure = memberOf(memberOf(value, 'errorMessage'), 'message') ?? memberOf(value, 'message');
  if (failure?.kind === 'string') throw new StackError('MILLRACE_QUERY_FAILED', failure.value);
  const final = memberOf(value, 'finalMessage');
  if (final?.kind === 'string') return `${final.value}\n`;
  if (layout === 'JSON') return `${prettyJson(value)}\n`;
  const schema = memberOf(memberOf(value, 'header'), 'schema');
  if (schema?.kind === 'string') return rowsHeader(columnNames(schema.value), layout);
  const row = memberOf(value, 'row');
  const columns = memberOf(row, 'columns');
  if (columns?.kind !== 'array') return '';
  const tombstone = isTrue(memberOf(row, 'tombstone'));
  const cell = (one: JsonValue): string => (tombstone && one.kind === 'null' ? '<TOMBSTONE>' : valueText(one));
  return rowText(columns.items.map(cell), layout);
}

/** Whether a line of the answer holds a row. */
export function holdsRow(line: string): boolean {
  return /^[[\s]*\{"row"/.test(line);
}

function isTrue(value: JsonValue | undefined): boolean {
  return value?.kind === 'boolean' && value.value;
}

/** The names in `` `A` STRING, `B` STRUCT<`C` INTEGER> ``, without those of nested fields. */
function columnNames(schema: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let begins = true;
  for (const [token] of schema.matchAll(/`(?:[^`]|``)*`|[<>(),]/g)) {
    if (token === '<' || token === '(') depth++;
    else if (token === '>' || token === ')') depth--;
    else if (token === ',') begins ||= depth === 0;
    else if (begins && depth === 0) {
      names.push(token.slice(1, -1).replaceAll('``', '`'));
      begins = false;
    }
  }
  return names;
}
