/** The commands of README.md, as they stand there, against the stack that `npm start` runs. Only ports and the data directory are others. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer } from '../peers.ts';
import { cli, freePortOffset } from './stack-process.ts';
import { eventually } from '../eventually.ts';

const run = promisify(execFile);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const ports = [9092, 8081, 8083, 8088];

interface Step {
  readonly command: string;
  /** What README says that one sees; nothing where it does not show it. */
  readonly shown: readonly string[];
}

/** The indented commands of two sections, each with the indented lines that follow it; those that need a real engine are judged elsewhere. */
function steps(): Step[] {
  return ['A walk through', 'The same pipeline on three engines']
    .flatMap(stepsOf)
    .filter(({ command }) => !/ (engines|compare) /.test(command));
}

function stepsOf(title: string): Step[] {
  const [, section = ''] = readme.split(`\n## ${title}\n`).map((part) => part.split('\n## ')[0] ?? '');
  const found: { command: string; shown: string[] }[] = [];
  for (const line of section.split('\n')) {
    if (!line.startsWith('    ')) continue;
    const text = line.slice(4);
    if (/^(npx millrace|curl|kcat) /.test(text)) found.push({ command: text, shown: [] });
    else found.at(-1)?.shown.push(text);
  }
  return found;
}

/** A line without what differs from run to run: numbers, brands, and how wide a table is for them. */
function shapeOf(line: string): string {
  return line
    .replace(/\b(Acme|Globex)\b/g, 'BRAND')
    .replace(/\d+(\.\d+)?/g, '#')
    .replace(/-{3,}/g, '---')
    .replace(/ +/g, ' ')
    .trim();
}

describePeer('kcat', 'README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-readme-'));
  let offset = 0;
  let demo: ChildProcess;
  let shown = '';
  beforeAll(async () => {
    offset = await freePortOffset();
    const flags = ['--data-dir', folder, '--port-offset', String(offset), '--interval', '20'];
    demo = spawn(process.execPath, [cli, 'demo', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    demo.stdout?.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8');
    });
    await eventually(async () => expect(shown).toMatch(/Acme cnt=\d+/));
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => demo.once('exit', resolve));
    demo.kill('SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Types a line in a shell; gives what it prints. */
  async function type(line: string): Promise<string> {
    const millrace = `'${process.execPath}' '${cli}'`;
    // Tools in "containers" find the stack by its data directory; others by their ports.
    const typed = line.startsWith('npx millrace ')
      ? line.replace('npx millrace', millrace)
      : ports.reduce((text, port) => text.replaceAll(`localhost:${port}`, `localhost:${port + offset}`), line);
    const env = { ...process.env, MILLRACE_DATA_DIR: folder };
    return (await run('sh', ['-c', typed], { timeout: 60_000, env })).stdout;
  }

  it('shows addresses and counts', async () => {
    for (const port of ports) expect(shown).toContain(`localhost:${port + offset}`);
    await eventually(async () => expect(shown).toMatch(/Globex cnt=\d+ duration_mean=\d+\.\d\d rating_mean=\d\.\d\d/));
  });

  it('has a step for each part', () => {
    expect(steps().length).toBeGreaterThanOrEqual(7);
  });

  it.each(steps())('$command', async ({ command, shown }) => {
    let out = '';
    await eventually(async () => {
      out = await type(command);
      expect(out.trim()).not.toBe('');
    });
    const shapes = new Set(out.split('\n').map(shapeOf));
    for (const line of shown) expect([...shapes]).toContain(shapeOf(line));
  });
});
