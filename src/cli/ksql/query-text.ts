/** EXPLAIN as text. */
import { byName, heading, line, listOf, objectOf, textOf } from './entities.ts';
import type { FieldInfo, Json } from './entities.ts';
import { fieldsText } from './source-text.ts';
import { listTable } from './tables.ts';

export function queryDescriptionText(query: Json, width: number): string {
  const status = Object.entries(objectOf(query, 'ksqlHostQueryStatus'));
  return [
    line('ID', textOf(query, 'id')),
    line('Query Type', textOf(query, 'queryType')),
    optional(textOf(query, 'statementText'), (text) => line('SQL', text)),
    status.length === 0
      ? ''
      : line('Host Query Status', `{${status.map(([host, state]) => `${host}=${state}`).join(', ')}}`),
    '\n',
    fieldsText(listOf<FieldInfo>(query, 'fields'), textOf(query, 'windowType'), false, width),
    endsText(listOf<string>(query, 'sources'), 'Sources that this query reads from: ', 'source', 'SourceId'),
    endsText(listOf<string>(query, 'sinks'), 'Sinks that this query writes to: ', 'sink', 'SinkId'),
    optional(textOf(query, 'executionPlan'), (text) => `${heading('Execution plan', 14)}${text}\n`),
    optional(textOf(query, 'topology'), (text) => `${heading('Processing topology', 19)}${text}\n`),
    overridesText(objectOf(query, 'overriddenProperties'), width),
    '\n',
    listOf(query, 'queryErrors').map(errorText).join(''),
  ].join('');
}

function optional(text: string, print: (text: string) => string): string {
  return text === '' ? '' : print(text);
}

function endsText(names: readonly string[], title: string, what: string, id: string): string {
  if (names.length === 0) return '';
  const list = names.map((name) => `${name}\n`).join('');
  return `${heading(title, 35)}${list}\nFor ${what} description please run: DESCRIBE [EXTENDED] <${id}>\n`;
}

function overridesText(overrides: Json, width: number): string {
  const rows = Object.entries(overrides)
    .map(([name, value]) => [name, String(value)])
    .sort((a, b) => byName(a[0] ?? '', b[0] ?? ''));
  return rows.length === 0 ? '' : heading('Overridden Properties', 21) + listTable(['Property', 'Value'], rows, width);
}

function errorText(error: Json): string {
  return [
    line('Error Date', localTime(Number(error['timestamp'] ?? 0))),
    line('Error Details', textOf(error, 'errorMessage')),
    line('Error Type', textOf(error, 'type')),
  ].join('');
}

/** `2020-08-05 04:28:56,314 (UTC)`: the local time of day, hours from 01 to 12 as ksqlDB prints them. */
function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const zone =
    new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' })
      .formatToParts(time)
      .find((part) => part.type === 'timeZoneName')?.value ?? '';
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hours = two(time.getHours() % 12 || 12);
  return `${date} ${hours}:${two(time.getMinutes())}:${two(time.getSeconds())},${String(time.getMilliseconds()).padStart(3, '0')} (${zone})`;
}
