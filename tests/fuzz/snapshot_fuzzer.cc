// Whatever the bytes, restoring a snapshot ends in an error or in a detector that works: it goes on
// counting, and its own snapshot restores to the same state.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detector/detector.h"
#include "detector/snapshot.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/sample_snapshot.h"

namespace ringfence {
namespace {

void GoOn(Detector& detector) {
  std::vector<Cdr> calls;
  const EventTime newest = detector.stats().newest.value_or(FromUnixMicros(0));
  for (int i = 0; i < 8; ++i) {
    Cdr& cdr = calls.emplace_back();
    cdr.calling = SampleCaller(1 + static_cast<uint64_t>(i % 2));
    cdr.called = CalledNumber(PhoneNumber::FromPacked(8613800000000));
    cdr.setup = newest;
    cdr.record_id = RecordId("r");
  }
  std::vector<Detection> detections;
  std::vector<size_t> late;
  detector.Consume(calls, detections, late);
}

void TryRestore(std::string_view bytes) {
  for (const bool features : {false, true}) {
    const DetectorOptions options = AllRules(features);
    auto detector = Detector::Restore(bytes, options, SampleDirectory());
    if (!detector.ok()) return;
    GoOn(*detector);
    const std::string snapshot = detector->Snapshot();
    const auto again = Detector::Restore(snapshot, options, SampleDirectory());
    MustHold(again.ok() && again->Snapshot() == snapshot);
  }
}

// A snapshot of this version, damaged behind its checksum.
void TryDamaged(FuzzInput input) {
  static const std::string samples[] = {SampleSnapshot(false), SampleSnapshot(true)};
  SnapshotContent content = OpenSnapshot(samples[input.Byte() % 2]).value();
  std::string bytes(content.bytes);
  for (int changes = 1 + input.Byte() % 4; changes > 0; --changes) Damage(input, bytes);
  content.bytes = bytes;
  TryRestore(SealSnapshot(content));
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ringfence::TryRestore(bytes);
  for (const bool features : {false, true}) {  // past the checksum, to the content
    for (const bool rule_versions : {false, true}) {
      ringfence::TryRestore(ringfence::SealSnapshot({bytes, features, rule_versions}));
    }
  }
  ringfence::TryDamaged({data, size});
  return 0;
}
