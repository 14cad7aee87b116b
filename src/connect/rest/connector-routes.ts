/** `/connectors` and what is below: creation, configuration, status, life cycle, offsets, topics. */
import { json } from '../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import { validateConnector } from '../config/validate.ts';
import type { Config } from '../config/config-def.ts';
import { ConnectRestError } from '../errors.ts';
import { datagen, findPlugin } from '../plugins.ts';
import type { TargetState } from '../store/config-store.ts';
import type { Worker } from '../worker.ts';
import { connectorInfo, connectorStatus, taskStatus } from './answers.ts';
import type { RestartPlan } from './answers.ts';
import { asObject, readBody, readConfig, refuseUnknown } from './body.ts';

const createRequest = 'org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest';
const initialStates: Readonly<Record<string, TargetState>> = {
  RUNNING: 'STARTED',
  PAUSED: 'PAUSED',
  STOPPED: 'STOPPED',
};

type RawConfig = Readonly<Record<string, string | null>>;

export function addConnectorRoutes(router: Router, worker: Worker): void {
  const routes = new ConnectorRoutes(worker);
  const one = '/connectors/:name';
  router
    .on('GET', '/connectors', (request) => routes.list(request))
    .on('POST', '/connectors', (request) => routes.create(request))
    .on('GET', one, (request) => json(routes.info(routes.known(request))))
    .on('DELETE', one, (request) => routes.remove(request))
    .on('GET', `${one}/config`, (request) => json(routes.known(request).config))
    .on('PUT', `${one}/config`, (request) => routes.putConfig(request))
    .on('PATCH', `${one}/config`, (request) => routes.patchConfig(request))
    .on('GET', `${one}/status`, ({ params }) =>
      json(connectorStatus(params['name'] ?? '', worker.stores.statuses, worker.stores.configs)),
    )
    .on('GET', `${one}/tasks`, (request) => routes.tasks(request))
    .on('GET', `${one}/tasks-config`, (request) => routes.tasksConfig(request))
    .on('GET', `${one}/tasks/:task/status`, ({ params }) =>
      json(taskStatus(params['name'] ?? '', taskNumber(params['task']), worker.stores.statuses)),
    )
    .on('POST', `${one}/tasks/:task/restart`, (request) => routes.restartTask(request))
    .on('POST', `${one}/restart`, (request) => routes.restart(request))
    .on('PUT', `${one}/pause`, (request) => routes.setTarget(request, 'PAUSED', 202))
    .on('PUT', `${one}/resume`, (request) => routes.setTarget(request, 'STARTED', 202))
    .on('PUT', `${one}/stop`, (request) => routes.setTarget(request, 'STOPPED', 204));
}

interface Known {
  readonly name: string;
  readonly config: Config;
}

class ConnectorRoutes {
  private readonly worker: Worker;

  constructor(worker: Worker) {
    this.worker = worker;
  }

  known({ params }: RoutedRequest): Known {
    const name = params['name'] ?? '';
    const config = this.worker.stores.configs.config(name);
    if (config === undefined) throw new ConnectRestError(404, `Connector ${name} not found`);
    return { name, config };
  }

  info({ name, config }: Known): object {
    return connectorInfo(name, config, this.worker.stores.configs.tasks(name).length);
  }

  list({ query }: RoutedRequest): HttpResponse {
    const { configs, statuses } = this.worker.stores;
    const expand = query.getAll('expand');
    if (expand.length === 0) return json(configs.connectors());
    const expanded = configs.connectors().map((name) => {
      const parts: Record<string, unknown> = {};
      const config = configs.config(name) ?? {};
      for (const part of expand) {
        if (part === 'status' && statuses.connector(name) !== undefined)
          parts['status'] = connectorStatus(name, statuses, configs);
        else if (part === 'info') parts['info'] = this.info({ name, config });
      }
      return [name, parts];
    });
    return json(Object.fromEntries(expanded));
  }

