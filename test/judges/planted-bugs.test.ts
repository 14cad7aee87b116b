/**
 * Bugs planted one after the other into a copy of the sources: the crash simulations must find each, and nothing in the copy as it is.
 * A patch that no longer fits its file fails by name.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly instead: string;
  /** What it takes to meet it where a few seeds do not: how many, and of which simulation. */
  readonly seeds?: { readonly count: number; readonly of: readonly string[] };
}

const bugs: readonly PlantedBug[] = [
  {
    name: 'fsync is acknowledged before the sync returned',
    file: 'src/storage/log-sync.ts',
    code: 'if (offset <= this.durableOffset) return Promise.resolve();',
    instead: 'if (offset >= 0) return Promise.resolve();',
  },
  {
    name: 'a torn tail is not cut',
    file: 'src/storage/log-recovery.ts',
    code: 'segment.truncate(end);',
    instead: '',
  },
  {
    name: 'the name of a new segment is never synced',
    file: 'src/storage/log-sync.ts',
    code: 'syncDirectory();',
    instead: '',
  },
  {
    name: 'the marker of a transaction is lost',
    file: 'src/broker/transactions/coordinator.ts',
    code: 'if (entry === undefined || entry.transactionFirstOffset < 0) continue;',
    instead: 'if (entry !== undefined || entry === undefined) continue;',
  },
  {
    name: 'every start leads in the same epoch',
    file: 'src/broker/metadata/catalog.ts',
    code: 'this.leaderEpoch++;',
    instead: '',
    seeds: { count: 300, of: ['test/sim/stack', '-t', 'page-cache, loss of power: '] },
  },
  {
    name: 'what a failed write left stays behind the end',
    file: 'src/storage/segment.ts',
    code: 'this.hasTornTail = true;',
    instead: '',
  },
  {
    name: 'input offsets are committed before the outputs',
    file: 'src/runtime/committer.ts',
    code: 'const [, offset] = await Promise.all([this.#produce(commit.outputs), this.#progress(commit)]);',
    instead:
      'const offset = await this.#progress(commit); await producer.commit(); await producer.begin(); await this.#produce(commit.outputs);',
  },
];

describe('planted bugs', () => {
  let copy = '';
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'millrace-planted-'));
    for (const name of ['src', 'test', 'bench', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  it('the sources as they are pass', async () => {
    expect(await simulate(copy)).toMatchObject({ code: 0 });
  });

  for (const { name, file, code, instead, seeds } of bugs) {
    it(`${name}: caught`, async () => {
      const path = join(copy, file);
      const parts = readFileSync(path, 'utf8').split(code);
      expect(parts, `${file} has the line once`).toHaveLength(2);
      writeFileSync(path, parts.join(instead));
      const { code: exitCode, text } = await simulate(copy, seeds);
      expect({ exitCode, failed: /\d+ failed/.test(text) }, text.slice(-2000)).toEqual({ exitCode: 1, failed: true });
    });
  }
});

/** Runs the simulations of a copy. */
function simulate(folder: string, seeds?: PlantedBug['seeds']): Promise<{ code: number; text: string }> {
  const env = { ...process.env, NO_COLOR: '1', ...(seeds && { MILLRACE_SEEDS: String(seeds.count) }) };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--root', folder, ...(seeds?.of ?? ['test/sim'])],
      { cwd: folder, timeout: 500_000, maxBuffer: 64 << 20, env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, text: stdout + stderr }),
    );
  });
}
