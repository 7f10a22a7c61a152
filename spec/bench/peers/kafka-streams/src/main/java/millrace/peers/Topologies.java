package millrace.peers;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.KeyValueStore;

/** What spec/bench measures, said in the DSL of Kafka Streams. */
enum Topologies {
  STATELESS(Topologies::stateless),
  WORDCOUNT(Topologies::wordCount),
  COUNTING(Topologies::counting),
  TUMBLING(Topologies::tumbling),
  HOPPING(Topologies::hopping),
  SESSION(Topologies::session),
  PAID(Topologies::paid),
  NAMED(Topologies::named),
  ADDRESSED(Topologies::addressed);

  private static final Serde<String> TEXT = Serdes.String();
  private static final Serde<Integer> INT = Serdes.Integer();
  private static final Serde<Long> LONG = Serdes.Long();
  private static final Duration SIZE = Duration.ofSeconds(10);

  private final Consumer<StreamsBuilder> build;

  Topologies(Consumer<StreamsBuilder> build) {
    this.build = build;
  }

  StreamsBuilder builder() {
    var builder = new StreamsBuilder();
    build.accept(builder);
    return builder;
  }

  private static void stateless(StreamsBuilder builder) {
    builder.stream("lines", Consumed.with(Serdes.Bytes(), TEXT))
        .mapValues(line -> line + ";seen")
        .filter((key, line) -> !line.startsWith("b"))
        .mapValues(line -> line.toUpperCase())
        .to("mapped", Produced.with(Serdes.Bytes(), TEXT));
  }

  private static void wordCount(StreamsBuilder builder) {
    builder.stream("lines", Consumed.with(Serdes.Bytes(), TEXT))
        .flatMapValues(line -> Arrays.asList(line.toLowerCase().split("\\W+")))
        .filter((key, word) -> !word.isEmpty())
        .groupBy((key, word) -> word, Grouped.with(TEXT, TEXT))
        .count(Materialized.as("counts"))
        .toStream()
        .to("word-counts", Produced.with(TEXT, LONG));
  }

  private static void counting(StreamsBuilder builder) {
    builder.stream("documents", Consumed.with(INT, Serdes.Bytes()))
        .groupByKey(Grouped.with(INT, Serdes.Bytes()))
        .count(Materialized.as("counts"))
        .toStream()
        .to("replayed", Produced.with(INT, LONG));
  }

  private static KGroupedStream<Integer, Integer> visits(StreamsBuilder builder) {
    return builder.stream("visits", Consumed.with(INT, INT)).groupByKey(Grouped.with(INT, INT));
  }

  private static void tumbling(StreamsBuilder builder) {
    visits(builder)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(SIZE))
        .count(Materialized.as("counts"))
        .toStream()
        .to("tumbling", Produced.with(timeWindowed(), LONG));
  }

  private static void hopping(StreamsBuilder builder) {
    visits(builder)
        .windowedBy(TimeWindows.ofSizeWithNoGrace(SIZE).advanceBy(Duration.ofSeconds(2)))
        .count(Materialized.as("counts"))
        .toStream()
        .to("hopping", Produced.with(timeWindowed(), LONG));
  }

  private static Serde<org.apache.kafka.streams.kstream.Windowed<Integer>> timeWindowed() {
    return new WindowedSerdes.TimeWindowedSerde<>(INT, SIZE.toMillis());
  }

  private static void session(StreamsBuilder builder) {
    visits(builder)
        .windowedBy(SessionWindows.ofInactivityGapWithNoGrace(Duration.ofSeconds(5)))
        .count(Materialized.as("counts"))
        .toStream()
        .to("session", Produced.with(new WindowedSerdes.SessionWindowedSerde<>(INT), LONG));
  }

  private static void paid(StreamsBuilder builder) {
    var within = JoinWindows.ofTimeDifferenceAndGrace(Duration.ZERO, Duration.ofSeconds(1)).after(SIZE);
    var payments = builder.stream("payments", Consumed.with(INT, INT));
    builder.stream("orders", Consumed.with(INT, TEXT))
        .join(payments, (order, cents) -> order + ": " + cents, within, StreamJoined.with(INT, TEXT, INT))
        .to("paid", Produced.with(INT, TEXT));
  }

  private static void named(StreamsBuilder builder) {
    KTable<Integer, String> names =
        builder.table("names", Consumed.with(INT, TEXT), Materialized.as("names"));
    builder.stream("visits", Consumed.with(INT, TEXT))
        .join(names, (page, name) -> name + " saw " + page)
        .to("named", Produced.with(INT, TEXT));
  }

  private static void addressed(StreamsBuilder builder) {
    KTable<Integer, String> customers =
        builder.table("customers", Consumed.with(INT, TEXT), Materialized.as("customers"));
    KTable<Integer, Order> orders =
        builder.table("orders", Consumed.with(INT, orderSerde()), Materialized.as("orders"));
    orders.join(
            customers,
            Order::customer,
            (order, name) -> order.pieces() + " for " + name,
            Materialized.<Integer, String, KeyValueStore<Bytes, byte[]>>as("addressed")
                .withKeySerde(INT)
                .withValueSerde(TEXT))
        .toStream()
        .to("addressed", Produced.with(INT, TEXT));
  }

  record Order(@JsonProperty("customer") int customer, @JsonProperty("pieces") int pieces) {}

  private static Serde<Order> orderSerde() {
    var mapper = new ObjectMapper();
    return Serdes.serdeFrom(
        (topic, order) -> {
          try {
            return order == null ? null : mapper.writeValueAsBytes(order);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        },
        (topic, bytes) -> {
          try {
            return bytes == null ? null : mapper.readValue(bytes, Order.class);
          } catch (IOException error) {
            throw new UncheckedIOException(error);
          }
        });
  }
}