  async create(request: RoutedRequest): Promise<HttpResponse> {
    const body = readBody(request);
    if (body === undefined || body === null)
      throw new ConnectRestError(500, `Cannot invoke "${createRequest}.name()" because "createRequest" is null`);
    const object = asObject(body, createRequest);
    refuseUnknown(object, createRequest, ['config', 'name', 'initial_state']);
    const given = object.get('name');
    const name = typeof given === 'string' ? given.trim() : '';
    const wanted = object.get('initial_state') ?? null;
    const state = typeof wanted === 'string' ? initialStates[wanted.toUpperCase()] : undefined;
    if (wanted !== null && state === undefined)
      throw new ConnectRestError(
        500,
        `Cannot construct instance of \`${createRequest}$InitialState\`, problem: No enum constant ${createRequest.replace('CreateConnectorRequest', 'CreateConnectorRequest.InitialState')}.${typeof wanted === 'string' ? wanted.toUpperCase() : '?'} (through reference chain: ${createRequest}["initial_state"])`,
      );
    const config = withName(
      name,
      readConfig(object.get('config'), `${createRequest}["config"]->java.util.LinkedHashMap`),
    );
    return this.worker.exclusively(async () => {
      const valid = this.validated(config);
      if (this.worker.stores.configs.config(name) !== undefined)
        throw new ConnectRestError(409, `Connector ${name} already exists`);
      return this.put(request, name, valid, state);
    });
  }

  async putConfig(request: RoutedRequest): Promise<HttpResponse> {
    const name = request.params['name'] ?? '';
    const config = withName(name, readConfig(readBody(request), 'java.util.LinkedHashMap'));
    return this.worker.exclusively(async () => this.put(request, name, this.validated(config), undefined));
  }

  async patchConfig(request: RoutedRequest): Promise<HttpResponse> {
    const name = request.params['name'] ?? '';
    const patch = readConfig(readBody(request), 'java.util.LinkedHashMap');
    return this.worker.exclusively(async () => {
      const merged: Record<string, string | null> = { ...this.known(request).config };
      for (const [key, value] of Object.entries(patch)) {
        if (value === null) delete merged[key];
        else merged[key] = value;
      }
      return this.put(request, name, this.validated(withName(name, merged)), undefined);
    });
  }

  /** The configuration without nulls. Throws 400 with all that is wrong. */
  private validated(config: RawConfig): Config {
    const connectorClass = config['connector.class'];
    if (connectorClass === undefined || connectorClass === null) {
      const shown = Object.entries(config).map(([key, value]) => `${key}=${value}`);
      throw new ConnectRestError(400, `Connector config {${shown.join(', ')}} contains no connector type`);
    }
    requireConnector(connectorClass);
    const { errors } = validateConnector(config, {
      defaults: this.worker.config.defaults,
      readFile: this.worker.readFile,
    });
    if (errors.length > 0)
      throw new ConnectRestError(
        400,
        `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\nYou can also find the above list of errors at the endpoint \`/connector-plugins/{connectorType}/config/validate\``,
      );
    return config as Config;
  }

  /** Stores a configuration and starts the connector anew; its tasks begin behind the answer. */
  private async put(
    request: RoutedRequest,
    name: string,
    config: Config,
    state: TargetState | undefined,
  ): Promise<HttpResponse> {
    const { worker } = this;
    const { configs } = worker.stores;
    const isNew = configs.config(name) === undefined;
    const tasks = isNew ? 0 : configs.tasks(name).length;
    if (!isNew) await worker.stopTasks(name);
    if (state !== undefined && state !== 'STARTED') await configs.putTarget(name, state);
    await configs.putConfig(name, config);
    if (await worker.startConnector(name)) this.behind(name, () => worker.startTasks(name));
    const info = connectorInfo(name, config, tasks);
    if (!isNew) return json(info);
    const host = request.headers['host'] ?? request.headers[':authority'] ?? worker.id;
    const answer = json(info, 201);
    return {
      ...answer,
      headers: { ...answer.headers, location: `http://${host}/connectors/${encodeURIComponent(name)}` },
    };
  }

  /** Does something as the next thing after the answer; what goes wrong shows in the connector's status. */
  private behind(name: string, change: () => Promise<void>): void {
    const { worker } = this;
    worker.exclusively(change).catch((error: unknown) => {
      worker.ports.logger.error(`Connector ${name} could not be started.`, { error });
    });
  }

  remove(request: RoutedRequest): Promise<HttpResponse> {
    const { worker } = this;
    return worker.exclusively(async () => {
      const { name } = this.known(request);
      await worker.stopTasks(name);
      await worker.stores.configs.remove(name);
      await worker.stores.statuses.remove(name);
      return { status: 204 };
    });
  }

