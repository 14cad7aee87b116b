/** `kafka-features`: the feature levels of a cluster (`metadata.version`, `transaction.version` …). */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { argumentTool } from './arguments.ts';
import type { Argument, Arguments } from './arguments.ts';
import { readConfig } from './client-config.ts';
import {
  defaultLevel,
  dependencies,
  features as knownFeatures,
  metadataFeature,
  metadataLevel,
  productionRelease,
  releaseOf,
} from './feature-levels.ts';
import { checkCode } from './java-errors.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';
import { kafkaVersion } from './version.ts';

const levels: Readonly<Record<string, Argument>> = {
  'release-version': { metavar: 'RELEASE', help: 'All features as they go with this release, as 3.9 or 4.0-IV3.' },
  metadata: { metavar: 'METADATA', help: 'DEPRECATED. The metadata.version, as 4.3-IV0.' },
  feature: { metavar: 'FEATURE=LEVEL', help: 'A feature and its level; may stand several times.' },
  'dry-run': { help: 'Validate, but do not perform it.' },
};
const unsafe: Argument = { help: 'Do it even if metadata may get lost for good.' };

export const features: KafkaTool = argumentTool({
  program: 'kafka-features',
  description: 'This tool manages feature flags in Kafka.',
  helpCode: 0,
  complaint: (message) => `Command line error: ${message}. Type --help for help.`,
  arguments: {
    'bootstrap-server': { metavar: 'BOOTSTRAP_SERVER', help: 'The server(s) to connect to.' },
    'bootstrap-controller': { metavar: 'BOOTSTRAP_CONTROLLER', help: 'The controller(s) to connect to.' },
    'command-config': { metavar: 'COMMAND_CONFIG', help: 'A file with properties of the client.' },
  },
  exclusive: [{ names: ['bootstrap-server', 'bootstrap-controller'], required: false }],
  commands: {
    describe: {
      help: 'Describes the current active feature flags.',
      arguments: {
        'node-id': { metavar: 'NODE_ID', type: 'Integer', help: 'The broker that is asked. (default: any)' },
      },
      run: connected(describe),
    },
    upgrade: {
      help: 'Upgrade one or more feature flags.',
      arguments: levels,
      run: connected((client, args, env) => update(client, 'upgrade', wanted(args, env, false), args, env)),
    },
    downgrade: {
      help: 'Downgrade one or more feature flags.',
      arguments: { ...levels, unsafe },
      run: connected((client, args, env) => update(client, 'downgrade', wanted(args, env, true), args, env)),
    },
    disable: {
      help: 'Disable one or more feature flags. This is the same as downgrading the version to zero.',
      arguments: {
        feature: { metavar: 'FEATURE', help: 'A feature flag to disable.' },
        'dry-run': { help: 'Validate, but do not perform it.' },
        unsafe,
      },
      run: connected((client, args, env) =>
        update(client, 'disable', new Map(args.values('feature').map((name) => [name, 0])), args, env),
      ),
    },
    'version-mapping': {
      help: 'The levels of the features that go with a release.',
      arguments: {
        'release-version': {
          metavar: 'RELEASE',
          help: `The release, as 3.9 or 4.0-IV3. (default: ${productionRelease})`,
        },
      },
      run: versionMapping,
    },
    'feature-dependencies': {
      help: 'What a level of a feature needs.',
      arguments: {
        feature: {
          metavar: 'FEATURE=LEVEL',
          required: true,
          help: 'A feature and its level; may stand several times.',
        },
      },
      run: featureDependencies,
    },
  },
});

async function versionMapping(args: Arguments, env: ToolEnvironment): Promise<number> {
  const release = args.value('release-version') ?? productionRelease;
  const metadata = metadataLevel(release);
  env.out(`${metadataFeature}=${metadata} (${release})\n`);
  for (const feature of knownFeatures) env.out(`${feature.name}=${defaultLevel(feature, metadata)}\n`);
  return 0;
}

async function featureDependencies(args: Arguments, env: ToolEnvironment): Promise<number> {
  for (const text of args.values('feature')) env.out(dependencies(...featureLevel(text)));
  return 0;
}

function connected(
  run: (client: KafkaClient, args: Arguments, env: ToolEnvironment) => Promise<number>,
): (args: Arguments, env: ToolEnvironment) => Promise<number> {
  return async (args, env) => {
    const server = args.value('bootstrap-server') ?? args.value('bootstrap-controller');
    if (server === undefined)
      throw failed(
        'Command line error: You must specify either --bootstrap-controller or --bootstrap-server.. Type --help for help.',
      );
    const config = readConfig(env, [args.value('command-config')]);
    return withClient(env, server, config, (client) => run(client, args, env));
  };
}

