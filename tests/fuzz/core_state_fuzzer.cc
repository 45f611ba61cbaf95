// Whatever the bytes, reading a snapshot of the service ends in an error or in a core that works:
// it goes on counting, and its own snapshot restores to the same state. The checksums are made
// right, the outer one and those of the parts, so that what lies behind them is reached.
#include <xxhash.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/core_state.h"
#include "tools/service/service_core.h"

namespace ringfence {
namespace {

constexpr size_t kChecksumBytes = 8;

void Seal(std::string& bytes) {
  if (bytes.size() < kChecksumBytes) return;
  const std::string_view content(bytes.data(), bytes.size() - kChecksumBytes);
  const uint64_t checksum = XXH3_64bits(content.data(), content.size());
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    bytes[content.size() + i] = static_cast<char>(checksum >> (8 * i));
  }
}

std::string ValidSnapshot() {
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<Detection> detections;
  for (const auto& entry : SampleEntries(1, 12)) {
    MustHold(core.Consume(entry.View(), detections).ok());
  }
  CdrBatch none;
  core.ConsumeFile(none, 0, {.path = "calls.csv", .records = 3, .offset = 99, .content_crc = 5},
                   detections);
  return core.Snapshot({.inode = 3, .size = 44});
}

void GoOn(ServiceCore& core) {
  StreamInfo info{.key = {"msc-01", "new", 1}, .format = {}};
  info.format.format = "canonical";
  info.format.header = "record_id,calling,called,setup_time";
  RawBatch batch;
  batch.stream = std::make_shared<const StreamInfo>(std::move(info));
  batch.count = 8;
  for (int i = 0; i < 8; ++i) {
    batch.records += SampleRecord(absl::StrCat("n", i), i % 2, kCoreStart) + "\n";
  }
  batch.end = {8, batch.records.size(), 0};
  std::vector<Detection> detections;
  const CoreEntry next{.lsn = core.lsn() + 1, .received_at = kCoreStart, .batch = &batch};
  const uint64_t read = core.account().read;
  const absl::Status status = core.Consume(next, detections);
  MustHold(status.ok() || absl::IsInternal(status));  // the stream may be there, and further on
  MustHold(core.account().Balances() && core.account().read == read + (status.ok() ? 8 : 0));
}

void TryRestore(const std::string& bytes) {
  KeptText kept;
  auto core = ServiceCore::Restore(bytes, SampleCoreOptions(), nullptr, kept, nullptr);
  if (!core.ok()) {
    MustHold(absl::IsDataLoss(core.status()) || absl::IsInvalidArgument(core.status()));
    return;
  }
  GoOn(**core);
  const std::string snapshot = (*core)->Snapshot({});
  const auto again = ServiceCore::Restore(snapshot, SampleCoreOptions(), nullptr, kept, nullptr);
  MustHold(again.ok() && (*again)->Snapshot({}) == snapshot);
}

std::string Rewritten(const ReadState& read) {
  return WriteCoreState(read.state, std::string(read.detector), std::string(read.deduplicator))
      .Join();
}

// The content is the fuzzer's, the checksums of the parts are right.
void TrySealed(std::string bytes) {
  Seal(bytes);
  const auto read = ReadCoreState(bytes);
  if (!read.ok()) return;
  const std::string written = Rewritten(*read);
  const auto again = ReadCoreState(written);
  MustHold(again.ok() && Rewritten(*again) == written);
  TryRestore(bytes);
  std::string detector(read->detector);
  std::string deduplicator(read->deduplicator);
  Seal(detector);
  Seal(deduplicator);
  TryRestore(WriteCoreState(read->state, std::move(detector), std::move(deduplicator)).Join());
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  static const std::string valid = ValidSnapshot();
  FuzzInput input(data, size);
  TryRestore(std::string(input.rest()));
  TrySealed(std::string(input.rest()));

  // Damage anywhere, or within a part, whose length stays as its reader needs it.
  const ReadState read = ReadCoreState(valid).value();
  std::string whole = valid;
  std::string detector(read.detector);
  std::string deduplicator(read.deduplicator);
  for (int changes = 1 + input.Byte() % 4; changes > 0; --changes) {
    const uint8_t where = input.Byte() % 3;
    Damage(input, where == 0 ? whole : where == 1 ? detector : deduplicator);
  }
  TryRestore(whole);
  TrySealed(std::move(whole));
  TrySealed(WriteCoreState(read.state, std::move(detector), std::move(deduplicator)).Join());
  return 0;
}
