import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;

/**
 * What a GUI for Kafka asks through its library, once around: cluster, topics, configurations, records, groups and their offsets.
 * Prints what it was told as one JSON object. It compiles against kafka-clients 2.8.0 and the newest ones; what it creates is gone afterwards.
 * Argument: bootstrap servers.
 */
public final class GuiCalls {
  private static final String TOPIC = "gui-topic";
  private static final String GROUP = "gui-group";
  private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;
  private static final Duration POLL = Duration.ofMillis(500);

  private final Map<String, Object> report = new LinkedHashMap<>();
  private final String servers;
  private final Admin admin;

  private GuiCalls(String servers) {
    this.servers = servers;
    this.admin = Admin.create(Map.of("bootstrap.servers", servers, "default.api.timeout.ms", "20000", "request.timeout.ms", "20000"));
  }

  public static void main(String[] args) throws Exception {
    GuiCalls calls = new GuiCalls(args[0]);
    try (Admin admin = calls.admin) {
      calls.cluster();
      calls.topics();
      calls.configs();
      calls.produce();
      calls.browse();
      calls.groups();
      calls.removeRecords();
      calls.refusals();
      calls.remove();
    }
    System.out.println(json(calls.report));
  }

  private void cluster() throws Exception {
    DescribeClusterResult cluster = admin.describeCluster();
    report.put("nodes", map(cluster.nodes().get(), node -> node.id() + "@" + node.host() + ":" + node.port()));
    report.put("controller", cluster.controller().get().id());
    report.put("clusterId", cluster.clusterId().get());
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(cluster.controller().get().id()));
    Config config = admin.describeConfigs(List.of(broker)).all().get().get(broker);
    report.put("brokerConfigs", Map.of(
        "known", config.get("log.retention.hours") != null && config.get("num.partitions") != null,
        "many", config.entries().size() > 20));
  }

  private void topics() throws Exception {
    admin.createTopics(List.of(new NewTopic(TOPIC, Optional.of(2), Optional.empty()).configs(Map.of("retention.ms", "3600000")))).all().get();
    report.put("listed", admin.listTopics().names().get().contains(TOPIC));
    report.put("listedInternal", new TreeSet<>(admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get())
        .stream().anyMatch(name -> name.equals(TOPIC)));
    report.put("described", describe());
    admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(3))).all().get();
    report.put("describedAfterMorePartitions", describe());
  }

  private Object describe() throws Exception {
    TopicDescription topic = descriptions(admin.describeTopics(List.of(TOPIC))).get().get(TOPIC);
    return Map.of("name", topic.name(), "internal", topic.isInternal(), "partitions", map(topic.partitions(), partition ->
        partition.partition() + " leader " + partition.leader().id() + " replicas " + ids(partition.replicas()) + " isr " + ids(partition.isr())));
  }

  /** `all` until 3.9, `allTopicNames` since 3.1. */
  @SuppressWarnings("unchecked")
  private static KafkaFuture<Map<String, TopicDescription>> descriptions(DescribeTopicsResult result) throws ReflectiveOperationException {
    try {
      return (KafkaFuture<Map<String, TopicDescription>>) DescribeTopicsResult.class.getMethod("allTopicNames").invoke(result);
    } catch (NoSuchMethodException old) {
      return (KafkaFuture<Map<String, TopicDescription>>) DescribeTopicsResult.class.getMethod("all").invoke(result);
    }
  }

  private void configs() throws Exception {
    report.put("configsAtFirst", shownConfigs());
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
    admin.incrementalAlterConfigs(Map.of(topic, List.of(
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact,delete"), AlterConfigOp.OpType.SET),
        new AlterConfigOp(new ConfigEntry("retention.ms", null), AlterConfigOp.OpType.DELETE)))).all().get();
    report.put("configsAltered", shownConfigs());
    replaceConfigs(topic, Map.of("max.message.bytes", "2000000"));
    report.put("configsReplaced", shownConfigs());
  }

  /** GUIs of the time replace all configurations of a topic at once; the call is gone from 4.0's library, and its effect is done step by step. */
  private void replaceConfigs(ConfigResource topic, Map<String, String> values) throws Exception {
    List<ConfigEntry> entries = values.entrySet().stream().map(e -> new ConfigEntry(e.getKey(), e.getValue())).collect(Collectors.toList());
    try {
      Object result = Admin.class.getMethod("alterConfigs", Map.class).invoke(admin, Map.of(topic, new Config(entries)));
      ((AlterConfigsResult) result).all().get();
    } catch (NoSuchMethodException gone) {
      List<AlterConfigOp> steps = map(entries, entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET));
      steps.add(new AlterConfigOp(new ConfigEntry("cleanup.policy", null), AlterConfigOp.OpType.DELETE));
      admin.incrementalAlterConfigs(Map.of(topic, steps)).all().get();
    }
  }

  private Object shownConfigs() throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
    Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
    Map<String, Object> shown = new TreeMap<>();
    for (String name : List.of("cleanup.policy", "retention.ms", "max.message.bytes")) {
      ConfigEntry entry = config.get(name);
      shown.put(name, entry.value() + " " + entry.source() + (entry.isReadOnly() ? " read-only" : "") + (entry.isSensitive() ? " sensitive" : ""));
    }
    return shown;
  }

  private void produce() throws Exception {
    List<String> sent = new ArrayList<>();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(Map.of(
        "bootstrap.servers", servers,
        "key.serializer", "org.apache.kafka.common.serialization.StringSerializer",
        "value.serializer", "org.apache.kafka.common.serialization.StringSerializer"))) {
      for (int i = 0; i < 12; i++) {
        Integer partition = i == 11 ? 0 : null;
        ProducerRecord<String, String> record = new ProducerRecord<>(TOPIC, partition, FIRST_TIMESTAMP + i * 1000L, "key-" + i, i == 5 ? null : "value " + i);
        record.headers().add("number", String.valueOf(i).getBytes(StandardCharsets.UTF_8)).add("empty", null);
        RecordMetadata at = producer.send(record).get();
        sent.add(at.partition() + "/" + at.offset());
      }
    }
    report.put("sent", sent);
  }

  private KafkaConsumer<String, String> consumer() {
    Map<String, Object> config = new HashMap<>(Map.of(
        "bootstrap.servers", servers, "group.id", GROUP, "enable.auto.commit", "false", "auto.offset.reset", "earliest",
        "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
        "value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer"));
    return new KafkaConsumer<>(config);
  }

  private void browse() {
    try (KafkaConsumer<String, String> consumer = consumer()) {
      List<TopicPartition> partitions = map(consumer.partitionsFor(TOPIC), info -> new TopicPartition(info.topic(), info.partition()));
      partitions.sort(Comparator.comparing(TopicPartition::partition));
      report.put("partitionsListed", consumer.listTopics().get(TOPIC).size());
      report.put("beginning", texts(consumer.beginningOffsets(partitions)));
      report.put("end", texts(consumer.endOffsets(partitions)));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      report.put("all", map(take(consumer, 12), GuiCalls::text));
      consumer.seekToEnd(partitions);
      report.put("positionsAtEnd", map(partitions, consumer::position));
      for (TopicPartition partition : partitions) consumer.seek(partition, Math.max(0, consumer.position(partition) - 1));
      report.put("newest", map(take(consumer, partitions.size()), GuiCalls::text));
      Map<TopicPartition, Long> times = new HashMap<>();
      for (TopicPartition partition : partitions) times.put(partition, FIRST_TIMESTAMP + 6000);
      report.put("offsetsForTimes", texts(consumer.offsetsForTimes(times)));
      times.replaceAll((partition, time) -> FIRST_TIMESTAMP + 3_600_000);
      Map<TopicPartition, OffsetAndTimestamp> later = consumer.offsetsForTimes(times);
      report.put("offsetsForTimesAfterTheLast", map(partitions, later::get));
    }
  }

  private List<ConsumerRecord<String, String>> take(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    for (int tries = 0; records.size() < count && tries < 40; tries++) consumer.poll(POLL).forEach(records::add);
    records.sort(Comparator.comparing((ConsumerRecord<String, String> r) -> r.timestamp()));
    return records;
  }

  private static String text(ConsumerRecord<String, String> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) headers.add(header.key() + "=" + (header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8)));
    return record.partition() + "/" + record.offset() + " " + record.timestampType() + " " + (record.timestamp() - FIRST_TIMESTAMP) + " "
        + record.key() + ": " + record.value() + " " + headers;
  }

  private void groups() throws Exception {
    try (KafkaConsumer<String, String> consumer = consumer()) {
      consumer.subscribe(List.of(TOPIC));
      report.put("consumedInGroup", take(consumer, 12).size());
      consumer.commitSync();
      ConsumerGroupDescription group = describeGroup();
      report.put("group", Map.of("state", group.state(), "assignor", group.partitionAssignor(), "coordinator", group.coordinator().id(),
          "members", map(group.members(), member -> member.host() + " " + new TreeSet<>(map(member.assignment().topicPartitions(), TopicPartition::toString)))));
    }
    report.put("groupListed", admin.listConsumerGroups().all().get().stream().anyMatch(group -> group.groupId().equals(GROUP)));
    report.put("groupAfterwards", Map.of("state", describeGroup().state(), "members", describeGroup().members().size()));
    report.put("offsets", offsets());
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < 3; partition++) ends.put(new TopicPartition(TOPIC, partition), OffsetSpec.latest());
    Map<TopicPartition, Long> latest = new HashMap<>();
    admin.listOffsets(ends).all().get().forEach((partition, info) -> latest.put(partition, info.offset()));
    report.put("latest", texts(latest));
    admin.alterConsumerGroupOffsets(GROUP, Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(1, "by hand"))).all().get();
    report.put("offsetsAltered", offsets());
    admin.deleteConsumerGroups(List.of(GROUP)).all().get();
    report.put("groupListedAfterDeletion", admin.listConsumerGroups().all().get().stream().anyMatch(group -> group.groupId().equals(GROUP)));
  }

  private ConsumerGroupDescription describeGroup() throws Exception {
    return admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP);
  }

  private Object offsets() throws Exception {
    Map<String, Object> shown = new TreeMap<>();
    admin.listConsumerGroupOffsets(GROUP).partitionsToOffsetAndMetadata().get()
        .forEach((partition, at) -> shown.put(partition.toString(), at.offset() + (at.metadata().isEmpty() ? "" : " " + at.metadata())));
    return shown;
  }

  private void removeRecords() throws Exception {
    TopicPartition partition = new TopicPartition(TOPIC, 0);
    report.put("lowWatermark", admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).lowWatermarks().get(partition).get().lowWatermark());
    try (KafkaConsumer<String, String> consumer = consumer()) {
      report.put("beginningAfterDeletion", texts(consumer.beginningOffsets(List.of(partition))));
    }
    report.put("logDirs", map(admin.describeLogDirs(List.of(admin.describeCluster().controller().get().id())).allDescriptions().get().values(), dirs -> dirs.values().stream()
        .mapToLong(dir -> dir.replicaInfos().keySet().stream().filter(replica -> replica.topic().equals(TOPIC)).count()).sum()));
  }

  private void refusals() {
    report.put("acls", failure(admin.describeAcls(AclBindingFilter.ANY).values()));
    report.put("createdTwice", failure(admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all()));
    report.put("unknownTopic", failure(admin.deleteTopics(List.of("gui-nothing")).all()));
    report.put("unknownGroup", failure(admin.deleteConsumerGroups(List.of("gui-nobody")).all()));
    report.put("badConfig", failure(admin.createTopics(List.of(new NewTopic("gui-bad", 1, (short) 1).configs(Map.of("retention.ms", "soon")))).all()));
    report.put("fewerPartitions", failure(admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(1))).all()));
  }

  private static String failure(KafkaFuture<?> future) {
    try {
      return "no failure: " + future.get();
    } catch (ExecutionException e) {
      return e.getCause().getClass().getSimpleName() + ": " + e.getCause().getMessage();
    } catch (InterruptedException e) {
      return "interrupted";
    }
  }

  private void remove() throws Exception {
    admin.deleteTopics(List.of(TOPIC)).all().get();
    report.put("listedAfterDeletion", admin.listTopics().names().get().contains(TOPIC));
  }

  private static String ids(List<Node> nodes) {
    return map(nodes, Node::id).toString();
  }

  private static <T, R> List<R> map(Collection<T> items, Function<T, R> each) {
    List<R> result = new ArrayList<>();
    for (T item : items) result.add(each.apply(item));
    return result;
  }

  private static Map<String, Object> texts(Map<TopicPartition, ?> values) {
    Map<String, Object> result = new TreeMap<>();
    values.forEach((partition, value) -> result.put(partition.toString(), value instanceof OffsetAndTimestamp
        ? ((OffsetAndTimestamp) value).offset() + " at " + (((OffsetAndTimestamp) value).timestamp() - FIRST_TIMESTAMP) : value));
    return result;
  }

  private static String json(Object value) {
    if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
    if (value instanceof Collection) return ((Collection<?>) value).stream().map(GuiCalls::json).collect(Collectors.joining(",", "[", "]"));
    if (value instanceof Map) {
      return ((Map<?, ?>) value).entrySet().stream().map(e -> json(String.valueOf(e.getKey())) + ":" + json(e.getValue())).collect(Collectors.joining(",", "{", "}"));
    }
    return '"' + String.valueOf(value).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
