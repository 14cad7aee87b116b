// `npm run check`: types, lint, format, unused code. (Import direction and the ports are guarded by test/unit/tidy.test.ts.)
import { ensureInstalled, packageBin, requireNode, run } from './setup.mjs';

requireNode();
ensureInstalled();
const steps = [
  ['types', 'typescript', 'tsc', ['-p', 'tsconfig.json']],
  ['types of tests', 'typescript', 'tsc', ['-p', 'tsconfig.test.json']],
  ['lint', 'oxlint', 'oxlint', ['--deny-warnings', 'src', 'test', 'bench', 'scripts']],
  ['format', '@biomejs/biome', 'biome', ['ci', '--colors=off', '.']],
  ['unused code', 'knip', 'knip', ['--no-progress']],
];
let failed = 0;
for (const [what, name, bin, args] of steps) {
  const code = run(process.execPath, [packageBin(name, bin), ...args]);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${what}`);
  if (code !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
