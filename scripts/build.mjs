// Builds dist/: one bundle per entry with shared chunks (a stack that starts in a moment must not open hundreds of files),
// and the type declarations.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { packageBin, root } from './setup.mjs';

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const external = new RegExp(`^(node:.*|${Object.keys(dependencies).join('|')})(/.*)?$`);
// `server/ksql` keeps its place beside `runtime/worker`, which it starts threads on.
const entries = { index: 'src/index.ts', 'cli/main': 'src/cli/main.ts', 'server/ksql': 'src/server/ksql.ts' };
// The entry of the threads that run queries.
if (existsSync(join(root, 'src/runtime/worker.ts'))) entries['runtime/worker'] = 'src/runtime/worker.ts';
for (const name of existsSync(join(root, 'bench')) ? readdirSync(join(root, 'bench')) : []) {
  if (name.endsWith('.bench.ts')) entries[`bench/${name.slice(0, -'.bench.ts'.length)}`] = `bench/${name}`;
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = declarations();
const bundle = await rolldown({ cwd: root, input: entries, external, platform: 'node' });
await bundle.write({
  dir: join(root, 'dist'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  // What every tool needs in few files: each costs a tool that is typed half a millisecond.
  codeSplitting: {
    groups: [
      { name: 'core', test: /src\/core\/(?!http)/ },
      { name: 'client', test: /src\/(client|wire)\/(?!generated)/ },
      { name: 'tool', test: /src\/cli\/(terminal|kafka\/(tool|tools|options|client-config|node-environment))\.ts/ },
    ],
  },
});
await bundle.close();
// npx links the command once and makes it executable then; what is built later has to be so by itself.
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
process.exitCode = await types;

function declarations() {
  return new Promise((resolve) => {
    const tsc = spawn(process.execPath, [packageBin('typescript', 'tsc'), '-p', 'tsconfig.build.json'], {
      cwd: root,
      stdio: 'inherit',
    });
    tsc.on('exit', (code) => resolve(code ?? 1));
  });
}
