#!/usr/bin/env node
/**
 * The `millrace` command. Kafka's tools and `exec` are looked for first, without the parser of the other commands: they are typed
 * often and have to start at once.
 */
import module from 'node:module';
import { toolNamed } from './kafka/tools.ts';

// Where Node.js can (22.8 and newer) it keeps what it compiled for the next start.
(module as { enableCompileCache?(): unknown }).enableCompileCache?.();

const [command = '', ...args] = process.argv.slice(2);

try {
  if (command === 'exec') process.exitCode = await (await import('./exec.ts')).exec(args);
  else {
    const tool = toolNamed(command);
    if (tool === undefined) await (await import('./program.ts')).runProgram();
    else {
      const { addressesAsTyped, nodeEnvironment } = await import('./kafka/node-environment.ts');
      const { runTool } = await import('./kafka/tool.ts');
      const { releaseStdin, toolExitCode } = await import('./terminal.ts');
      process.exitCode = toolExitCode(await runTool(await tool(), args, nodeEnvironment(addressesAsTyped)));
      releaseStdin();
    }
  }
} catch (error) {
  (await import('./terminal.ts')).reportFailure(error);
}
