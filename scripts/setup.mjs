// Brings a clone into a state in which it runs: installs packages when the lock file changed, builds when sources changed.
// Plain Node without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, 'node_modules', '.millrace-installed');
const buildStamp = join(root, 'dist', '.built');

/** Ends the process with one clear sentence when Node is too old. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Millrace needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
}

/** Installs what package-lock.json lists, unless that very lock file was installed already. No package runs a script. */
export function ensureInstalled() {
  const wanted = hash([readFileSync(join(root, 'package-lock.json'))]);
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return;
  console.log('Installing packages …');
  for (let attempt = 1; ; attempt++) {
    if (run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']) === 0) break;
    if (attempt === 3)
      fail('npm could not install the packages; its messages stand above. Check the network and try again.');
    console.log('npm failed; trying again …');
  }
  writeFileSync(installStamp, wanted);
}

/** Builds dist/ unless it was built from the very files that are there now. */
export function ensureBuilt() {
  const wanted = hash(sourceFiles().flatMap((file) => [file, readFileSync(join(root, file))]));
  if (existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === wanted) return;
  console.log('Building …');
  rmSync(buildStamp, { force: true });
  if (run(process.execPath, [join(root, 'scripts', 'build.mjs')]) !== 0)
    fail('The build failed; its messages stand above.');
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, wanted);
}

function sourceFiles() {
  const files = ['package.json', 'scripts/build.mjs', 'tsconfig.json', 'tsconfig.build.json'];
  for (const folder of ['src', 'bench', 'definitions'].filter((name) => existsSync(join(root, name)))) {
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort()) {
      if (statSync(join(root, folder, name)).isFile()) files.push(join(folder, name));
    }
  }
  return files;
}

/** Runs a command with this terminal and returns its exit code. */
export function run(command, args, options = {}) {
  const windows = process.platform === 'win32' && command !== process.execPath;
  const result = spawnSync(windows ? `${command}.cmd` : command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    ...options,
  });
  if (result.error) fail(`Cannot run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/** The executable script of an installed package, to be run by this Node. */
export function packageBin(name, bin = name) {
  const folder = join(root, 'node_modules', name);
  const entry = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin;
  return join(folder, typeof entry === 'string' ? entry : entry[bin]);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function hash(parts) {
  const h = createHash('sha256');
  for (const part of parts) h.update(part);
  return h.digest('hex');
}
