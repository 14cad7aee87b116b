/** The walk-through's pipeline: two datagen connectors (endless here), the stream over the Avro topic, and the table that counts. */

const schema = JSON.stringify({
  type: 'record',
  name: 'commercialrating',
  fields: [
    { name: 'brand', type: { type: 'string', 'arg.properties': { options: ['Acme', 'Globex'] } } },
    { name: 'duration', type: { type: 'int', 'arg.properties': { options: [30, 45, 60] } } },
    { name: 'rating', type: { type: 'int', 'arg.properties': { range: { min: 1, max: 5 } } } },
  ],
});

export interface ConnectorRequest {
  readonly name: string;
  readonly config: Readonly<Record<string, string | number>>;
}

/** `intervalMs`: the longest pause between two records; the mean pause is half of it. */
export function connectorConfigs(intervalMs: number): readonly ConnectorRequest[] {
  const common = {
    'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
    'schema.string': schema,
    'schema.keyfield': 'brand',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter.schemas.enable': 'false',
    'max.interval': intervalMs,
    iterations: -1,
    'tasks.max': '1',
  };
  return [
    {
      name: 'datagen-commercials-json',
      config: {
        ...common,
        'kafka.topic': 'commercials_json',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      },
    },
    {
      name: 'datagen-commercials-avro',
      config: {
        ...common,
        'kafka.topic': 'commercials_avro',
        'value.converter': 'io.confluent.connect.avro.AvroConverter',
        'value.converter.schema.registry.url': 'http://schema-registry:8081',
      },
    },
  ];
}

/** In their order, each with the source that it creates. */
export const statements: readonly { readonly creates: string; readonly ksql: string }[] = [
  {
    creates: 'METRICS_BRAND_STREAM',
    ksql: "CREATE OR REPLACE STREAM metrics_brand_stream WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );",
  },
  {
    creates: 'METRICS_PER_BRAND',
    ksql: `CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;`,
  },
];

export const tableQuery = 'SELECT * FROM metrics_per_brand;';
