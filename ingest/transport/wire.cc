#include "ingest/transport/wire.h"

#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"

namespace ringfence::wire {
namespace {

constexpr std::string_view kMagic = "RF";
constexpr size_t kPreambleBytes = 8;  // magic, version, type, checksum
constexpr size_t kCrcAt = 4;

// Appends little-endian fields.
class Writer {
 public:
  explicit Writer(Type type) {
    bytes_.append(kMagic);
    bytes_.push_back(static_cast<char>(kWireVersion));
    bytes_.push_back(static_cast<char>(type));
    Integer(uint32_t{0});
  }

  void Reserve(size_t bytes) { bytes_.reserve(bytes); }

  template <typename T>
  void Integer(T value) {
    static_assert(std::is_unsigned_v<T>);
    for (size_t i = 0; i < sizeof(T); ++i) {
      bytes_.push_back(static_cast<char>(static_cast<uint8_t>(value >> (8 * i))));
    }
  }

  void Text(std::string_view text) {
    text = text.substr(0, UINT16_MAX);
    Integer(static_cast<uint16_t>(text.size()));
    bytes_.append(text);
  }

  void Raw(std::string_view bytes) { bytes_.append(bytes); }

  // Fills in the checksum and gives the message away.
  std::string Take() {
    uint32_t crc = Crc32c(std::string_view(bytes_).substr(0, kCrcAt));
    crc = ExtendCrc32c(crc, std::string_view(bytes_).substr(kPreambleBytes));
    for (size_t i = 0; i < sizeof(crc); ++i) {
      bytes_[kCrcAt + i] = static_cast<char>(static_cast<uint8_t>(crc >> (8 * i)));
    }
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Takes little-endian fields; after the first failure every further field is empty and Done() says
// what failed.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  void Integer(T& value) {
    static_assert(std::is_unsigned_v<T>);
    value = 0;
    std::string_view bytes = Take(sizeof(T));
    for (size_t i = 0; i < bytes.size(); ++i) {
      value = static_cast<T>(value | static_cast<T>(T{static_cast<uint8_t>(bytes[i])} << (8 * i)));
    }
  }

  void Text(std::string& text, size_t limit, std::string_view field) {
    uint16_t size = 0;
    Integer(size);
    if (size > limit && error_.empty()) {
      error_ = absl::StrCat(ToAbsl(field), " has ", size, " bytes, the limit is ", limit);
    }
    text.assign(Take(size));
  }

  std::string_view Rest() { return Take(rest_.size()); }

  void Require(bool holds, std::string_view otherwise) {
    if (!holds && error_.empty()) error_.assign(otherwise);
  }

  absl::Status Done() const {
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    if (!rest_.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(rest_.size(), " bytes after the last field"));
    }
    return absl::OkStatus();
  }

