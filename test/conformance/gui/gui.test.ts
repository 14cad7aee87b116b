/**
 * Any Kafka GUI: what one asks through its library (walk-through 1.12), with the library of KafkaEsque's time and with the newest.
 * One Java program, compiled against each, and the same answers for both.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer, javaProgram } from '../../peers.ts';

const source = fileURLToPath(new URL('GuiCalls.java', import.meta.url));

for (const peer of ['kafka-clients-2.8.0', 'kafka-tools'] as const) {
  describePeer(peer, 'what a GUI asks', () => {
    let stack: Stack;
    let classes = '';
    beforeAll(async () => {
      classes = mkdtempSync(join(tmpdir(), 'millrace-gui-'));
      stack = await startStack({ ports: 0 });
    });
    afterAll(async () => {
      await stack.stop();
      rmSync(classes, { recursive: true, force: true });
    });

    it('cluster, topics, configurations, records, groups and offsets', async () => {
      const { code, stdout, stderr } = await javaProgram(source, classes, peer, stack.bootstrapServers);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toEqual({
        ...(JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8')) as object),
        nodes: [`1@${stack.bootstrapServers}`],
        clusterId: expect.stringMatching(/^[\w-]{22}$/),
      });
    });
  });
}