function failed(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

async function describe(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  const node = args.number('node-id');
  if (node !== undefined && node < 0) throw failed(`Invalid node id ${node}: must be non-negative.`);
  const request = { clientSoftwareName: 'millrace', clientSoftwareVersion: kafkaVersion };
  const answer = await client.request('ApiVersions', request, undefined, node === undefined ? undefined : { node });
  checkCode(answer.errorCode);
  const finalized = new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]));
  const epoch = Number(answer.finalizedFeaturesEpoch) < 0 ? '-' : String(answer.finalizedFeaturesEpoch);
  const sorted = [...answer.supportedFeatures].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, minVersion, maxVersion } of sorted) {
    const level = (value: number): string => levelText(name, value).padEnd(15);
    env.out(
      `Feature: ${name.padEnd(40)}  SupportedMinVersion: ${level(minVersion)}  SupportedMaxVersion: ${level(maxVersion)}  FinalizedVersionLevel: ${level(finalized.get(name) ?? 0)}  Epoch: ${epoch}\n`,
    );
  }
  return 0;
}

/** Features with the levels that the command line names. */
function wanted(args: Arguments, env: ToolEnvironment, isDown: boolean): Map<string, number> {
  const updates = new Map<string, number>();
  const metadata = args.value('metadata');
  const release = args.value('release-version');
  if (release !== undefined) {
    if (metadata !== undefined || args.has('feature'))
      throw failed('Can not specify `release-version` with other feature flags.');
    const level = metadataLevel(release);
    updates.set(metadataFeature, level);
    for (const feature of knownFeatures) {
      if (isDown || defaultLevel(feature, level) > 0) updates.set(feature.name, defaultLevel(feature, level));
    }
    return updates;
  }
  if (metadata !== undefined) {
    env.out(' `metadata` flag is deprecated and may be removed in a future release.\n');
    updates.set(metadataFeature, metadataLevel(metadata));
  }
  for (const text of args.values('feature')) {
    const [name, level] = featureLevel(text);
    if (updates.has(name)) throw failed(`Feature ${name} was specified more than once.`);
    updates.set(name, level);
  }
  return updates;
}

const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 };

async function update(
  client: KafkaClient,
  action: 'upgrade' | 'downgrade' | 'disable',
  updates: ReadonlyMap<string, number>,
  args: Arguments,
  env: ToolEnvironment,
): Promise<number> {
  if (updates.size === 0) throw failed(`You must specify at least one feature to ${action}`);
  const down = args.has('unsafe') ? upgradeTypes.unsafeDowngrade : upgradeTypes.safeDowngrade;
  const answer = await client.request('UpdateFeatures', {
    timeoutMs: 60_000,
    featureUpdates: Array.from(updates, ([feature, maxVersionLevel]) => ({
      feature,
      maxVersionLevel,
      upgradeType: action === 'upgrade' ? upgradeTypes.upgrade : down,
      allowDowngrade: action !== 'upgrade',
    })),
    validateOnly: args.has('dry-run'),
  });
  let failures = 0;
  for (const [name, level] of [...updates].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Since version 2 the answer is one for all.
    const result = answer.results.find(({ feature }) => feature === name) ?? answer;
    const isDry = args.has('dry-run');
    const to = action === 'disable' ? '' : ` to ${level}`;
    try {
      checkCode(result.errorCode, result.errorMessage);
      env.out(`${name}${isDry ? ' can be ' : ' was '}${action === 'disable' ? 'disabled' : `${action}d${to}`}.\n`);
    } catch (error) {
      failures++;
      env.out(`${isDry ? 'Can not' : 'Could not'} ${action} ${name}${to}. ${messageOf(error)}\n`);
    }
  }
  if (failures > 0) throw failed(`${failures} out of ${updates.size} operation(s) failed.`);
  return 0;
}

function levelText(name: string, level: number): string {
  if (name !== metadataFeature) return String(level);
  return releaseOf(level) ?? `UNKNOWN ${level}`;
}

function featureLevel(text: string): readonly [name: string, level: number] {
  const equals = text.indexOf('=');
  if (equals < 0) throw failed(`Can't parse feature=level string ${text}: equals sign not found.`);
  const [name, level] = [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
  if (!/^-?\d+$/.test(level))
    throw failed(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`);
  return [name, Number(level)];
}
