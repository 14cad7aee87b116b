// `npm run conformance:ksql -- --cases DIR`: runs ksqlDB's cases of that folder through front end, planner, compiler and runtime.
// The code is that of the tests, bundled beside the installed packages.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureInstalled, requireNode, root } from './setup.mjs';

const usage =
  'Usage: npm run conformance:ksql -- --cases DIR [--file NAME] [--case NAME] [--verbose] [--strict]\n' +
  '  --cases DIR   a folder of case files (*.json), or one that has query/ or cases/query/ in it\n' +
  '  --file NAME   only this file\n' +
  '  --case NAME   only cases whose name contains NAME\n' +
  '  --verbose     also what passed, and reasons in full\n' +
  '  --strict      exit code 1 when a case fails';

requireNode();
const { values, problem } = readArguments();
if (problem !== undefined || values.cases === undefined) {
  if (problem !== undefined) console.error(problem);
  console.error(usage);
  process.exit(2);
}
ensureInstalled();
const { rolldown } = await import('rolldown');
const cache = join(root, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'conformance-ksql-'));
try {
  const bundle = await rolldown({
    cwd: root,
    input: 'test/conformance/ksql/main.ts',
    external: /^[^./]/,
    platform: 'node',
  });
  const file = join(folder, 'main.mjs');
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  const { runCases } = await import(pathToFileURL(file).href);
  const { failed } = runCases(
    { folder: values.cases, file: values.file, name: values.case, verbose: values.verbose },
    (line) => console.log(line),
  );
  if (failed > 0 && values.strict) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readArguments() {
  try {
    const { values: given } = parseArgs({
      options: {
        cases: { type: 'string' },
        file: { type: 'string' },
        case: { type: 'string' },
        verbose: { type: 'boolean' },
        strict: { type: 'boolean' },
      },
    });
    return { values: given };
  } catch (error) {
    return { values: {}, problem: error.message };
  }
}
