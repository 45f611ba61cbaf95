#include "ingest/journal/frame.h"

#include <array>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "ingest/model/bytes.h"
#include "ingest/model/crc32c.h"

namespace ringfence {
namespace {

constexpr std::string_view kMagic = "RFJE";
constexpr size_t kCrcAt = 8;
constexpr size_t kCrcEnd = 12;

template <typename T>
void Put(std::string& out, T value) {
  static_assert(std::is_unsigned_v<T>);
  for (size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(value >> (8 * i))));
  }
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value | static_cast<T>(T{static_cast<uint8_t>(bytes[at + i])} << 8 * i));
  }
  return value;
}

uint32_t CrcOf(uint64_t salt, std::string_view frame, size_t body_bytes) {
  std::string salt_bytes;
  Put(salt_bytes, salt);
  const uint32_t crc = ExtendCrc32c(Crc32c(salt_bytes), frame.substr(0, kCrcAt));
  return ExtendCrc32c(crc, frame.substr(kCrcEnd, FrameHeader::kBytes - kCrcEnd + body_bytes));
}

// The fields of a format in the order in which they are written.
template <typename Format>
auto FieldsOf(Format& format) {
  return std::array{&format.format,  &format.header, &format.columns, &format.delimiter,
                    &format.country, &format.area,   &format.numbers, &format.time_zone};
}

std::string WriteInfo(const StreamInfo& info) {
  ByteWriter writer;
  writer.Text(info.key.source);
  writer.Text(info.key.stream);
  writer.Varint(info.key.epoch);
  for (const std::string* field : FieldsOf(info.format)) writer.Text(*field);
  return writer.Take();
}

bool ReadInfo(std::string_view bytes, StreamInfo& info) {
  ByteReader reader(bytes);
  info.key.source = reader.Text();
  info.key.stream = reader.Text();
  info.key.epoch = reader.Varint();
  for (std::string* field : FieldsOf(info.format)) *field = reader.Text();
  return reader.AtEnd();
}

}  // namespace

void AppendFrame(uint64_t salt, FrameHeader& header, const RawBatch& batch, std::string& out) {
  ByteWriter fields;
  fields.Text(WriteInfo(*batch.stream));
  fields.Varint(batch.first_seq);
  fields.Varint(batch.count);
  fields.Varint(batch.offset);
  fields.Varint(batch.end.next_offset);
  fields.Varint(batch.end.content_crc);
  fields.Varint(batch.records.size());
  header.body_bytes = static_cast<uint32_t>(fields.bytes().size() + batch.records.size());

  const size_t begin = out.size();
  out.append(kMagic);
  Put(out, header.body_bytes);
  Put(out, uint32_t{0});
  Put(out, header.previous_crc);
  Put(out, header.lsn);
  Put(out, static_cast<uint64_t>(ToUnixMicros(header.received_at)));
  Put(out, header.durable_lsn);
  out.append(fields.bytes());
  out.append(batch.records);
  header.crc = CrcOf(salt, std::string_view(out).substr(begin), header.body_bytes);
  for (size_t i = 0; i < sizeof(header.crc); ++i) {
    out[begin + kCrcAt + i] = static_cast<char>(static_cast<uint8_t>(header.crc >> (8 * i)));
  }
  out.append(begin + header.FrameBytes() - out.size(), '\0');
}

bool ReadFrame(uint64_t salt, std::string_view bytes, FrameHeader& header, std::string_view& body) {
  if (bytes.size() < FrameHeader::kBytes || !bytes.starts_with(kMagic)) return false;
  header.body_bytes = Get<uint32_t>(bytes, 4);
  header.crc = Get<uint32_t>(bytes, kCrcAt);
  header.previous_crc = Get<uint32_t>(bytes, kCrcEnd);
  header.lsn = Get<uint64_t>(bytes, 16);
  header.received_at = FromUnixMicros(static_cast<int64_t>(Get<uint64_t>(bytes, 24)));
  header.durable_lsn = Get<uint64_t>(bytes, 32);
  if (header.FrameBytes() > bytes.size()) return false;
  if (CrcOf(salt, bytes, header.body_bytes) != header.crc) return false;
  body = bytes.substr(FrameHeader::kBytes, header.body_bytes);
  return true;
}

absl::Status BodyReader::Read(std::string_view body, RawBatch& batch) {
  ByteReader reader(body);
  const std::string_view info = reader.Text();
  batch.first_seq = reader.Varint();
  const uint64_t count = reader.Varint();
  batch.offset = reader.Varint();
  batch.end.next_offset = reader.Varint();
  const uint64_t crc = reader.Varint();
  const std::string_view records = reader.Text();
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  if (!reader.AtEnd() || count > kMost || crc > kMost) {
    return absl::DataLossError("a frame of the journal holds no batch");
  }
  if (info_ == nullptr || info != info_bytes_) {
    StreamInfo read;
    if (!ReadInfo(info, read)) {
      return absl::DataLossError("a frame of the journal names no stream");
    }
    info_bytes_ = info;
    info_ = std::make_shared<const StreamInfo>(std::move(read));
  }
  batch.stream = info_;
  batch.count = static_cast<uint32_t>(count);
  batch.end.next_seq = batch.first_seq + count;
  batch.end.content_crc = static_cast<uint32_t>(crc);
  batch.records = records;
  return absl::OkStatus();
}

}  // namespace ringfence
