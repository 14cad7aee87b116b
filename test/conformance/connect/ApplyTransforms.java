import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/** Sends one record of each kind through the transformations of Apache Kafka that each case names, and prints what came of it as JSON. */
public class ApplyTransforms {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    ArrayNode results = JSON.createArrayNode();
    for (JsonNode one : JSON.readTree(Files.readString(Path.of(args[0])))) results.add(run(one));
    System.out.println(JSON.writeValueAsString(results));
  }

  private static ObjectNode run(JsonNode one) {
    ObjectNode result = JSON.createObjectNode();
    Map<String, String> config = new HashMap<>();
    one.get("config").fields().forEachRemaining(entry -> config.put(entry.getKey(), entry.getValue().asText()));
    List<Stage> stages = new ArrayList<>();
    try {
      for (String alias : config.get("transforms").split(",")) stages.add(stage(alias, config));
    } catch (Exception error) {
      return result.put("configuration", text(error));
    }
    SourceRecord record = "plain".equals(one.get("record").asText()) ? plain() : wide();
    try {
      for (Stage stage : stages) {
        if (stage.predicate != null && stage.predicate.test(record) == stage.negate) continue;
        record = stage.transformation.apply(record);
        if (record == null) return result.put("filtered", true);
      }
    } catch (Exception error) {
      return result.put("failure", text(error));
    }
    result.put("topic", record.topic());
    try {
      result.put("key", json(record.topic(), record.keySchema(), record.key(), true));
      result.put("value", json(record.topic(), record.valueSchema(), record.value(), false));
      ArrayNode headers = result.putArray("headers");
      for (Header header : record.headers())
        headers.addArray().add(header.key()).add(json(record.topic(), header.schema(), header.value(), false));
    } catch (Exception error) {
      return JSON.createObjectNode().put("failure", text(error));
    }
    return result;
  }

  private record Stage(Transformation<SourceRecord> transformation, Predicate<SourceRecord> predicate, boolean negate) {}

  @SuppressWarnings("unchecked")
  private static Stage stage(String alias, Map<String, String> config) throws Exception {
    Map<String, String> own = below("transforms." + alias + ".", config);
    Transformation<SourceRecord> transformation = (Transformation<SourceRecord>) create(own.get("type"));
    transformation.configure(own);
    if (!own.containsKey("predicate")) return new Stage(transformation, null, false);
    Map<String, String> condition = below("predicates." + own.get("predicate") + ".", config);
    Predicate<SourceRecord> predicate = (Predicate<SourceRecord>) create(condition.get("type"));
    predicate.configure(condition);
    return new Stage(transformation, predicate, "true".equals(own.get("negate")));
  }

  private static Object create(String type) throws Exception {
    return Class.forName(type).getDeclaredConstructor().newInstance();
  }

  private static Map<String, String> below(String prefix, Map<String, String> config) {
    Map<String, String> found = new HashMap<>();
    config.forEach((key, value) -> { if (key.startsWith(prefix)) found.put(key.substring(prefix.length()), value); });
    return found;
  }

  private static String json(String topic, Schema schema, Object value, boolean isKey) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Map.of("schemas.enable", "true"), isKey);
    byte[] bytes = converter.fromConnectData(topic, schema, value);
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String text(Exception error) {
    // A class that does not say what it is prints its address.
    return error.getClass().getName() + ": " + String.valueOf(error.getMessage()).replaceAll("[\\w.$]+InsertionSpec@\\w+", "s");
  }

  /** As the walk-through's connector makes them. */
  private static SourceRecord plain() {
    Schema schema = SchemaBuilder.struct().name("commercialrating").field("brand", Schema.STRING_SCHEMA)
        .field("duration", Schema.INT32_SCHEMA).field("rating", Schema.INT32_SCHEMA).build();
    Struct value = new Struct(schema).put("brand", "Acme").put("duration", 30).put("rating", 2);
    ConnectHeaders headers = new ConnectHeaders();
    headers.addLong("task.generation", 0).addLong("task.id", 0).addLong("current.iteration", 17);
    return new SourceRecord(Map.of(), Map.of(), "commercials_json", null, Schema.STRING_SCHEMA, "Acme", schema, value, null, headers);
  }

  /** Every type; with a timestamp and a partition. */
  private static SourceRecord wide() {
    Schema nested = SchemaBuilder.struct().name("inner").field("x", Schema.INT32_SCHEMA)
        .field("y", SchemaBuilder.string().optional().defaultValue("d").build())
        .field("deep", SchemaBuilder.struct().optional().field("z", Schema.INT64_SCHEMA).build()).build();
    Schema schema = SchemaBuilder.struct().name("a.Wide").version(3).doc("wide").parameter("p", "q")
        .field("i8", Schema.INT8_SCHEMA).field("i16", Schema.INT16_SCHEMA).field("i32", Schema.INT32_SCHEMA)
        .field("i64", Schema.INT64_SCHEMA).field("f32", Schema.FLOAT32_SCHEMA).field("f64", Schema.FLOAT64_SCHEMA)
        .field("bool", Schema.BOOLEAN_SCHEMA).field("str", Schema.STRING_SCHEMA).field("num", Schema.STRING_SCHEMA)
        .field("when", Schema.STRING_SCHEMA).field("bytes", Schema.BYTES_SCHEMA)
        .field("nested", nested).field("opt", Schema.OPTIONAL_STRING_SCHEMA)
        .field("def", SchemaBuilder.int32().optional().defaultValue(7).build())
        .field("dec", Decimal.schema(2)).field("date", Date.SCHEMA).field("time", Time.SCHEMA).field("ts", Timestamp.SCHEMA)
        .build();
    Struct value = new Struct(schema).put("i8", (byte) -8).put("i16", (short) 300).put("i32", 70000)
        .put("i64", 1647530603857L).put("f32", 1.5f).put("f64", -2.75e10).put("bool", true).put("str", "text")
        .put("num", "42").put("when", "2022-03-17 15:23:23.857").put("bytes", ByteBuffer.wrap(new byte[] {1, 2, 3}))
        .put("nested", new Struct(nested).put("x", 5)).put("dec", new BigDecimal("12.50"))
        .put("date", new java.util.Date(86400000L * 19068)).put("time", new java.util.Date(55403857L))
        .put("ts", new java.util.Date(1647530603857L));
    return new SourceRecord(Map.of(), Map.of(), "wide-topic", 4, Schema.OPTIONAL_STRING_SCHEMA, null, schema, value, 1647530603857L, new ConnectHeaders());
  }
}
