package millrace.peers;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Records from a file into topics: each with its partition, its time, and its bytes as they are. */
final class Load {
  private static final int FIRST_TOPIC = 3;

  private Load() {}

  static void load(String bootstrap, String file, String[] args) throws Exception {
    try (var admin = Admin.create(Peers.client(bootstrap))) {
      var topics = new ArrayList<NewTopic>();
      for (int n = FIRST_TOPIC; n < args.length; n++) {
        var parts = args[n].split(":");
        topics.add(new NewTopic(parts[0], Integer.parseInt(parts[1]), (short) 1));
      }
      admin.createTopics(topics).all().get();
    }
    Peers.say("loaded " + append(bootstrap, file));
  }

  private static long append(String bootstrap, String file) throws Exception {
    var config = new HashMap<>(Peers.client(bootstrap));
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 50);
    long records = 0;
    try (var in = new DataInputStream(new BufferedInputStream(new FileInputStream(file), 1 << 20));
        var producer =
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (; ; records++) {
        String topic;
        try {
          topic = in.readUTF();
        } catch (EOFException end) {
          break;
        }
        int partition = in.readInt();
        long time = (long) in.readDouble();
        var key = bytes(in);
        var value = bytes(in);
        producer.send(new ProducerRecord<>(topic, partition, time, key, value));
      }
    }
    return records;
  }

  private static byte[] bytes(DataInputStream in) throws Exception {
    int length = in.readInt();
    if (length < 0) return null;
    var bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
