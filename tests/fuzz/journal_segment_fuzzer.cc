// Any bytes as a segment: what the reader returns are the frames that a naive twin finds, one after
// the other; where it does not end well, it says DataLoss. A journal that was read goes on.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/journal/journal.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/journal/segment.h"
#include "ingest/model/crc32c.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/sim/sim_disk.h"

namespace ringfence {
namespace {

void PutLittleEndian(std::string& bytes, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

// What the fuzzer can't guess: magic, checksums and, unless the frame's first byte is odd, its
// place in the chain. Lengths, bodies and what lies behind the last frame are the fuzzer's.
std::string Sealed(std::string bytes, uint64_t first) {
  bytes.insert(0, WriteSegmentHeader({.first_lsn = first, .salt = 0, .previous_crc = 7}));
  uint32_t crc = 7;
  size_t at = SegmentHeader::kBytes;
  for (uint64_t lsn = first; at + FrameHeader::kBytes <= bytes.size(); ++lsn) {
    const bool alien = (bytes[at] & 1) != 0;
    const size_t room = bytes.size() - at - FrameHeader::kBytes;
    const size_t length = std::min<size_t>(static_cast<uint8_t>(bytes[at + 4]), room & ~size_t{7});
    Overwrite(bytes, at, "RFJE");
    PutLittleEndian(bytes, at + 4, length, 4);
    if (!alien) {
      PutLittleEndian(bytes, at + 12, crc, 4);
      PutLittleEndian(bytes, at + 16, lsn, 8);
    }
    const std::string_view frame = std::string_view(bytes).substr(at);
    crc = ExtendCrc32c(Crc32c(std::string(8, '\0')), frame.substr(0, 8));
    crc = ExtendCrc32c(crc, frame.substr(12, 28 + length));
    PutLittleEndian(bytes, at + 8, crc, 4);
    at += FrameHeader::kBytes + (length + 7) / 8 * 8;
  }
  return bytes;
}

// The frames that follow on each other from the beginning, and whether what stands behind them may
// be taken for the journal's end.
struct Walk {
  std::vector<FrameHeader> frames;
  std::vector<std::string> bodies;
  bool ends = false;
};

Walk NaiveWalk(const std::string& bytes, uint64_t first) {
  Walk walk;
  const auto segment = ReadSegmentHeader(bytes);
  if (!segment.ok() || segment->first_lsn != first) return walk;
  FrameHeader header;
  std::string_view body;
  uint64_t lsn = segment->first_lsn - 1;
  uint32_t crc = segment->previous_crc;
  size_t at = SegmentHeader::kBytes;
  const std::string_view all = bytes;
  while (at <= all.size() && ReadFrame(segment->salt, all.substr(at), header, body)) {
    if (header.lsn != ++lsn || header.previous_crc != crc) return walk;
    walk.frames.push_back(header);
    walk.bodies.emplace_back(body);
    crc = header.crc;
    at += header.FrameBytes();
  }
  walk.ends = true;
  for (; at <= all.size(); at += 8) {
    if (ReadFrame(segment->salt, all.substr(at), header, body) && header.durable_lsn > lsn)
      walk.ends = false;
  }
  return walk;
}

void GoOn(SimDisk& disk, const JournalEnd& end) {
  auto journal = Journal::Open(disk, {.segment_bytes = 4096}, end);
  MustHold(journal.ok());
  RawBatch batch;
  batch.stream = std::make_shared<const StreamInfo>();
  batch.records = "one more\n";
  MustHold((*journal)->Append(batch, EventTime()) == end.lsn + 1 && (*journal)->Commit().ok());
  auto reader = JournalReader::Open(disk, end.lsn);
  MustHold(reader.ok());
  JournalEntry entry;
  const auto more = (*reader)->Next(entry);
  MustHold(more.ok() && *more && entry.batch.records == batch.records);
}

void ReadSegment(const std::string& bytes, uint64_t first, uint64_t after) {
  SimPlatter platter;
  SimDisk disk(platter);
  MustHold(disk.Create(SegmentName(first)).value()->Write(0, bytes).ok());
  auto reader = JournalReader::Open(disk, after);
  if (!reader.ok()) {
    MustHold(absl::IsDataLoss(reader.status()) && first > after + 1);
    return;
  }
  const Walk walk = NaiveWalk(bytes, first);
  JournalEntry entry;
  uint64_t lsn = std::max(first - 1, after);
  for (;;) {
    const auto more = (*reader)->Next(entry);
    if (!more.ok()) {
      MustHold(absl::IsDataLoss(more.status()) || absl::IsInvalidArgument(more.status()));
      return;
    }
    if (!*more) break;
    MustHold(entry.lsn == ++lsn && lsn - first < walk.frames.size());
    MustHold(entry.received_at == walk.frames[lsn - first].received_at);
    RawBatch alone;
    MustHold(BodyReader().Read(walk.bodies[lsn - first], alone).ok());
    MustHold(entry.batch.records == alone.records && entry.batch.stream->key == alone.stream->key);
  }
  MustHold(walk.ends && (*reader)->end().lsn == lsn && lsn == first - 1 + walk.frames.size());
  GoOn(disk, (*reader)->end());
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  FuzzInput input(data, size);
  const uint64_t first = 1 + input.Byte() % 4;
  const uint64_t after = input.Byte() % 8;
  const std::string bytes(input.rest());
  ReadSegment(bytes, first, after);
  ReadSegment(Sealed(bytes, first), first, after);
  return 0;
}
