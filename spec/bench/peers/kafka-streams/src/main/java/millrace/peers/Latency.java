package millrace.peers;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
  /** The process that appends is new: what it appends first is late of its own. */
  private static final int WARM_MS = 1000;
  private static final int SETTLE_MS = 3000;
  private static final int PARTITIONS = 4;
  /** Fewer lines at once would be more work than lines. */
  private static final int LOT = 256;
  private static final int LOT_MAX = 8192;
  private static final int QUIET_MS = 5000;
  /** A side that is cold may take so long for the first count. */
  private static final int PATIENCE_MS = 60_000;
  private static final long LONGEST_MICROS = 600_000_000L;

  private Latency() {}

  static void measure(String bootstrap, double linesPerSecond, int seconds) throws Exception {
    var isOver = new AtomicBoolean();
    var countedFrom = new AtomicLong(Long.MAX_VALUE);
    var delays = new Histogram(LONGEST_MICROS, 3);
    var reader = reading(bootstrap, isOver, (record, now) -> {
      if (record.timestamp() < countedFrom.get()) return;
      delays.recordValue(Math.max(0, Math.round((now - record.timestamp()) * 1000)));
    });
    append(bootstrap, linesPerSecond, seconds, countedFrom);
    Thread.sleep(SETTLE_MS);
    isOver.set(true);
    reader.join();
    Peers.say("latency " + delays.getTotalCount() + " " + at(delays, 50) + " " + at(delays, 95) + " " + at(delays, 99));
  }

  /**
   * Appends as fast as it goes while no more than a window of lines was not read yet, and says how many a
   * second went all the way, from the first append to the last count.
   */
  static void sustain(String bootstrap, int window, int seconds) throws Exception {
    var isOver = new AtomicBoolean();
    var newest = new AtomicLongArray(PARTITIONS);
    var lastAt = new AtomicLong();
    var reader = reading(bootstrap, isOver, (record, now) -> {
      newest.accumulateAndGet(record.partition(), record.timestamp(), Math::max);
      lastAt.set((long) now);
    });
    long start = System.currentTimeMillis();
    long lines = appendInStep(bootstrap, window, start + seconds * 1000L, newest);
    while (System.currentTimeMillis() < (lastAt.get() == 0 ? start + PATIENCE_MS : lastAt.get() + QUIET_MS)) {
      Thread.sleep(5);
    }
    isOver.set(true);
    reader.join();
    Peers.say("sustained " + lines * 1000.0 / (lastAt.get() - start));
  }

  private static long appendInStep(String bootstrap, int window, long end, AtomicLongArray newest)
      throws Exception {
    try (var producer = producer(bootstrap)) {
      var lines = new Lines();
      var marks = new ArrayDeque<long[]>();
      long sent = 0;
      long read = 0;
      long last = 0;
      while (System.currentTimeMillis() < end) {
        long upTo = LongStream.range(0, PARTITIONS).map(n -> newest.get((int) n)).min().getAsLong();
        while (!marks.isEmpty() && marks.peek()[0] <= upTo) read = marks.poll()[1];
        long lot = Math.min(window - (sent - read), LOT_MAX);
        if (lot < LOT) {
          Thread.sleep(1);
          continue;
        }
        last = Math.max(System.currentTimeMillis(), last + 1);
        for (long n = 0; n < lot; n++, sent++) {
          producer.send(new ProducerRecord<>("lines", (int) (n * PARTITIONS / lot), last, null, lines.next()));
        }
        marks.add(new long[] {last, sent});
      }
      return sent;
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
    var config = new HashMap<>(Peers.client(bootstrap));
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static double at(Histogram delays, double percentile) {
    return delays.getValueAtPercentile(percentile) / 1000.0;
  }

  private static void append(
      String bootstrap, double linesPerSecond, int seconds, AtomicLong countedFrom)
      throws Exception {
    try (var producer = producer(bootstrap)) {
      var lines = new Lines();
      long start = System.currentTimeMillis();
      countedFrom.set(start + WARM_MS);
      long sent = 0;
      for (int tick = 1; tick * TICK_MS < WARM_MS + seconds * 1000; tick++) {
        long due = start + (long) tick * TICK_MS;
        Thread.sleep(Math.max(0, due - System.currentTimeMillis()));
        long wanted = Math.round(linesPerSecond * tick * TICK_MS / 1000);
        for (; sent < wanted; sent++) {
          producer.send(new ProducerRecord<>("lines", tick % PARTITIONS, due, null, lines.next()));
        }
      }
    }
  }

  private interface Look {
    void at(ConsumerRecord<byte[], byte[]> record, double now);
  }

  /** A thread that reads; it knows where it begins, so that nothing appended from now on is missed. */
  private static Thread reading(String bootstrap, AtomicBoolean isOver, Look look) throws Exception {
    var isAtEnd = new CountDownLatch(1);
    var reader = new Thread(() -> read(bootstrap, isOver, isAtEnd, look));
    reader.start();
    isAtEnd.await();
    return reader;
  }

  private static void read(
      String bootstrap, AtomicBoolean isOver, CountDownLatch isAtEnd, Look look) {
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
      isAtEnd.countDown();
      while (!isOver.get()) {
        var records = consumer.poll(Duration.ofMillis(50));
        double now = Peers.now();
        for (var record : records) look.at(record, now);
      }
    }
  }
}
