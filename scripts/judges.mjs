// `npm run judges`: what takes longer than CI should, mostly real engines. Arguments go to vitest.
import { ensureBuilt, ensureInstalled, packageBin, requireNode, run } from './setup.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
process.exitCode = run(process.execPath, [
  packageBin('vitest'),
  'run',
  '--config',
  'vitest.judges.config.ts',
  ...process.argv.slice(2),
]);
