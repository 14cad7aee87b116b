import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;

/**
 * Kafka's own assignors and patterns: answers each line of input with one of output.
 *
 * {@code assign uniform|range homogeneous|heterogeneous topic:count,… member|instance|topic,…|topic:0.1,… …} gives {@code member|topic:0.1,… …}.
 * {@code regex TAB pattern TAB name TAB …} gives {@code 0}, {@code 1} for each name, or {@code error: …}.
 */
public class Oracle {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine())
            out.append(line.startsWith("regex\t") ? regex(line.split("\t", -1)) : assign(line.split(" "))).append('\n');
        System.out.print(out);
    }

    private static String regex(String[] fields) {
        try {
            Pattern pattern = Pattern.compile(fields[1]);
            StringBuilder out = new StringBuilder();
            for (int i = 2; i < fields.length; i++) out.append(pattern.matcher(fields[i]).matches() ? '1' : '0');
            return out.toString();
        } catch (PatternSyntaxException error) {
            return "error: " + error.getDescription();
        }
    }

    private static String assign(String[] words) {
        ConsumerGroupPartitionAssignor assignor = words[1].equals("uniform") ? new UniformAssignor() : new RangeAssignor();
        SubscriptionType type = words[2].equals("homogeneous") ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
        Map<Uuid, Integer> counts = new HashMap<>();
        for (String topic : words[3].split(",")) counts.put(Uuid.fromString(topic.split(":")[0]), Integer.valueOf(topic.split(":")[1]));
        Map<String, MemberSubscriptionAndAssignmentImpl> members = new LinkedHashMap<>();
        Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
        for (int i = 4; i < words.length; i++) {
            String[] parts = words[i].split("\\|", -1);
            Set<Uuid> topics = new HashSet<>();
            for (String topic : parts[2].split(",")) if (!topic.isEmpty()) topics.add(Uuid.fromString(topic));
            Map<Uuid, Set<Integer>> had = new LinkedHashMap<>();
            for (String topic : parts[3].split(",")) {
                if (topic.isEmpty()) continue;
                Uuid id = Uuid.fromString(topic.split(":")[0]);
                Set<Integer> partitions = new TreeSet<>();
                for (String partition : topic.split(":")[1].split("\\.")) {
                    partitions.add(Integer.valueOf(partition));
                    inverted.computeIfAbsent(id, key -> new HashMap<>()).put(Integer.valueOf(partition), parts[0]);
                }
                had.put(id, partitions);
            }
            members.put(parts[0], new MemberSubscriptionAndAssignmentImpl(
                Optional.empty(), parts[1].isEmpty() ? Optional.empty() : Optional.of(parts[1]), topics, new Assignment(Collections.unmodifiableMap(had))));
        }
        SubscribedTopicDescriber describer = new SubscribedTopicDescriber() {
            @Override
            public int numPartitions(Uuid topicId) {
                return counts.getOrDefault(topicId, -1);
            }

            @Override
            public Set<String> racksForPartition(Uuid topicId, int partition) {
                return Set.of();
            }
        };
        GroupAssignment result = assignor.assign(new GroupSpecImpl(members, type, inverted), describer);
        StringBuilder out = new StringBuilder();
        for (String member : members.keySet()) {
            out.append(member).append('|');
            Map<String, String> topics = new TreeMap<>();
            if (result.members().containsKey(member))
                result.members().get(member).partitions().forEach((topic, partitions) -> {
                    StringBuilder list = new StringBuilder();
                    for (int partition : new TreeSet<>(partitions)) list.append(list.length() == 0 ? "" : ".").append(partition);
                    if (list.length() > 0) topics.put(topic.toString(), list.toString());
                });
            topics.forEach((topic, list) -> out.append(topic).append(':').append(list).append(','));
            out.append(' ');
        }
        return out.toString().trim();
    }
}
