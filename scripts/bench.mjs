// `npm run bench [-- NAME …]`: runs the benchmarks of bench/ and writes what they print to bench/RESULTS.md.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, requireNode, root } from './setup.mjs';

requireNode();
ensureInstalled();
ensureBuilt();
const all = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.slice(0, -'.bench.ts'.length));
const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark named ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(1);
}
const sections = [];
for (const name of chosen.length > 0 ? chosen : all) {
  const result = spawnSync(process.execPath, [join(root, 'dist', 'bench', `${name}.js`)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(result.stdout);
  if (result.status !== 0) process.exitCode = 1;
  sections.push(`## ${name}\n\n\`\`\`\n${result.stdout.trimEnd()}\n\`\`\`\n`);
}
if (chosen.length === 0) {
  const machine = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB; ${os.type()} ${os.release()}; Node.js ${process.version}`;
  writeFileSync(
    join(root, 'bench', 'RESULTS.md'),
    `# Results\n\nWritten by \`npm run bench\` on ${machine}.\nRatios within one run are comparable; absolute figures are those of this machine.\n\n${sections.join('\n')}`,
  );
}
