/**
 * Bad inputs at each face, with what the real systems answer: status, code and text. Where a text is ours, the real system has no such input
 * (a flag of `millrace up`, our configuration file) or says what only a Java program can say.
 */

export interface BadRequest {
  readonly service: 'registry' | 'connect' | 'ksql';
  /** `POST /connectors`. */
  readonly request: string;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
  readonly status: number;
  readonly code?: number;
  readonly message: string | RegExp;
}

/** A text is the whole message, but for the place that may stand behind it. */
const ksql = (statement: string, message: string | RegExp, code = 40001): BadRequest => ({
  service: 'ksql',
  request: 'POST /ksql',
  body: { ksql: statement },
  status: 400,
  code,
  message: typeof message === 'string' ? withPlace(message) : message,
});

function withPlace(message: string): RegExp {
  return new RegExp(`^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\nAt line \\d+, column \\d+:\n.*\n *\\^)?$`);
}

const registry = (request: string, body: unknown, code: number, message: string | RegExp): BadRequest => ({
  service: 'registry',
  request,
  ...(body === undefined ? {} : { body }),
  status: Number(String(code).slice(0, 3)),
  code,
  message,
});

const connect = (request: string, body: unknown, status: number, message: string | RegExp): BadRequest => ({
  service: 'connect',
  request,
  ...(body === undefined ? {} : { body }),
  status,
  code: status,
  message,
});

const versionIds = (text: string): string =>
  `The specified version '${text}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`;
const topicMissing =
  "Topic 'none' does not exist. If you want to create a new topic for the stream/table please re-run the statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). For example: CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='none', VALUE_FORMAT='JSON', PARTITIONS=2);";

