import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group that tells what it gets: {@code BOOTSTRAP TOPIC|/REGEX/ name=value…}, the latter being configuration. It ends with a line of
 * input. Lines of output: {@code has t-0 t-1}, {@code record t-0 5 value}, {@code failed …}, {@code closed}.
 */
public class GroupMember {
    public static void main(String[] args) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", args[0]);
        config.put("key.deserializer", StringDeserializer.class.getName());
        config.put("value.deserializer", StringDeserializer.class.getName());
        config.put("auto.offset.reset", "earliest");
        config.put("auto.commit.interval.ms", "100");
        for (int i = 2; i < args.length; i++) {
            String[] pair = args[i].split("=", 2);
            config.put(pair[0], pair[1]);
        }
        AtomicBoolean ended = new AtomicBoolean();
        Thread input = new Thread(() -> {
            try {
                new BufferedReader(new InputStreamReader(System.in)).readLine();
            } catch (Exception ignored) {
                // the same as the end
            }
            ended.set(true);
        });
        input.setDaemon(true);
        input.start();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config)) {
            ConsumerRebalanceListener listener = new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    System.out.println("revoked " + partitions.size());
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    Set<String> has = new TreeSet<>();
                    for (TopicPartition partition : consumer.assignment()) has.add(partition.toString());
                    System.out.println(("has " + String.join(" ", has)).trim());
                }
            };
            if (args[1].startsWith("/"))
                consumer.subscribe(new SubscriptionPattern(args[1].substring(1, args[1].length() - 1)), listener);
            else consumer.subscribe(List.of(args[1].split(",")), listener);
            while (!ended.get()) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100)))
                    System.out.println("record " + record.topic() + "-" + record.partition() + " " + record.offset() + " " + record.value());
            }
        } catch (Exception error) {
            System.out.println("failed " + error);
        }
        System.out.println("closed");
    }
}
