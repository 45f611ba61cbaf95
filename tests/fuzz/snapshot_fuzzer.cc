// Whatever the bytes, restoring a snapshot ends in an error or in a detector that works: it goes on
// counting, and its own snapshot restores to the same state.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detector/detector.h"
#include "detector/snapshot.h"

namespace ringfence {
namespace {

CallingNumber Caller(uint64_t digits) { return CallingNumber(PhoneNumber::FromPacked(digits)); }

std::shared_ptr<const SubjectDirectory> Directory() {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), 3);
  directory->AddNumber(LineId("a"), Caller(866315550001));
  return directory;
}

void GoOn(Detector& detector) {
  std::vector<Cdr> calls;
  const EventTime newest = detector.stats().newest.value_or(FromUnixMicros(0));
  for (int i = 0; i < 8; ++i) {
    Cdr& cdr = calls.emplace_back();
    cdr.calling = Caller(866315550001 + static_cast<uint64_t>(i % 2));
    cdr.called = CalledNumber(PhoneNumber::FromPacked(8613800000000));
    cdr.setup = newest;
    cdr.record_id = RecordId("r");
  }
  std::vector<Detection> detections;
  std::vector<size_t> late;
  detector.Consume(calls, detections, late);
}

DetectorOptions AllRules() {
  DetectorOptions options;
  options.flood.emplace();
  return options;
}

void TryRestore(std::string_view bytes) {
  for (const bool features : {false, true}) {
    DetectorOptions options = AllRules();
    options.features = features;
    auto detector = Detector::Restore(bytes, options, Directory());
    if (!detector.ok()) return;
    GoOn(*detector);
    const std::string snapshot = detector->Snapshot();
    const auto again = Detector::Restore(snapshot, options, Directory());
    if (!again.ok() || again->Snapshot() != snapshot) std::abort();
  }
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
  return 0;
}
