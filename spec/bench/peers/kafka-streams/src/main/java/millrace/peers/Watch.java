package millrace.peers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * Says, whenever something moved, what was read of the inputs and what is readable of the output, and
 * ends when all inputs were read and nothing moved for a while.
 */
final class Watch {
  private static final int EVERY_MS = 10;
  private static final double QUIET_MS = 2000;
  private static final int FIRST_INPUT = 4;

  private Watch() {}

  static void watch(String bootstrap, String[] args) throws Exception {
    var group = args[2];
    var inputs = Set.of(Arrays.copyOfRange(args, FIRST_INPUT, args.length));
    try (var admin = Admin.create(Peers.client(bootstrap))) {
      var output = partitions(admin, Set.of(args[3]));
      long wanted = sum(ends(admin, partitions(admin, inputs)).values());
      Peers.say("watching " + wanted);
      var last = List.of(0L, 0L, 0L);
      for (double moved = Peers.now(); ; Thread.sleep(EVERY_MS)) {
        var positions = positions(admin, group);
        long read = 0;
        for (var each : positions.entrySet()) {
          if (inputs.contains(each.getKey().topic())) read += each.getValue();
        }
        long readable = sum(ends(admin, output).values());
        var look = List.of(read, readable, sum(positions.values()));
        double now = Peers.now();
        if (!look.equals(last)) {
          last = look;
          moved = now;
          Peers.say("look " + now + " " + read + " " + readable);
        } else if (read == wanted && now - moved > QUIET_MS) break;
      }
      Peers.say("done");
    }
  }

  private static List<TopicPartition> partitions(Admin admin, Set<String> topics) throws Exception {
    return admin.describeTopics(topics).allTopicNames().get().values().stream()
        .flatMap(
            topic ->
                topic.partitions().stream()
                    .map(partition -> new TopicPartition(topic.name(), partition.partition())))
        .collect(Collectors.toList());
  }

  /** Where readers of committed records come to an end. */
  private static Map<TopicPartition, Long> ends(Admin admin, List<TopicPartition> of) throws Exception {
    var committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
    var asked = of.stream().collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest()));
    var found = new HashMap<TopicPartition, Long>();
    admin.listOffsets(asked, committed).all().get().forEach((at, end) -> found.put(at, end.offset()));
    return found;
  }

  private static Map<TopicPartition, Long> positions(Admin admin, String group) throws Exception {
    var found = new HashMap<TopicPartition, Long>();
    try {
      admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach((at, position) -> found.put(at, position == null ? 0 : position.offset()));
    } catch (java.util.concurrent.ExecutionException error) {
      if (!(error.getCause() instanceof org.apache.kafka.common.errors.GroupIdNotFoundException)) {
        throw error;
      }
    }
    return found;
  }

  private static long sum(Iterable<Long> values) {
    long sum = 0;
    for (long value : values) sum += value;
    return sum;
  }
}
