package millrace.peers;

import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * The peer's side of a measurement, one command a process. What they say on stdout, one line each, is
 * read by spec/bench/peers/kafka.ts.
 *
 * <pre>
 * load BOOTSTRAP FILE TOPIC:PARTITIONS...      creates the topics, appends the records of the file
 * run BOOTSTRAP STATE TOPOLOGY GUARANTEE THREADS CACHE_BYTES
 * watch BOOTSTRAP GROUP OUTPUT INPUTS...       first output, and when everything had come
 * tally BOOTSTRAP OUTPUT every|newest          what the output came to
 * latency BOOTSTRAP LINES_PER_SECOND SECONDS   lines in at a pace, counts out
 * sustain BOOTSTRAP WINDOW SECONDS             lines in as fast as they come out, lines a second
 * </pre>
 */
public final class Peers {
  private Peers() {}

  public static void main(String[] args) throws Exception {
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1); // whoever listens is told that no figure comes
    });
    var bootstrap = args[1];
    switch (args[0]) {
      case "load" -> Load.load(bootstrap, args[2], args);
      case "run" -> Run.run(bootstrap, args);
      case "watch" -> Watch.watch(bootstrap, args);
      case "tally" -> Tally.tally(bootstrap, args[2], args[3]);
      case "latency" -> Latency.measure(bootstrap, Double.parseDouble(args[2]), Integer.parseInt(args[3]));
      case "sustain" -> Latency.sustain(bootstrap, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
      default -> throw new IllegalArgumentException(args[0] + " is no command");
    }
  }

  static Map<String, Object> client(String bootstrap) {
    return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
  }

  static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** Now, ms since 1970, comparable with other processes of this machine. */
  static double now() {
    var now = java.time.Instant.now();
    return now.getEpochSecond() * 1000.0 + now.getNano() / 1e6;
  }
}
