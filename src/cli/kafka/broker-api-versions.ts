/** `kafka-broker-api-versions`: which APIs and versions each broker speaks, and which of them this client uses. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { apis } from '../../wire/apis.ts';
import type { Api } from '../../wire/apis.ts';
import { readConfig } from './client-config.ts';
import { checkCode } from './java-errors.ts';
import { Options } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { brokersOf } from './tables.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';
import { kafkaVersion } from './version.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: server(s) to use for bootstrapping',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'command-config': { argument: 'String: command config property file', help: 'A file with properties of the client.' },
  help: { help: 'Print usage information.' },
  version: { help: 'Display Kafka version.' },
};

export const brokerApiVersions: KafkaTool = {
  intro: 'This tool helps to retrieve broker version information.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    const config = readConfig(env, [options.value('command-config')]);
    return withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
      for (const { nodeId, host, port, rack } of await brokersOf(client)) {
        const node = `${host}:${port} (id: ${nodeId} rack: ${rack ?? 'null'} isFenced: false)`;
        env.out(`${node} -> ${await versionsOf(client, nodeId)}\n`);
      }
      return 0;
    });
  },
};

interface Range {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

async function versionsOf(client: KafkaClient, node: number): Promise<string> {
  let ranges: readonly Range[];
  try {
    const request = { clientSoftwareName: 'millrace', clientSoftwareVersion: kafkaVersion };
    const answer = await client.request('ApiVersions', request, undefined, { node });
    checkCode(answer.errorCode);
    ranges = answer.apiKeys;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return `ERROR: ${messageOf(error)}`;
  }
  const told = new Map(ranges.map((range) => [range.apiKey, range]));
  const known = Object.values(apis).filter(({ key, listeners }) => listeners.includes('broker') || told.has(key));
  const lines = new Map(known.map((api) => [api.key, line(api, told.get(api.key))]));
  for (const { apiKey, minVersion, maxVersion } of ranges) {
    if (!lines.has(apiKey)) lines.set(apiKey, `UNKNOWN(${apiKey}): ${span(minVersion, maxVersion)}`);
  }
  const sorted = [...lines].sort(([a], [b]) => a - b).map(([_key, text]) => `\t${text}`);
  return `(\n${sorted.join(',\n')}\n)`;
}

function line(api: Api, range: Range | undefined): string {
  const name = `${api.name}(${api.key}): `;
  if (range === undefined) return `${name}UNSUPPORTED`;
  const newest = Math.min(api.maxVersion, range.maxVersion);
  const usable = newest >= Math.max(api.minVersion, range.minVersion);
  const why = range.minVersion > api.maxVersion ? 'node too new' : 'node too old';
  return `${name}${span(range.minVersion, range.maxVersion)} [${usable ? `usable: ${newest}` : `unusable: ${why}`}]`;
}

function span(min: number, max: number): string {
  return min === max ? String(min) : `${min} to ${max}`;
}
