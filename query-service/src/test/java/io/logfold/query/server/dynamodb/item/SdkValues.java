package io.logfold.query.server.dynamodb.item;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.logfold.api.Bytes;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue.Builder;

/** Our values as the AWS SDK's, and back; and both forms from and to JSON texts. */
public final class SdkValues {
  private static final JsonFactory JSON = new JsonFactory();

  private SdkValues() {}

  public static Item item(String json) {
    return supplied(json).get();
  }

  public static Supplied<Item> supplied(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return ItemJson.readItem(parser);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String json(Item item) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      ItemJson.write(generator, item);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  public static Map<String, software.amazon.awssdk.services.dynamodb.model.AttributeValue> toSdk(
      Map<String, AttributeValue> values) {
    Map<String, software.amazon.awssdk.services.dynamodb.model.AttributeValue> converted = new TreeMap<>();
    values.forEach((name, value) -> converted.put(name, toSdk(value)));
    return converted;
  }

  public static software.amazon.awssdk.services.dynamodb.model.AttributeValue toSdk(AttributeValue value) {
    Builder builder = software.amazon.awssdk.services.dynamodb.model.AttributeValue.builder();
    return switch (value) {
      case AttributeValue.S s -> builder.s(s.value()).build();
      case AttributeValue.N n -> builder.n(n.value().text()).build();
      case AttributeValue.B b -> builder.b(bytes(b.value())).build();
      case AttributeValue.Bool b -> builder.bool(b.value()).build();
      case AttributeValue.Null ignored -> builder.nul(true).build();
      case AttributeValue.M m -> builder.m(toSdk(m.value())).build();
      case AttributeValue.L l -> builder.l(l.value().stream().map(SdkValues::toSdk).toList()).build();
      case AttributeValue.SS set -> builder.ss(set.value()).build();
      case AttributeValue.NS set -> builder.ns(set.value().stream().map(DynamoNumber::text).toList()).build();
      case AttributeValue.BS set -> builder.bs(set.value().stream().map(SdkValues::bytes).toList()).build();
    };
  }

  private static SdkBytes bytes(Bytes bytes) {
    return SdkBytes.fromByteArray(bytes.toArray());
  }

  public static Item fromSdk(Map<String, software.amazon.awssdk.services.dynamodb.model.AttributeValue> values) {
    return Item.of(membersFromSdk(values));
  }

  private static Map<String, AttributeValue> membersFromSdk(
      Map<String, software.amazon.awssdk.services.dynamodb.model.AttributeValue> values) {
    Map<String, AttributeValue> converted = new TreeMap<>();
    values.forEach((name, value) -> converted.put(name, fromSdk(value)));
    return converted;
  }

  private static AttributeValue fromSdk(software.amazon.awssdk.services.dynamodb.model.AttributeValue value) {
    return switch (value.type()) {
      case S -> new AttributeValue.S(value.s());
      case N -> new AttributeValue.N(DynamoNumber.parse(value.n()));
      case B -> new AttributeValue.B(Bytes.wrap(value.b().asByteArray()));
      case BOOL -> new AttributeValue.Bool(value.bool());
      case NUL -> new AttributeValue.Null();
      case M -> AttributeValue.M.of(membersFromSdk(value.m()));
      case L -> new AttributeValue.L(value.l().stream().map(SdkValues::fromSdk).toList());
      case SS -> AttributeValue.SS.of(value.ss());
      case NS -> AttributeValue.NS.of(value.ns().stream().map(DynamoNumber::parse).toList());
      case BS -> AttributeValue.BS.of(value.bs().stream().map(bytes -> Bytes.wrap(bytes.asByteArray())).toList());
      case UNKNOWN_TO_SDK_VERSION -> throw new IllegalArgumentException("unknown to the SDK: " + value);
    };
  }
}
