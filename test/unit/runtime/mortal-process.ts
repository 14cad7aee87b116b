/** A process that dies before or after an operation on the cluster took effect. */
import type { RuntimeCluster, RuntimeProducer } from '../../../src/runtime/cluster.ts';
import type { FakeCluster } from './fake-cluster.ts';

/** The operations that change the cluster: a process may die on either side of each. */
const steps = new Set(['createTopic', 'commit', 'producer', 'produce', 'sendOffsets', 'begin', 'abort']);

/** The cluster as one process sees it, until the process dies: from then on nothing that it asks is ever answered. */
export class MortalProcess {
  alive = true;
  stepsLeft: number;
  readonly cluster: RuntimeCluster;

  constructor(cluster: FakeCluster, crashAfterSteps: number) {
    this.stepsLeft = crashAfterSteps;
    this.cluster = this.#wrap(cluster as RuntimeCluster);
  }

  #wrap<T extends RuntimeCluster | RuntimeProducer>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const method = Reflect.get(object, name, object) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          await this.#moment(String(name));
          const result: unknown = await method.apply(object, args);
          await this.#moment(String(name));
          return name === 'producer' ? this.#wrap(result as RuntimeProducer) : result;
        };
      },
    });
  }

  async #moment(name: string): Promise<void> {
    if (this.alive && steps.has(name) && this.stepsLeft-- <= 0) this.alive = false;
    if (!this.alive) await new Promise(() => {});
  }
}
