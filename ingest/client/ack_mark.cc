#include "ingest/client/ack_mark.h"

#include <array>
#include <string>
#include <string_view>

#include "ingest/model/bytes.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr std::string_view kAckMagic = "RFACKED1";
constexpr size_t kMarkBytes = 28;
constexpr char kMarkName[] = "acked";
constexpr char kMarkDraft[] = "acked.draft";

std::string Sealed(const AckMark& mark) {
  ByteWriter writer;
  writer.Raw(kAckMagic);
  writer.Fixed64(mark.epoch);
  writer.Fixed64(mark.next_seq);
  const uint32_t crc = Crc32c(writer.bytes());
  for (int shift = 0; shift < 32; shift += 8) writer.Byte(static_cast<uint8_t>(crc >> shift));
  return writer.Take();
}

}  // namespace

absl::Status WriteAckMark(Disk& disk, const AckMark& mark) {
  RF_ASSIGN_OR_RETURN(const auto file, disk.Create(kMarkDraft));
  RF_RETURN_IF_ERROR(file->Write(0, Sealed(mark)));
  return disk.Rename(kMarkDraft, kMarkName);
}

std::optional<AckMark> ReadAckMark(Disk& disk) {
  const auto file = disk.Open(kMarkName);
  if (!file.ok()) return std::nullopt;
  std::array<char, kMarkBytes> bytes{};
  const absl::StatusOr<size_t> read = (*file)->Read(0, absl::MakeSpan(bytes));
  if (!read.ok()) return std::nullopt;
  const std::string_view text(bytes.data(), *read);
  ByteReader reader(text);
  reader.Raw(kAckMagic.size());
  AckMark mark;
  mark.epoch = reader.Fixed64();
  mark.next_seq = reader.Fixed64();
  return text == Sealed(mark) ? std::optional(mark) : std::nullopt;
}

}  // namespace ringfence
