package millrace.peers;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/**
 * Lines as spec/bench/text.ts makes them: five to fifteen words, the n-th as frequent as 1/n. They are made
 * before a measurement and repeated, so that making them is no part of it.
 */
final class Lines {
  private static final int VOCABULARY = 50_000;
  private static final int STEADY = 20_000;
  private final byte[][] lines = new byte[STEADY][];
  private int next = 0;

  Lines() {
    var random = new Random(43);
    for (int n = 0; n < STEADY; n++) lines[n] = line(random);
  }

  byte[] next() {
    return lines[next++ % STEADY];
  }

  private static byte[] line(Random random) {
    int length = 5 + random.nextInt(11);
    var line = new StringBuilder();
    for (int n = 0; n < length; n++) {
      if (n > 0) line.append(' ');
      line.append(word((int) Math.pow(VOCABULARY, random.nextDouble())));
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String word(int rank) {
    var name = new StringBuilder();
    for (int rest = rank + 20; rest > 0; rest /= 26) name.append((char) ('a' + rest % 26));
    return name.reverse().toString();
  }
}
