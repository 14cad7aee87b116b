/**
 * docker-compose.yml without Docker: each of its services as a process of its own, by the command and the environment that stand there.
 * In place of the names of containers stands this machine, and all ports are moved; nothing else is changed.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolNames } from '../../src/cli/kafka/tools.ts';
import { createUrlAliases } from '../../src/client/url-aliases.ts';
import { nodeDisk } from '../../src/core/disk.ts';
import { readConfiguration } from '../../src/server/configuration/read.ts';
import { eventually } from '../eventually.ts';
import { describePeer, kcat } from '../peers.ts';
import { walkThroughSchema } from '../walk-through-files.ts';
import { cli, freePortOffset, startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';

interface Service {
  readonly image: string;
  readonly container_name: string;
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

const text = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { services } = parse(text('docker-compose.yml'), { merge: true }) as { services: Record<string, Service> };
const dockerfile = text('Dockerfile');
const servers = ['broker', 'schema-registry', 'connect', 'ksqldb-server'] as const;
/** Service → port by which clients on the host know it. */
const hostPorts = { broker: 9092, 'schema-registry': 8081, connect: 8083, 'ksqldb-server': 8088 } as const;

describe('docker-compose.yml', () => {
  it('has the classic services, one image, and says which are missing', () => {
    expect(Object.keys(services)).toEqual([...servers, 'ksqldb-cli', 'ksql-datagen']);
    for (const [name, service] of Object.entries(services)) {
      expect(service).toMatchObject({ image: 'millrace', container_name: name });
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(services[other]?.healthcheck, `${name} waits for ${other}`).toBeDefined();
    }
    for (const missing of ['zookeeper', 'control-center', 'rest-proxy'])
      expect(text('docker-compose.yml')).toContain(`\`${missing}\``);
  });

  it.each(servers)('%s: command, environment and ports are what our command line takes', async (name) => {
    const { command, environment = {}, ports } = services[name] as Service;
    expect(command).toEqual(['up', '--services', name]);
    expect(ports).toEqual([`${hostPorts[name]}:${hostPorts[name]}`]);
    const options = await readConfiguration({
      disk: nodeDisk,
      environment: texts(environment),
      flags: { services: command[2] },
    });
    expect(options.services).toEqual([name]);
  });

  it('names other services by the aliases that we know', () => {
    const aliases = createUrlAliases({ kafka: 'x', schemaRegistry: 'x', connect: 'x', ksql: 'x' });
    const named = Object.values(services)
      .flatMap(({ environment = {} }) => Object.values(environment).map(String))
      .flatMap((value) => value.split(','))
      .filter((value) => /^(http:\/\/)?[a-z-]+:\d+$/.test(value));
    expect(named.length).toBeGreaterThan(4);
    for (const name of named)
      expect(name.startsWith('http') ? aliases.url(name) : aliases.bootstrapServers(name)).toMatch(/^(http:\/\/)?x$/);
  });

  it('calls only tools that the image has', () => {
    const called = Object.values(services).flatMap(({ command, healthcheck, entrypoint }) => [
      ...(entrypoint === undefined
        ? []
        : [...command.join(' ').matchAll(/(?:^|&& )(?:exec )?([a-z-]+)/g)].map((match) => match[1])),
      ...(healthcheck === undefined ? [] : [healthcheck.test[1]]),
    ]);
    expect(new Set(called)).toEqual(new Set(['cub', 'millrace', 'tail']));
    expect(toolNames()).toContain('cub');
  });
});

