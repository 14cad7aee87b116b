/** Paths of EXTRACTJSONFIELD: `$.name`, `$['name']`, `$["name"]`, `$[0]`. */
import { parseJson, printJson } from './json-text.ts';
import type { JsonValue } from './json-text.ts';

/** Takes what stands at a path; it keeps its last path. */
export function jsonPath(): (text: string, path: string) => string | null {
  let last: string | undefined;
  let steps: readonly string[] = [];
  return (text, path) => {
    if (path !== last) {
      steps = parsePath(path);
      last = path;
    }
    let value = parseJson(text);
    for (const step of steps) value = value && member(value, step);
    // A null that stands there is the text null.
    if (value === undefined) return null;
    return value.kind === 'string' ? value.value : printJson(value);
  };
}

function member(value: JsonValue, step: string): JsonValue | undefined {
  if (value.kind === 'object') return value.members.find(([name]) => name === step)?.[1];
  return value.kind === 'array' && /^\d+$/.test(step) ? value.items[Number(step)] : undefined;
}

function parsePath(path: string): string[] {
  const fail = (): Error => new RangeError(`Invalid JSON path: '${path}'`);
  if (!path.startsWith('$')) throw fail();
  const steps: string[] = [];
  const pattern = /\.([\w:@]+)|\[(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\w+))\]/y;
  pattern.lastIndex = 1;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null) throw fail();
    steps.push(match[1] ?? match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? match[4] ?? '');
  }
  return steps;
}
