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

/** Indented lines that begin with this program. */
function commands(program: string): string[] {
  return readme
    .split('\n')
    .filter((line) => line.startsWith(`    ${program} `))
    .map((line) => line.trim());
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
    const typed = ports.reduce(
      (text, port) => text.replaceAll(`localhost:${port}`, `localhost:${port + offset}`),
      line,
    );
    return (await run('sh', ['-c', typed], { timeout: 30_000 })).stdout;
  }

  it('shows addresses and counts', async () => {
    for (const port of ports) expect(shown).toContain(`localhost:${port + offset}`);
    await eventually(async () => expect(shown).toMatch(/Globex cnt=\d+ duration_mean=\d+\.\d\d rating_mean=\d\.\d\d/));
  });

  it('kcat reads five records', async () => {
    const [line = ''] = commands('kcat');
    const records = (await type(line)).trim().split('\n');
    expect(records).toHaveLength(5);
    for (const record of records)
      expect(record).toMatch(/^(Acme|Globex): \{"brand":"\1","duration":\d\d,"rating":[1-4]\}$/);
  });

  it('curl asks Connect, the registry and ksqlDB', async () => {
    const lines = commands('curl');
    expect(lines).toHaveLength(5);
    const [status, schema, pull, push, create] = await Promise.all(lines.map(type));
    expect(JSON.parse(status ?? '')).toMatchObject({ connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] });
    expect(JSON.parse(schema ?? '')).toMatchObject({ subject: 'commercials_avro-value', version: 1, id: 1 });
    expect((pull ?? '').trim().split('\n')).toHaveLength(3);
    expect((push ?? '').trim().split('\n')).toHaveLength(6);
    expect(JSON.parse(create ?? '')).toMatchObject([
      { '@type': 'currentStatus', commandStatus: { status: 'SUCCESS' } },
    ]);
  });
});
