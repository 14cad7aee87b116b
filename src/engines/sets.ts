/** The engines that can be installed, and of what: pinned versions that are known to work together. */
import { assert } from '../core/assert.ts';
import { flinkJars, kafkaJars, sparkJars } from './pins.ts';

export type EngineName = 'flink' | 'spark' | 'kafka';
export const engineNames: readonly EngineName[] = ['flink', 'spark', 'kafka'];

/** A file of a package registry. */
export interface Artifact {
  readonly from: 'maven' | 'pypi';
  /** File name. */
  readonly file: string;
  /** Maven: path below the repository. PyPI: name of the project. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface EngineSet {
  readonly engine: EngineName;
  /** As people call it. */
  readonly title: string;
  readonly version: string;
  /** A Python package's source archive, unpacked as a whole. */
  readonly archive?: Artifact;
  /** Copied into one folder. */
  readonly jars: readonly Artifact[];
  /** Lowest versions that it runs on. */
  readonly java: number;
  readonly python?: readonly [number, number];
}

export const engineSets: Readonly<Record<EngineName, EngineSet>> = {
  flink: {
    engine: 'flink',
    title: 'Apache Flink',
    version: '2.2.1',
    archive: {
      from: 'pypi',
      file: 'apache_flink_libraries-2.2.1.tar.gz',
      path: 'apache-flink-libraries',
      bytes: 312_504_331,
      sha256: 'eec27ffa86d01184de7f5ab668c479c83cdb75ebc7fba8091307da4f1a9d3348',
    },
    jars: mavenArtifacts(flinkJars),
    java: 11,
  },
  spark: {
    engine: 'spark',
    title: 'Apache Spark',
    version: '4.1.1',
    archive: {
      from: 'pypi',
      file: 'pyspark-4.1.1.tar.gz',
      path: 'pyspark',
      bytes: 455_359_625,
      sha256: '77f78984aa84fbe865c717dd37b49913b4e5c97d76ef6824f932f1aefa6621ec',
    },
    jars: mavenArtifacts(sparkJars),
    java: 17,
    python: [3, 10],
  },
  kafka: {
    engine: 'kafka',
    title: 'Apache Kafka',
    version: '4.3.1',
    jars: mavenArtifacts(kafkaJars),
    java: 17,
  },
};

/** Everything of a set, in the order in which it is fetched. */
export function artifactsOf(set: EngineSet): readonly Artifact[] {
  return set.archive === undefined ? set.jars : [set.archive, ...set.jars];
}

function mavenArtifacts(pins: string): Artifact[] {
  return pins
    .trim()
    .split('\n')
    .map((line) => {
      const [coordinates = '', bytes = '', sha256 = ''] = line.split(' ');
      const [group, name, version] = coordinates.split(':');
      assert(group !== undefined && name !== undefined && version !== undefined, 'group:name:version');
      const file = `${name}-${version}.jar`;
      return {
        from: 'maven',
        file,
        path: `${group.replaceAll('.', '/')}/${name}/${version}/${file}`,
        bytes: Number(bytes),
        sha256,
      };
    });
}