export const badRequests: readonly BadRequest[] = [
  registry('GET /nope', undefined, 404, 'HTTP 404 Not Found'),
  registry('DELETE /subjects', undefined, 405, 'HTTP 405 Method Not Allowed'),
  registry('GET /subjects/none/versions', undefined, 40401, "Subject 'none' not found."),
  registry('GET /subjects/none/versions/1', undefined, 40401, "Subject 'none' not found."),
  registry('DELETE /subjects/none', undefined, 40401, "Subject 'none' not found."),
  registry('GET /subjects/none/versions/0', undefined, 42202, versionIds('0')),
  registry('GET /subjects/none/versions/x', undefined, 42202, versionIds('x')),
  registry('GET /subjects/there/versions/9', undefined, 40402, 'Version 9 not found.'),
  registry('GET /schemas/ids/999', undefined, 40403, 'Schema 999 not found'),
  registry('GET /config/none', undefined, 40408, "Subject 'none' does not have subject-level compatibility configured"),
  registry('POST /subjects/s/versions', '{', 400, /JSON/),
  registry('POST /subjects/s/versions', {}, 42201, 'Empty schema'),
  registry(
    'POST /subjects/s/versions',
    { schema: '{"type":"recor"}' },
    42201,
    /^Invalid schema .*schema=\{"type":"recor"\}/,
  ),
  registry(
    'POST /subjects/s/versions',
    { schema: '"string"', schemaType: 'THRIFT' },
    42201,
    'Invalid schema type THRIFT',
  ),
  registry('POST /subjects/there', { schema: '"int"' }, 40403, 'Schema not found'),
  registry(
    'POST /subjects/there/versions',
    { schema: '"int"' },
    409,
    /^Schema being registered is incompatible with an earlier schema for subject "there", details: \[/,
  ),
  registry(
    'DELETE /subjects/there?permanent=true',
    undefined,
    40405,
    "Subject 'there' was not deleted first before being permanently deleted",
  ),
  registry(
    'PUT /config',
    { compatibility: 'SOMETIMES' },
    42203,
    /^Invalid compatibility level\. Valid values are none, backward, forward, full,/,
  ),
  registry('PUT /mode', { mode: 'NOPE' }, 42204, /^Invalid mode\. Valid values are READWRITE, READONLY/),

  connect('GET /nope', undefined, 404, 'HTTP 404 Not Found'),
  connect('PUT /connectors', {}, 405, 'HTTP 405 Method Not Allowed'),
  connect(
    'POST /connectors',
    '{',
    500,
    /^Unexpected end-of-input: was expecting double-quote to start field name\n at \[Source: /,
  ),
  connect(
    'POST /connectors',
    '[]',
    500,
    'Cannot deserialize value of type `org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest` from Array value (token `JsonToken.START_ARRAY`)',
  ),
  connect('POST /connectors', { name: 'x', config: {} }, 400, 'Connector config {name=x} contains no connector type'),
  connect(
    'POST /connectors',
    { name: 'x', config: { 'connector.class': 'Nope' } },
    400,
    /^Failed to find any class that implements Connector and which name matches Nope, available connectors are: PluginDesc\{/,
  ),
  connect(
    'POST /connectors',
    { name: 'x', config: { 'connector.class': 'Datagen', quickstart: 'users' } },
    400,
    /^Connector configuration is invalid and contains the following 1 error\(s\):\nMissing required configuration "kafka\.topic" which has no default value\.\nYou can also find the above list of errors at the endpoint `\/connector-plugins\/\{connectorType\}\/config\/validate`$/,
  ),
  connect(
    'POST /connectors',
    { name: 'x', config: { 'connector.class': 'Datagen', 'kafka.topic': 't', quickstart: 'users', transforms: 'a' } },
    400,
    /\nMissing required configuration "transforms\.a\.type" which has no default value\.\n/,
  ),
  connect(
    'PUT /connectors/b/config',
    { 'connector.class': 'Datagen', name: 'a' },
    400,
    "Connector name configuration (a) doesn't match connector name in the URL (b)",
  ),
  connect('GET /connectors/none', undefined, 404, 'Connector none not found'),
  connect('GET /connectors/none/status', undefined, 404, 'No status found for connector none'),
  connect('DELETE /connectors/none', undefined, 404, 'Connector none not found'),
  connect('POST /connectors/none/restart', undefined, 404, 'Unknown connector: none'),
  connect('PATCH /connectors/none/config', { a: 'b' }, 404, 'Connector none not found'),
  connect(
    'PATCH /connectors/none/offsets',
    { offsets: [] },
    400,
    'Partitions / offsets need to be provided for an alter offsets request',
  ),
  connect('PUT /connector-plugins/Datagen/config/validate', {}, 400, 'Connector config {} contains no connector type'),
  connect('PUT /admin/loggers/root', { level: 'LOUD' }, 404, "invalid log level 'LOUD'."),

  {
    service: 'ksql',
    request: 'POST /ksql',
    body: '{',
    status: 400,
    code: 40000,
    message: /^Invalid JSON in request: /,
  },
  { service: 'ksql', request: 'POST /ksql', body: {}, status: 400, code: 40000, message: /ksql/ },
  ksql('SELEC 1;', /^line 1:1: Syntax Error\n/),
  ksql('SHOW STREAMS', /^line 1:13: Syntax Error\n/),
  ksql('DESCRIBE nothing;', "Could not find STREAM/TABLE 'NOTHING' in the Metastore"),
  ksql('DROP STREAM nothing;', /^Stream NOTHING does not exist\.\nAt line 1, column 1:\nDROP STREAM nothing;\n\^$/),
  ksql('TERMINATE nothing;', 'Unknown queryId: NOTHING'),
  ksql("SET 'nope'='1';", 'Unknown property: nope'),
  ksql("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='none', VALUE_FORMAT='JSON');", topicMissing),
  ksql(
    "CREATE STREAM s (a INT) WITH (VALUE_FORMAT='JSON');",
    'Failed to prepare statement: Missing required property "KAFKA_TOPIC" which has no default value.',
  ),
  ksql("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='none', VALUE_FORMAT='NOPE', PARTITIONS=1);", 'Unknown format: NOPE'),
  ksql(
    "CREATE STREAM s (a NOPE) WITH (KAFKA_TOPIC='none', VALUE_FORMAT='JSON', PARTITIONS=1);",
    /^Cannot resolve unknown type: NOPE\nAt line 1, column 20:\nCREATE STREAM s \(a NOPE\).*\n {19}\^$/,
  ),
  ksql(
    'CREATE TABLE t AS SELECT nope, COUNT(*) FROM words GROUP BY nope;',
    /GROUP BY column 'NOPE' cannot be resolved\./,
  ),
  ksql(
    'SELECT * FROM words EMIT CHANGES;',
    /^The following statement types should be issued to the websocket endpoint '\/query':/,
    40002,
  ),
  {
    service: 'ksql',
    request: 'POST /ksql',
    body: { ksql: 'SHOW STREAMS;', streamsProperties: { nope: '1' } },
    status: 400,
    code: 40000,
    message: /Not recognizable as ksql, streams, consumer, or producer property: 'nope'$/,
  },
  {
    service: 'ksql',
    request: 'POST /query-stream',
    body: { sql: 'SELECT * FROM nothing EMIT CHANGES;' },
    status: 400,
    code: 40001,
    message: /NOTHING does not exist\./,
  },
  {
    service: 'ksql',
    request: 'POST /close-query',
    body: { queryId: 'nope' },
    status: 400,
    code: 40000,
    message: 'No query with id nope',
  },
  {
    service: 'ksql',
    request: 'POST /inserts-stream',
    body: '{"target":"nothing"}\n',
    status: 400,
    code: 40001,
    message: 'Cannot insert values into an unknown stream/table: `NOTHING`',
  },
];

/** A command line that fails: its exit code, and what is in what it prints. */
export interface BadCommand {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: string | RegExp;
  /** Written before, beside where the command runs. */
  readonly files?: Readonly<Record<string, string>>;
}

const up = (flags: readonly string[], says: string | RegExp, files?: BadCommand['files']): BadCommand => ({
  args: ['up', ...flags],
  code: 1,
  says,
  ...(files === undefined ? {} : { files }),
});

export const badCommands: readonly BadCommand[] = [
  { args: ['nope'], code: 1, says: "error: unknown command 'nope'" },
  up(['--nope'], "error: unknown option '--nope'"),
  up(
    ['--port-offset', 'x'],
    'millrace: Invalid value x for port.offset (--port-offset, MILLRACE_PORT_OFFSET): it is a whole number from 0 to 65535.',
  ),
  up(
    ['--port-offset', '60000'],
    'Kafka cannot listen at port 69092: ports end at 65535. Choose a smaller --port-offset.',
  ),
  up(['--durability', 'maybe'], 'it is one of page-cache, fsync.'),
  up(['--services', 'nope'], 'there is no "nope"; there are broker, schema-registry, connect, ksqldb-server.'),
  up(['--set', 'broker.nope=1'], 'broker does not know the property "nope" (value "1", from --set)'),
  up(
    ['--set', 'broker.num.partitions=x'],
    'Invalid value x for configuration num.partitions: Not a number of type INT',
  ),
  up(
    ['--set', 'broker.listeners=PLAINTEXT:/x'],
    "Error creating broker listeners from '[PLAINTEXT:/x]': Unable to parse PLAINTEXT:/x to a broker endpoint",
  ),
  up(
    ['--set', 'connect.offset.flush.interval.ms=x'],
    'Invalid value x for configuration offset.flush.interval.ms: Not a number of type LONG',
  ),
  up(
    ['--set', 'ksqldb-server.commit.interval.ms=x'],
    'Invalid value x for configuration commit.interval.ms: Not a number of type LONG',
  ),
  up(['--listen', '203.0.113.7'], 'Kafka cannot listen at port'),
  up(['--bootstrap-server', 'localhost:1'], 'Cannot reach Kafka at localhost:1'),
  up(['--config', 'none.yaml'], 'The configuration file none.yaml cannot be read: ENOENT'),
  up([], 'millrace.yaml is not YAML: ', { 'millrace.yaml': 'broker: [' }),
  up([], 'millrace.yaml: there is no setting "brocker.num.partitions"', {
    'millrace.yaml': 'brocker: { num.partitions: 3 }',
  }),
  up([], /data\/meta is not what Millrace writes there/, { 'data/meta': 'garbage' }),
  up(['--data-dir', '/proc/nope'], 'The data directory /proc/nope cannot be written'),
  {
    args: ['reset', '--yes', '--data-dir', 'file'],
    code: 1,
    says: 'does not look like a data directory of Millrace; nothing was deleted.',
    files: { file: '' },
  },
  { args: ['status'], code: 1, says: 'Nothing is running on ' },
  { args: ['exec'], code: 1, says: 'exec needs the name of a container and a command.' },
  { args: ['exec', 'nope', 'ls'], code: 1, says: 'No such container: nope' },
  { args: ['exec', 'broker', 'ls'], code: 1, says: 'exec: "ls" is not a command of broker here.' },
  { args: ['ksql', '-f', 'none.sql', 'http://localhost:1'], code: 255, says: 'No such script file: none.sql' },
  {
    args: ['ksql', '-e', 'SHOW STREAMS;', 'localhost:8088'],
    code: 255,
    says: 'The supplied serverAddress is invalid: localhost:8088',
  },
  {
    args: ['ksql', '-e', 'SHOW STREAMS;', 'http://localhost:1'],
    code: 255,
    says: 'Remote server at http://localhost:1 does not appear to be a valid KSQL',
  },
  { args: ['kafka-topics', '--nope'], code: 1, says: 'nope is not a recognized option' },
  { args: ['kafka-topics', '--list'], code: 1, says: '--bootstrap-server must be specified' },
  {
    args: ['kafka-topics', '--bootstrap-server', 'nohost', '--list'],
    code: 1,
    says: 'Invalid url in bootstrap.servers: nohost',
  },
  { args: ['cub', 'nope'], code: 1, says: 'cub: nope is not a command here' },
];
