package millrace.peers;

import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** A host of Kafka Streams, until it is told to stop. */
final class Run {
  private static final int TOPOLOGY = 3;

  private Run() {}

  static void run(String bootstrap, String[] args) throws InterruptedException {
    var topology = Topologies.valueOf(args[TOPOLOGY].toUpperCase(Locale.ROOT));
    var config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[TOPOLOGY]);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[2]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[4].replace('-', '_'));
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[5]);
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, args[6]);
    // What it takes with exactly once; else it is 30 s, and nobody sees for as long what was read.
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
    // Where Materialized.as() names a store, its serdes are those of the stream; these are for the rest.
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.IntegerSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    var streams = new KafkaStreams(topology.builder().build(config), config);
    streams.setStateListener((now, before) -> Peers.say("state " + now + " " + Peers.now()));
    streams.setGlobalStateRestoreListener(new Restored());
    var over = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  streams.close();
                  over.countDown();
                }));
    streams.start();
    over.await();
  }

  private static final class Restored implements StateRestoreListener {
    private final AtomicLong records = new AtomicLong();

    @Override
    public void onRestoreStart(TopicPartition from, String store, long start, long end) {}

    @Override
    public void onBatchRestored(TopicPartition from, String store, long end, long count) {
      records.addAndGet(count);
    }

    @Override
    public void onRestoreEnd(TopicPartition from, String store, long total) {
      Peers.say("restored " + records.get() + " " + Peers.now());
    }
  }
}