  tasks(request: RoutedRequest): HttpResponse {
    const { name } = this.known(request);
    return json(
      this.worker.stores.configs.tasks(name).map((config, task) => ({ id: { connector: name, task }, config })),
    );
  }

  /** Gone since 4.0; older clients still ask for it. */
  tasksConfig(request: RoutedRequest): HttpResponse {
    const { name } = this.known(request);
    const configs = this.worker.stores.configs.tasks(name);
    return json(Object.fromEntries(configs.map((config, task) => [`${name}-${task}`, config])));
  }

  restartTask({ params }: RoutedRequest): Promise<HttpResponse> {
    const { worker } = this;
    const name = params['name'] ?? '';
    const task = taskNumber(params['task']);
    return worker.exclusively(async () => {
      this.requireRestartable(name);
      const config = worker.stores.configs.tasks(name)[task];
      if (config === undefined) throw new ConnectRestError(404, `Unknown task: ${name}-${task}`);
      await worker.stopTask(name, task);
      worker.startTask(name, task, config);
      return { status: 204 };
    });
  }

  restart({ params, query }: RoutedRequest): Promise<HttpResponse> {
    const { worker } = this;
    const { statuses, configs } = worker.stores;
    const name = params['name'] ?? '';
    const includeTasks = query.get('includeTasks') === 'true';
    const onlyFailed = query.get('onlyFailed') === 'true';
    return worker.exclusively(async () => {
      this.requireRestartable(name);
      const failed = (state: string | undefined): boolean => !onlyFailed || state === 'FAILED';
      const plan: RestartPlan = {
        connector: failed(statuses.connector(name)?.state),
        tasks: new Set(
          includeTasks ? statuses.tasksOf(name).flatMap(([task, { state }]) => (failed(state) ? [task] : [])) : [],
        ),
      };
      const answer: HttpResponse =
        includeTasks || onlyFailed ? json(connectorStatus(name, statuses, configs, plan), 202) : { status: 204 };
      this.behind(name, () => this.carryOut(name, plan));
      return answer;
    });
  }

  private async carryOut(name: string, plan: RestartPlan): Promise<void> {
    const { worker } = this;
    const { statuses, configs } = worker.stores;
    for (const task of plan.tasks) await statuses.putTask(name, task, worker.status('RESTARTING'));
    // A connector that had failed to start has no tasks yet.
    const hadFailed = statuses.connector(name)?.state === 'FAILED';
    if (plan.connector && hadFailed) return worker.start(name);
    if (plan.connector) await worker.startConnector(name);
    for (const task of plan.tasks) {
      const config = configs.tasks(name)[task];
      await worker.stopTask(name, task);
      if (config !== undefined) worker.startTask(name, task, config);
    }
  }

  private requireRestartable(name: string): void {
    if (this.worker.stores.configs.config(name) === undefined)
      throw new ConnectRestError(404, `Unknown connector: ${name}`);
  }

  setTarget({ params }: RoutedRequest, target: TargetState, status: number): Promise<HttpResponse> {
    const { worker } = this;
    const name = params['name'] ?? '';
    return worker.exclusively(async () => {
      const { configs } = worker.stores;
      if (configs.config(name) === undefined) throw new ConnectRestError(404, `Unknown connector ${name}`);
      if (configs.targetState(name) !== target) {
        await configs.putTarget(name, target);
        await worker.applyTarget(name, target);
      }
      return { status };
    });
  }
}

/** Throws 404 for what is no number, as a path that leads nowhere. */
function taskNumber(text: string | undefined): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) throw new ConnectRestError(404, 'HTTP 404 Not Found');
  return Number(text);
}

/** Throws 400 for a class that the worker does not have. */
export function requireConnector(name: string): void {
  if (findPlugin([datagen], name.trim()) !== undefined) return;
  throw new ConnectRestError(
    400,
    `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: PluginDesc{klass=class ${datagen.class}, name='${datagen.class}', version='${datagen.version}', encodedVersion=${datagen.version}, type=${datagen.type}, typeName='${datagen.type}', location='classpath'}`,
  );
}

/** The name goes into the configuration; one that is there already has to be the same. Throws 400. */
function withName(name: string, config: RawConfig): RawConfig {
  const given = config['name'];
  if (given === undefined) return { ...config, name };
  if (given !== null && given !== name)
    throw new ConnectRestError(
      400,
      `Connector name configuration (${given}) doesn't match connector name in the URL (${name})`,
    );
  return config;
}