 private:
  std::string_view Take(size_t size) {
    if (!error_.empty()) return {};
    if (size > rest_.size()) {
      error_ = "the message ends inside a field";
      return {};
    }
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  std::string error_;
};

std::string EncodeBody(const Hello& hello) {
  Writer out(Type::kHello);
  out.Text(hello.key.source);
  out.Text(hello.key.stream);
  out.Integer(hello.key.epoch);
  out.Integer(hello.first_seq);
  const FormatSpec& format = hello.format;
  for (const std::string* text :
       {&format.format, &format.header, &format.columns, &format.delimiter, &format.country,
        &format.area, &format.numbers, &format.time_zone}) {
    out.Text(*text);
  }
  return out.Take();
}

std::string EncodeBody(const Welcome& welcome) {
  Writer out(Type::kWelcome);
  out.Integer(welcome.session);
  out.Integer(welcome.epoch);
  out.Integer(welcome.position.next_seq);
  out.Integer(welcome.position.next_offset);
  out.Integer(welcome.position.content_crc);
  out.Integer(welcome.credit);
  out.Integer(welcome.max_payload);
  return out.Take();
}

std::string EncodeBody(const Refused& refused) {
  Writer out(Type::kRefused);
  out.Integer(refused.session);
  out.Integer(static_cast<uint16_t>(refused.code));
  out.Text(std::string_view(refused.sentence).substr(0, kMaxSentenceBytes));
  return out.Take();
}

std::string EncodeBody(const Data& data) {
  Writer out(Type::kData);
  out.Reserve(kDataOverheadBytes + data.payload.size());
  out.Integer(data.session);
  out.Integer(data.first_seq);
  out.Integer(data.offset);
  out.Integer(data.count);
  out.Integer(static_cast<uint32_t>(data.payload.size()));
  out.Raw(data.payload);
  return out.Take();
}

std::string EncodeBody(const Ack& ack) {
  Writer out(Type::kAck);
  out.Integer(ack.session);
  out.Integer(ack.next_seq);
  out.Integer(ack.credit);
  return out.Take();
}

std::string EncodeBody(const Nack& nack) {
  Writer out(Type::kNack);
  out.Integer(nack.session);
  out.Integer(nack.next_seq);
  return out.Take();
}

std::string EncodeBody(const Bye& bye) {
  Writer out(Type::kBye);
  out.Integer(bye.session);
  out.Integer(bye.total);
  return out.Take();
}

std::string EncodeBody(const ByeAck& ack) {
  Writer out(Type::kByeAck);
  out.Integer(ack.session);
  out.Integer(ack.total);
  return out.Take();
}

void DecodeBody(Reader& in, Hello& hello) {
  in.Text(hello.key.source, kMaxSourceBytes, "source");
  in.Text(hello.key.stream, kMaxStreamBytes, "stream");
  in.Integer(hello.key.epoch);
  in.Integer(hello.first_seq);
  FormatSpec& format = hello.format;
  in.Text(format.format, kMaxOptionBytes, "format");
  in.Text(format.header, kMaxHeaderBytes, "header");
  in.Text(format.columns, kMaxColumnsBytes, "columns");
  in.Text(format.delimiter, kMaxOptionBytes, "delimiter");
  in.Text(format.country, kMaxOptionBytes, "country");
  in.Text(format.area, kMaxOptionBytes, "area");
  in.Text(format.numbers, kMaxOptionBytes, "numbers");
  in.Text(format.time_zone, kMaxOptionBytes, "time zone");
  in.Require(!hello.key.source.empty(), "source is empty");
  in.Require(!hello.key.stream.empty(), "stream is empty");
  in.Require(!format.format.empty(), "format is empty");
}

void DecodeBody(Reader& in, Welcome& welcome) {
  in.Integer(welcome.session);
  in.Integer(welcome.epoch);
  in.Integer(welcome.position.next_seq);
  in.Integer(welcome.position.next_offset);
  in.Integer(welcome.position.content_crc);
  in.Integer(welcome.credit);
  in.Integer(welcome.max_payload);
  in.Require(welcome.credit > 0, "credit is 0");
  in.Require(welcome.max_payload > 0, "max_payload is 0");
}

void DecodeBody(Reader& in, Refused& refused) {
  uint16_t code = 0;
  in.Integer(refused.session);
  in.Integer(code);
  refused.code = static_cast<RefusalCode>(code);  // a later version may know more codes
  in.Text(refused.sentence, kMaxSentenceBytes, "sentence");
}

void DecodeBody(Reader& in, Data& data) {
  uint32_t size = 0;
  in.Integer(data.session);
  in.Integer(data.first_seq);
  in.Integer(data.offset);
  in.Integer(data.count);
  in.Integer(size);
  data.payload = in.Rest();
  in.Require(data.payload.size() == size, "the payload has another length than it says");
  in.Require(size <= kMaxPayloadBytes, "the payload is longer than the limit");
  in.Require(data.count > 0, "a batch without records");
  in.Require(data.count <= size, "more records than bytes");
  in.Require(data.first_seq <= UINT64_MAX - data.count, "sequence numbers overflow");
  in.Require(data.offset <= UINT64_MAX - size, "offsets overflow");
}

void DecodeBody(Reader& in, Ack& ack) {
  in.Integer(ack.session);
  in.Integer(ack.next_seq);
  in.Integer(ack.credit);
}

void DecodeBody(Reader& in, Nack& nack) {
  in.Integer(nack.session);
  in.Integer(nack.next_seq);
}

void DecodeBody(Reader& in, Bye& bye) {
  in.Integer(bye.session);
  in.Integer(bye.total);
}

void DecodeBody(Reader& in, ByeAck& ack) {
  in.Integer(ack.session);
  in.Integer(ack.total);
}

template <typename T>
absl::StatusOr<Message> DecodeAs(std::string_view body) {
  Reader in(body);
  T message;
  DecodeBody(in, message);
  RF_RETURN_IF_ERROR(in.Done());
  return Message(std::move(message));
}

absl::StatusOr<Message> DecodeTyped(uint8_t type, std::string_view body) {
  switch (static_cast<Type>(type)) {
    case Type::kHello:
      return DecodeAs<Hello>(body);
    case Type::kWelcome:
      return DecodeAs<Welcome>(body);
    case Type::kRefused:
      return DecodeAs<Refused>(body);
    case Type::kData:
      return DecodeAs<Data>(body);
    case Type::kAck:
      return DecodeAs<Ack>(body);
    case Type::kNack:
      return DecodeAs<Nack>(body);
    case Type::kBye:
      return DecodeAs<Bye>(body);
    case Type::kByeAck:
      return DecodeAs<ByeAck>(body);
  }
  return absl::InvalidArgumentError(absl::StrCat("message type ", type, " is unknown"));
}

}  // namespace

std::string Encode(const Message& message) {
  return std::visit([](const auto& typed) { return EncodeBody(typed); }, message);
}

absl::StatusOr<Message> Decode(std::string_view bytes) {
  if (bytes.size() > kMaxMessageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a message of ", bytes.size(), " bytes"));
  }
  if (bytes.size() < kPreambleBytes || !bytes.starts_with(kMagic)) {
    return absl::InvalidArgumentError("no message of this protocol");
  }
  const auto version = static_cast<uint8_t>(bytes[2]);
  if (version != kWireVersion) {
    return absl::UnimplementedError(absl::StrCat("protocol version ", version, "; version ",
                                                 kWireVersion, " is understood here"));
  }
  uint32_t stated = 0;
  Reader(bytes.substr(kCrcAt, sizeof(stated))).Integer(stated);
  std::string_view body = bytes.substr(kPreambleBytes);
  if (ExtendCrc32c(Crc32c(bytes.substr(0, kCrcAt)), body) != stated) {
    return absl::DataLossError("the checksum differs: the message was damaged on its way");
  }
  return DecodeTyped(static_cast<uint8_t>(bytes[3]), body);
}

}  // namespace ringfence::wire
