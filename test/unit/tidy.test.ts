/** Guards the shape of the code: which folder may import which, and that nothing nondeterministic enters except through core's ports. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Each folder of src/ with the folders it may import (ARCHITECTURE.md, "Import direction"). */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  wire: ['core'],
  formats: ['core'],
  http: ['core'],
  storage: ['core', 'wire'],
  client: ['core', 'wire', 'formats'],
  sql: ['core', 'formats'],
  broker: ['core', 'wire', 'storage'],
  registry: ['core', 'http', 'formats', 'client'],
  connect: ['core', 'http', 'formats', 'client'],
  runtime: ['core', 'formats', 'wire', 'storage', 'client', 'sql'],
  gateways: ['core', 'http', 'client', 'formats', 'sql', 'runtime'],
  engines: ['core'],
  deploy: ['core', 'client', 'formats', 'sql', 'engines'],
  console: ['core', 'http', 'client'],
  server: [
    'core',
    'wire',
    'formats',
    'http',
    'storage',
    'client',
    'sql',
    'broker',
    'registry',
    'connect',
    'runtime',
    'gateways',
    'deploy',
    'console',
  ],
  cli: ['server', 'client', 'core', 'formats', 'wire', 'sql', 'engines', 'deploy'],
  'index.ts': ['server', 'core'],
};

/** The only files that may touch a platform facility; everybody else takes it as a parameter. */
const doors: readonly { readonly what: string; readonly pattern: RegExp; readonly files: readonly string[] }[] = [
  {
    what: 'clock',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bprocess\.hrtime\b/,
    files: ['core/clock.ts'],
  },
  { what: 'timer', pattern: /(?<![.\w])set(Timeout|Interval|Immediate)\(|'node:timers/, files: ['core/clock.ts'] },
  {
    what: 'randomness',
    pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\brandomFill|\brandomInt\b/,
    files: ['core/random.ts'],
  },
  { what: 'file', pattern: /'(node:)?fs(\/promises)?'/, files: ['core/disk.ts', 'core/processes.ts'] },
  {
    what: 'socket',
    pattern: /'(node:)?(net|tls|dgram|http|https|http2)'/,
    files: ['core/network.ts', 'core/http.ts', 'http/server.ts'],
  },
  {
    what: 'thread or process',
    pattern: /'(worker_threads|child_process|node:(worker_threads|child_process|cluster))'/,
    files: ['core/threads.ts', 'core/processes.ts'],
  },
];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'));

test('folders import only what lies below them', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const from = file.split('/')[0] ?? '';
    for (const target of importsOf(file)) {
      if (!target.startsWith('.')) continue;
      const path = relative(source, resolve(source, dirname(file), target))
        .split(sep)
        .join('/');
      const to = path.split('/')[0] ?? '';
      if (to !== from && !mayImport[from]?.includes(to)) wrong.push(`${file} imports ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('clock, timers, randomness, files, sockets and threads come through ports', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const code = withoutComments(readFileSync(join(source, file), 'utf8'));
    for (const { what, pattern, files: allowed } of doors) {
      if (!allowed.includes(file) && pattern.test(code)) wrong.push(`${file}: ${what}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('dialects and syntax run in a browser', () => {
  const wrong = files.filter(
    (file) => /^sql\/(syntax|dialects)\//.test(file) && importsOf(file).some((target) => target.startsWith('node:')),
  );
  expect(wrong).toEqual([]);
});

test('past logical nobody knows a dialect', () => {
  const wrong = files.filter(
    (file) =>
      /^(sql\/(logical|physical|rules)|runtime)\//.test(file) &&
      importsOf(file).some((target) => target.includes('/dialects/')),
  );
  expect(wrong).toEqual([]);
});

test('only entries that package.json exports have an index.ts', () => {
  expect(files.filter((file) => posix.basename(file) === 'index.ts' && file !== 'index.ts')).toEqual([]);
});

function importsOf(file: string): string[] {
  const code = withoutComments(readFileSync(join(source, file), 'utf8'));
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}
