package millrace.peers;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Appends lines at a pace, whatever becomes of them, and reads the counts as soon as it can. A count has
 * the time of the line that made it: the moment that line was due.
 */
final class Latency {
  private static final int TICK_MS = 10;
  private static final int SETTLE_MS = 3000;
  private static final long LONGEST_MICROS = 600_000_000L;

  private Latency() {}

  static void measure(String bootstrap, double linesPerSecond, int seconds) throws Exception {
    var isOver = new AtomicBoolean();
    var delays = new Histogram(LONGEST_MICROS, 3);
    var reader = new Thread(() -> read(bootstrap, delays, isOver));
    reader.start();
    append(bootstrap, linesPerSecond, seconds);
    Thread.sleep(SETTLE_MS);
    isOver.set(true);
    reader.join();
    Peers.say("latency " + delays.getTotalCount() + " " + at(delays, 50) + " " + at(delays, 95) + " " + at(delays, 99));
  }

  private static double at(Histogram delays, double percentile) {
    return delays.getValueAtPercentile(percentile) / 1000.0;
  }

  private static void append(String bootstrap, double linesPerSecond, int seconds) throws Exception {
    var config = new HashMap<>(Peers.client(bootstrap));
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      int partitions = producer.partitionsFor("lines").size();
      var lines = new Lines();
      long start = System.currentTimeMillis();
      long sent = 0;
      for (int tick = 1; tick * TICK_MS < seconds * 1000; tick++) {
        long due = start + (long) tick * TICK_MS;
        Thread.sleep(Math.max(0, due - System.currentTimeMillis()));
        long wanted = Math.round(linesPerSecond * tick * TICK_MS / 1000);
        for (; sent < wanted; sent++) {
          producer.send(new ProducerRecord<>("lines", tick % partitions, due, null, lines.next()));
        }
      }
    }
  }

  private static void read(String bootstrap, Histogram delays, AtomicBoolean isOver) {
    var config = new HashMap<>(Peers.client(bootstrap));
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100_000);
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor("word-counts").stream()
              .map(info -> new TopicPartition("word-counts", info.partition()))
              .collect(Collectors.toList());
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
      while (!isOver.get()) {
        var records = consumer.poll(Duration.ofMillis(50));
        double now = Peers.now();
        for (var record : records) {
          delays.recordValue(Math.max(0, Math.round((now - record.timestamp()) * 1000)));
        }
      }
    }
  }
}
