package millrace.peers;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Rows of a topic and a sum over their bytes, as spec/bench/outcome.ts makes it. */
final class Tally {
  private Tally() {}

  static void tally(String bootstrap, String topic, String counts) {
    var config = new HashMap<>(Peers.client(bootstrap));
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    boolean isEvery = counts.equals("every");
    long rows = 0;
    long sum = 0;
    Map<String, Long> newest = new HashMap<>();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .collect(Collectors.toList());
      if (partitions.isEmpty()) throw new IllegalStateException(topic + " has no partitions");
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          if (isEvery) {
            rows++;
            sum += sumOf(record.key(), record.value());
            continue;
          }
          var name = new String(record.key(), StandardCharsets.ISO_8859_1);
          if (record.value() == null) newest.remove(name);
          else newest.put(name, sumOf(record.key(), record.value()));
        }
      }
    }
    for (long each : newest.values()) sum += each;
    Peers.say("tally " + (isEvery ? rows : newest.size()) + " " + sum);
  }

  private static long sumOf(byte[] key, byte[] value) {
    var crc = new CRC32();
    if (key != null) crc.update(key);
    if (value != null) crc.update(value);
    return crc.getValue();
  }
}
