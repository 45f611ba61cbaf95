// Whatever happens to the bytes of a journal, what is read of it is the beginning of what was
// written: never another entry, never one out of its place. One changed byte costs nothing that was
// durable before the last group of entries, or the reader says so.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ingest/journal/journal.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/journal/segment.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/sim/sim_disk.h"

namespace ringfence {
namespace {

constexpr JournalOptions kSmall{.segment_bytes = 512};

struct Written {
  std::vector<std::string> records;
  size_t before_last_group = 0;
};

Written Write(FuzzInput& input, SimDisk& disk) {
  Written written;
  auto journal = Journal::Open(disk, kSmall, {}).value();
  StreamInfo info;
  info.key.source = "msc";
  RawBatch batch;
  batch.stream = std::make_shared<const StreamInfo>(std::move(info));
  for (int groups = 1 + input.Byte() % 6; groups > 0; --groups) {
    written.before_last_group = written.records.size();
    for (int entries = 1 + input.Byte() % 4; entries > 0; --entries) {
      // Some are alike but for their number: a copy of one must not pass for another.
      batch.records = input.Text(48);
      written.records.push_back(batch.records);
      journal->Append(batch, FromUnixMicros(static_cast<int64_t>(written.records.size())));
    }
    MustHold(journal->Commit().ok());
  }
  return written;
}

// How many entries are read; fewer than none when the reader reports a loss.
int ReadBeginning(SimDisk& disk, const std::vector<std::string>& written, JournalEnd& end) {
  auto reader = JournalReader::Open(disk, 0);
  if (!reader.ok()) {
    MustHold(absl::IsDataLoss(reader.status()));
    return -1;
  }
  JournalEntry entry;
  for (size_t read = 0;; ++read) {
    const auto more = (*reader)->Next(entry);
    if (!more.ok()) {
      MustHold(absl::IsDataLoss(more.status()) || absl::IsInvalidArgument(more.status()));
      return -1;
    }
    if (!*more) break;
    MustHold(read < written.size() && entry.lsn == read + 1);
    MustHold(entry.batch.records == written[read] && entry.batch.stream->key.source == "msc");
    MustHold(ToUnixMicros(entry.received_at) == static_cast<int64_t>(read + 1));
  }
  end = (*reader)->end();
  return static_cast<int>(end.lsn);
}

// A journal that was read to its end is written on behind it, and then all of it can be read.
void GoOn(SimDisk& disk, std::vector<std::string> written, JournalEnd end) {
  auto journal = Journal::Open(disk, kSmall, end);
  MustHold(journal.ok());
  written.resize(end.lsn);
  StreamInfo info;
  info.key.source = "msc";
  RawBatch batch;
  batch.stream = std::make_shared<const StreamInfo>(std::move(info));
  batch.records = "one more";
  written.push_back(batch.records);
  (*journal)->Append(batch, FromUnixMicros(static_cast<int64_t>(written.size())));
  MustHold((*journal)->Commit().ok());
  MustHold(ReadBeginning(disk, written, end) == static_cast<int>(written.size()));
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  FuzzInput input(data, size);
  SimPlatter platter;
  SimDisk disk(platter);
  const Written written = Write(input, disk);
  const std::vector<std::string> names = disk.List().value();
  const bool one_byte = input.Byte() % 2 == 0;
  for (int changes = one_byte ? 1 : 1 + input.Byte() % 4; changes > 0; --changes) {
    std::string& bytes = platter.Bytes(names[input.Below(names.size())]);
    if (one_byte) {
      char& byte = bytes[input.Below(bytes.size())];
      byte = static_cast<char>(byte ^ input.Byte());
    } else {
      Damage(input, bytes);
    }
  }
  JournalEnd end;
  const int read = ReadBeginning(disk, written.records, end);
  if (read < 0) return 0;
  if (one_byte) MustHold(read >= static_cast<int>(written.before_last_group));
  GoOn(disk, written.records, end);
  return 0;
}
