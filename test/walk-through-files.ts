/** The walk-through's schema (1.1), and its two connector files (1.3, 1.4) as they stand there but for the pauses. */

export const walkThroughSchema: string = JSON.stringify({
  type: 'record',
  name: 'commercialrating',
  fields: [
    { name: 'brand', type: { type: 'string', 'arg.properties': { options: ['Acme', 'Globex'] } } },
    { name: 'duration', type: { type: 'int', 'arg.properties': { options: [30, 45, 60] } } },
    { name: 'rating', type: { type: 'int', 'arg.properties': { range: { min: 1, max: 5 } } } },
  ],
});

/** The file of 1.3; `interval` in place of its `max.interval`. */
export function jsonConnector(interval: number): string {
  return String.raw`{ "name": "datagen-commercials-json",
  "config": {
    "connector.class": "io.confluent.kafka.connect.datagen.DatagenConnector",
    "kafka.topic": "commercials_json",
    "schema.string": "{\"type\":\"record\",\"name\":\"commercialrating\",\"fields\":[{\"name\":\"brand\",\"type\":{\"type\": \"string\",\"arg.properties\":{\"options\":[\"Acme\",\"Globex\"]}}},{\"name\":\"duration\",\"type\":{\"type\":\"int\",\"arg.properties\":{\"options\": [30, 45, 60]}}},{\"name\":\"rating\",\"type\":{\"type\":\"int\",\"arg.properties\":{\"range\":{\"min\":1,\"max\":5}}}}]}",
    "schema.keyfield": "brand",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
    "max.interval": ${interval}, "iterations": 1000, "tasks.max": "1" } }`;
}

/** The file of 1.4: 1.5 says what is otherwise. */
export function avroConnector(interval: number): string {
  return jsonConnector(interval)
    .replace('datagen-commercials-json', 'datagen-commercials-avro')
    .replace('commercials_json', 'commercials_avro')
    .replace(
      '"org.apache.kafka.connect.json.JsonConverter"',
      '"io.confluent.connect.avro.AvroConverter",\n    "value.converter.schema.registry.url": "http://schema-registry:8081"',
    );
}
