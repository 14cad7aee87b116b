/** Our client against the real Apache Kafka: with the transactions of KIP-890, and with those before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectKafka } from '../../src/client/kafka.ts';
import { systemClock } from '../../src/core/clock.ts';
import { nodeNetwork } from '../../src/core/network.ts';
import { systemRandom } from '../../src/core/random.ts';
import { describePeer } from '../peers.ts';
import { clientSuite } from '../unit/client/suite.ts';
import { realClusterId, startRealKafka } from './kafka-process.ts';
import type { RealKafka } from './kafka-process.ts';

describePeer('kafka-tools', 'our client', () => {
  for (const level of [2, 1]) {
    describe(`transaction.version ${level}`, () => {
      let server: RealKafka;
      beforeAll(async () => {
        server = await startRealKafka(level === 2 ? [] : [`transaction.version=${level}`]);
      });
      afterAll(() => server?.stop());
      it('is what the cluster says', async () => {
        const connection = await server.connect();
        expect(connection.featureLevel('transaction.version')).toBe(level);
        connection.close();
      });
      clientSuite(
        `real ${level}`,
        () =>
          connectKafka({
            clock: systemClock,
            random: systemRandom,
            network: nodeNetwork,
            bootstrapServers: `127.0.0.1:${server.port}`,
          }),
        () => realClusterId,
      );
    });
  }
});
