#include "ingest/journal/journal_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/journal/segment.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

bool AllZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == '\0'; });
}

// Whether any frame in these bytes says that entry `lsn` was durable before it was written.
bool WasDurable(uint64_t salt, std::string_view bytes, uint64_t lsn) {
  FrameHeader header;
  std::string_view body;
  for (size_t at = 0; at + FrameHeader::kBytes <= bytes.size(); at += 8) {
    if (ReadFrame(salt, bytes.substr(at), header, body) && header.durable_lsn >= lsn) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::Open(Disk& disk, uint64_t after) {
  RF_ASSIGN_OR_RETURN(std::vector<uint64_t> segments, ListSegments(disk));
  const uint64_t first = segments.empty() ? 1 : segments.front();
  if (first > after + 1 || (segments.empty() && after > 0)) {
    return absl::DataLossError(absl::StrCat("journal: entries ", after + 1, " to ",
                                            segments.empty() ? "the end" : absl::StrCat(first - 1),
                                            " are missing"));
  }
  // Segments before the one with the next entry hold nothing new.
  const auto later = std::upper_bound(segments.begin(), segments.end(), after + 1);
  if (later != segments.begin()) segments.erase(segments.begin(), later - 1);
  return std::unique_ptr<JournalReader>(new JournalReader(disk, std::move(segments), after));
}

absl::StatusOr<std::unique_ptr<JournalReader>> JournalReader::OpenAll(Disk& disk) {
  RF_ASSIGN_OR_RETURN(const std::vector<uint64_t> segments, ListSegments(disk));
  return Open(disk, segments.empty() || segments.front() == 0 ? 0 : segments.front() - 1);
}

absl::StatusOr<bool> JournalReader::Next(JournalEntry& entry) {
  for (;;) {
    if (at_ == bytes_.size()) {
      if (next_segment_ == segments_.size()) {
        if (end_.lsn < after_) {
          return absl::DataLossError(absl::StrCat("journal: it ends with entry ", end_.lsn,
                                                  ", but a snapshot holds ", after_));
        }
        return false;
      }
      RF_RETURN_IF_ERROR(LoadSegment());
      continue;
    }
    FrameHeader header;
    std::string_view body;
    if (!ReadFrame(salt_, std::string_view(bytes_).substr(at_), header, body)) {
      RF_RETURN_IF_ERROR(FinishSegment());
      continue;
    }
    if (header.lsn != end_.lsn + 1 || header.previous_crc != end_.crc) {
      return Damage(absl::StrCat("entry ", header.lsn, " does not follow on ", end_.lsn));
    }
    at_ += header.FrameBytes();
    end_.lsn = header.lsn;
    end_.crc = header.crc;
    end_.bytes = at_;
    if (header.lsn <= after_) continue;
    entry.lsn = header.lsn;
    entry.received_at = header.received_at;
    RF_RETURN_IF_ERROR(bodies_.Read(body, entry.batch));
    return true;
  }
}

absl::Status JournalReader::LoadSegment() {
  const uint64_t first = segments_[next_segment_++];
  const bool begins = end_.segment == 0;
  end_.segment = first;
  RF_ASSIGN_OR_RETURN(const auto file, disk_.Open(SegmentName(first)));
  RF_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  bytes_.resize(size);
  RF_ASSIGN_OR_RETURN(const size_t read, file->Read(0, absl::MakeSpan(bytes_)));
  bytes_.resize(read);
  at_ = 0;
  const auto header = ReadSegmentHeader(bytes_);
  if (absl::IsInvalidArgument(header.status())) return header.status();
  if (!header.ok()) return Damage(ToStd(header.status().message()));
  salt_ = header->salt;
  if (begins) {
    end_.lsn = header->first_lsn - 1;
    end_.crc = header->previous_crc;
  }
  if (header->first_lsn != first || first != end_.lsn + 1 || header->previous_crc != end_.crc) {
    return Damage(absl::StrCat("it does not follow on entry ", end_.lsn));
  }
  at_ = end_.bytes = SegmentHeader::kBytes;
  return absl::OkStatus();
}

// What stands here is no frame: the rest of the last segment, or damage.
absl::Status JournalReader::FinishSegment() {
  const std::string_view rest = std::string_view(bytes_).substr(at_);
  if (next_segment_ < segments_.size() || WasDurable(salt_, rest, end_.lsn + 1)) {
    return Damage(absl::StrCat("entry ", end_.lsn + 1, " can't be read"));
  }
  if (!AllZero(rest)) end_.torn_bytes = rest.size();
  at_ = bytes_.size();
  return absl::OkStatus();
}

absl::Status JournalReader::Damage(std::string_view what) const {
  return absl::DataLossError(absl::StrCat("journal segment ", SegmentName(end_.segment), ", byte ",
                                          at_, ": ", ToAbsl(what)));
}

}  // namespace ringfence