describe('Dockerfile', () => {
  it('links every tool that `millrace --help` lists', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, '--help']);
    // What the shell makes of it: every word that is a tool's name.
    const [, words = ''] = /tr -s ' ' '\\n' \| grep -xE '([^']+)'/.exec(dockerfile) ?? [];
    const pattern = new RegExp(`^(${words})$`);
    const linked = stdout.split(/\s+/).filter((word) => pattern.test(word));
    expect(linked.sort()).toEqual([...toolNames()].sort());
  });

  it('copies what is there, and sets settings that exist', async () => {
    for (const [, files = ''] of dockerfile.matchAll(/^COPY (?!--from)(?!\. )(.+) \S+$/gm))
      for (const file of files.split(' ')) expect(() => text(file), file).not.toThrow();
    const environment = Object.fromEntries(
      (/^ENV (.+)$/m.exec(dockerfile)?.[1] ?? '').split(' ').map((pair) => pair.split('=') as [string, string]),
    );
    expect(await readConfiguration({ disk: nodeDisk, environment, flags: {} })).toMatchObject({
      dataDir: '/data',
      listen: ['0.0.0.0'],
    });
    expect(/^EXPOSE (.+)$/m.exec(dockerfile)?.[1]).toBe(Object.values(hostPorts).join(' '));
  });
});

describePeer('kcat', 'the services of docker-compose.yml, each in a process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-compose-'));
  const processes: StackProcess[] = [];
  let offset = 0;
  beforeAll(async () => {
    offset = await freePortOffset();
    for (const name of servers) {
      const { environment = {}, command } = services[name] as Service;
      const here = Object.fromEntries(
        Object.entries(texts(environment)).map(([variable, value]) => [variable, onThisMachine(variable, value)]),
      );
      processes.push(await startProcess(join(folder, name), offset, command.slice(1), here));
    }
  }, 60_000);
  afterAll(async () => {
    for (const one of processes.reverse()) await one.interrupt();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Other services by this machine's name; listeners say their port without the offset, clients with it. */
  function onThisMachine(variable: string, value: string): string {
    const local = value.replace(/\b(?:broker|schema-registry|connect|ksqldb-server):(\d+)/g, 'localhost:$1');
    if (/LISTENERS/.test(variable)) return local.replaceAll('0.0.0.0', '127.0.0.1');
    return local.replace(/localhost:(\d+)/g, (_whole, port: string) => `localhost:${Number(port) + offset}`);
  }

  const at = (service: keyof typeof hostPorts): string => `localhost:${hostPorts[service] + offset}`;

  it('is a stack: Datagen writes by the registry, ksqlDB counts, and asks Connect', async () => {
    for (const [address, port] of [
      [at('broker'), 9092 + offset],
      [`localhost:${29_092 + offset}`, 29_092 + offset],
    ] as const)
      expect((await kcat(['-L', '-b', address])).stdout).toContain(`broker 1 at localhost:${port}`);
    await post(`http://${at('connect')}/connectors`, {
      name: 'dg',
      config: {
        'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
        'kafka.topic': 'commercials_avro',
        'schema.string': walkThroughSchema,
        'schema.keyfield': 'brand',
        'max.interval': 1,
        iterations: 50,
      },
    });
    await eventually(async () =>
      expect(await get(`http://${at('schema-registry')}/subjects`)).toEqual(['commercials_avro-value']),
    );
    const ksql = `http://${at('ksqldb-server')}/ksql`;
    await post(ksql, {
      ksql: "CREATE STREAM s WITH (KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO'); CREATE TABLE c AS SELECT 1 AS k, COUNT(*) AS cnt FROM s GROUP BY 1;",
      streamsProperties: { 'auto.offset.reset': 'earliest' },
    });
    await eventually(async () => {
      const response = await fetch(`http://${at('ksqldb-server')}/query-stream`, {
        method: 'POST',
        body: JSON.stringify({ sql: 'SELECT cnt FROM c;' }),
      });
      expect(await response.text()).toContain('[50]');
    });
    expect(await post(ksql, { ksql: 'SHOW CONNECTORS;' })).toMatchObject([
      { connectors: [{ name: 'dg', className: 'io.confluent.kafka.connect.datagen.DatagenConnector' }] },
    ]);
  }, 60_000);
});

function texts(environment: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}

async function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as unknown;
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}
