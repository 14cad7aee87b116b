/** What the REST interface tells about connectors. */
import type { Config } from '../config/config-def.ts';
import type { State, Status, StatusStore } from '../store/status-store.ts';
import type { ConfigStore } from '../store/config-store.ts';
import { datagen, findPlugin } from '../plugins.ts';
import { ConnectRestError } from '../errors.ts';

export function connectorInfo(name: string, config: Config, tasks: number): object {
  return {
    name,
    config,
    tasks: Array.from({ length: tasks }, (_, task) => ({ connector: name, task })),
    type: typeOf(config),
  };
}

/** What `restart` is about to do, shown in the status that it answers. */
export interface RestartPlan {
  readonly connector: boolean;
  readonly tasks: ReadonlySet<number>;
}

/** Throws 404 when nothing is known. */
export function connectorStatus(name: string, statuses: StatusStore, configs: ConfigStore, plan?: RestartPlan): object {
  const own = statuses.connector(name);
  if (own === undefined) throw new ConnectRestError(404, `No status found for connector ${name}`);
  const restarting = (status: Status, is: boolean | undefined): Status =>
    is === true ? { ...status, state: 'RESTARTING' as State } : status;
  return {
    name,
    connector: statusJson(restarting(own, plan?.connector)),
    tasks: statuses
      .tasksOf(name)
      .map(([id, status]) => ({ id, ...statusJson(restarting(status, plan?.tasks.has(id))) })),
    type: typeOf(configs.config(name) ?? {}),
  };
}

/** Throws 404 when nothing is known. */
export function taskStatus(name: string, task: number, statuses: StatusStore): object {
  const status = statuses.task(name, task);
  if (status === undefined) throw new ConnectRestError(404, `No status found for task ${name}-${task}`);
  return { id: task, ...statusJson(status) };
}

/** `completed` is ours: the task failed because it had generated all that it was asked for. */
function statusJson({ state, workerId, version, trace, completed }: Status): object {
  return {
    state,
    worker_id: workerId,
    version,
    ...(trace === undefined ? {} : { trace }),
    ...(completed === undefined ? {} : { completed }),
  };
}

function typeOf(config: Config): string {
  const name = config['connector.class'];
  return name === undefined || findPlugin([datagen], name) === undefined ? 'unknown' : datagen.type;
}
