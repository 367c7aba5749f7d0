package io.logfold.query.cluster;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.utils.ByteBufferInputStream;

/**
 * What nodes tell each other through the group's coordinator, as bytes. Of a placement only the first ranks are sent: the
 * others follow, and so a table of a thousand partitions takes two kilobytes. A change of {@link PlacementRule} R3 or of these
 * bytes is a new version, and a new name of the assignor.
 */
final class PlacementCodec {
  private static final byte VERSION = 1;

  private PlacementCodec() {}

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  static ByteBuffer encode(NodeReport report) {
    return write(out -> {
      out.writeUTF(report.node());
      out.writeUTF(report.address());
      out.writeLong(report.incarnation());
      out.writeInt(report.asks());
      out.writeInt(report.leads().size());
      for (Map.Entry<Integer, Long> lead : new TreeMap<>(report.leads()).entrySet()) {
        out.writeInt(lead.getKey());
        out.writeLong(lead.getValue());
      }
    });
  }

  /** @throws IllegalArgumentException where these are no such bytes */
  static NodeReport report(ByteBuffer bytes) {
    return read(bytes, in -> {
      String node = in.readUTF();
      String address = in.readUTF();
      long incarnation = in.readLong();
      int asks = in.readInt();
      Map<Integer, Long> leads = new HashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        leads.put(in.readInt(), in.readLong());
      }
      return new NodeReport(node, address, incarnation, asks, leads);
    });
  }

  static ByteBuffer encode(Placement placement) {
    return write(out -> {
      List<String> names = List.copyOf(placement.members().keySet());
      out.writeShort(names.size());
      for (Map.Entry<String, String> member : placement.members().entrySet()) {
        out.writeUTF(member.getKey());
        out.writeUTF(member.getValue());
      }
      out.writeInt(placement.rankings().size());
      for (String first : placement.firsts()) {
        out.writeShort(names.indexOf(first));
      }
    });
  }

  /** @throws IllegalArgumentException where these are no such bytes */
  static Placement placement(ByteBuffer bytes, int generation) {
    return read(bytes, in -> {
      Map<String, String> members = new TreeMap<>();
      List<String> names = new ArrayList<>();
      for (int left = in.readUnsignedShort(); left > 0; left--) {
        String name = in.readUTF();
        names.add(name);
        members.put(name, in.readUTF());
      }
      List<String> firsts = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        firsts.add(names.get(in.readUnsignedShort()));
      }
      return Placement.of(members, firsts, generation);
    });
  }

  private static ByteBuffer write(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException("an array takes all bytes", e);
    }
    return ByteBuffer.wrap(bytes.toByteArray());
  }

  private static <T> T read(ByteBuffer bytes, Reading<T> reading) {
    try (DataInputStream in = new DataInputStream(new ByteBufferInputStream(bytes.duplicate()))) {
      byte version = in.readByte();
      if (version != VERSION) {
        throw new IllegalArgumentException("version " + version + ", this node reads " + VERSION);
      }
      return reading.from(in);
    } catch (IOException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("cut off or of something else: " + e, e);
    }
  }
}
