/**
 * docs/reference/cli.md is made of what the commands say of themselves. After a change:
 * `npx vitest run test/unit/cli/reference.test.ts --update`.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { enginesCommand } from '../../../src/cli/engines.ts';
import { execUsage } from '../../../src/cli/exec-arguments.ts';
import { helpOf } from '../../../src/cli/kafka/options.ts';
import { toolNamed, toolNames } from '../../../src/cli/kafka/tools.ts';
import { usage as ksqlUsage } from '../../../src/cli/ksql/arguments.ts';
import { commandHelp } from '../../../src/cli/program.ts';

const page = fileURLToPath(new URL('../../../docs/reference/cli.md', import.meta.url));

function section(level: number, title: string, help: string): string {
  const text = help.replace(/[ \t]+$/gm, '').trim();
  return `${'#'.repeat(level)} ${title}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

async function reference(): Promise<string> {
  const parts = [
    '# The command line\n',
    'What `--help` says, command by command. Made by `npx vitest run test/unit/cli/reference.test.ts --update`; do not edit.\n',
  ];
  for (const { name, help } of commandHelp()) {
    // These two read their own arguments.
    if (name === 'ksql') parts.push(section(2, 'millrace ksql', ksqlUsage));
    else if (name === 'engines') {
      const engines = enginesCommand();
      for (const command of [engines, ...engines.commands]) {
        const title = command === engines ? 'millrace engines' : `millrace engines ${command.name()}`;
        command.configureOutput({ getOutHelpWidth: () => 100, getOutHasColors: () => false });
        parts.push(section(command === engines ? 2 : 3, title, command.helpInformation()));
      }
    } else parts.push(section(2, `millrace ${name}`.trim(), help));
  }
  parts.push(section(2, 'millrace exec', execUsage));
  parts.push(
    "## Kafka's tools\n",
    'Each as `millrace NAME …` and, where the compose files have it, as `millrace exec broker NAME …`, with and without `.sh`.\n',
  );
  for (const name of toolNames()) {
    const tool = await toolNamed(name)?.();
    if (tool === undefined) continue;
    const table = Object.keys(tool.specs).length === 0 ? tool.intro : `${tool.intro}\n\n${helpOf(tool.specs)}`;
    parts.push(section(3, name, tool.help ?? table));
  }
  return `${parts.join('\n')}`;
}

it('tells the commands and options that there are', async () => {
  await expect(await reference()).toMatchFileSnapshot(page);
});
