// `npm test`: sets up what is missing, checks the code, builds it and runs the tests. Arguments go to vitest.
// The last line is `N passed, N failed`; the checks count as one test.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, packageBin, requireNode, root, run } from './setup.mjs';

requireNode();
ensureInstalled();
const checked = run(process.execPath, [join(root, 'scripts', 'check.mjs')]) === 0;
ensureBuilt();

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
const report = join(folder, 'report.json');
const code = run(process.execPath, [
  packageBin('vitest'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
let counts = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numFailedTestSuites: 0 };
try {
  counts = JSON.parse(readFileSync(report, 'utf8'));
} catch {
  console.error('The test runner wrote no report.');
}
rmSync(folder, { recursive: true, force: true });
// A file that fails before its tests run has no failed test of its own.
const failedTests = counts.numFailedTests > 0 || code === 0 ? counts.numFailedTests : 1;
const passed = counts.numPassedTests + (checked ? 1 : 0);
const failed = failedTests + (checked ? 0 : 1);
process.exitCode = code !== 0 || failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed, ${counts.numPendingTests} skipped`);
