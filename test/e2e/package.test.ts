/** The package as it is published: packed, installed elsewhere, and used as a command, as a library and by a type checker. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

describe('the packed package', () => {
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
    await run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    const project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"name":"user","private":true,"type":"module"}');
    await run(
      npm,
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', join('..', tarball)],
      {
        cwd: project,
      },
    );
    folder = project;
  });
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  it('has a command', async () => {
    const { stdout } = await run(process.execPath, [
      join(folder, 'node_modules/millrace/dist/cli/main.js'),
      '--version',
    ]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('starts a stack from a program', async () => {
    const program = `
      import { start } from 'millrace';
      const stack = await start({ ports: 0 });
      const response = await fetch(stack.schemaRegistryUrl + '/subjects');
      console.log(JSON.stringify([response.status, await response.json(), stack.bootstrapServers, stack.connectUrl, stack.ksqlUrl]));
      await stack.stop();`;
    writeFileSync(join(folder, 'use.mjs'), program);
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: folder, timeout: 30_000 });
    const port = expect.stringMatching(/^(http:\/\/)?localhost:\d+$/);
    expect(JSON.parse(stdout)).toEqual([200, [], port, port, port]);
  });

  it('has types that check', async () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { start, type Stack } from 'millrace';\nexport const stack: Promise<Stack> = start({ ports: 0, dataDir: 'x' });\n`,
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', 'use.ts'];
    const checked = await run(process.execPath, [tsc, ...flags], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    expect(checked.stdout).toBe('');
  });
});
