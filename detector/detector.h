// From call detail records to detections: the fold over the input that finds who calls too much.
//
//   Detector detector(options, directory);
//   detector.Consume(batch, detections, late);   // batch by batch, in order of arrival
//
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "detector/model/detection.h"
#include "detector/model/rules.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// What the detector holds and has seen, for metrics. Cheap to read.
struct DetectorStats {
  uint64_t consumed = 0;            // records given to Consume(), late ones included
  uint64_t late = 0;                // of these: came later than the lateness, judged by no rule
  std::optional<EventTime> newest;  // newest setup time seen; none before the first record
  size_t tracked_numbers = 0;       // numbers with state
  size_t tracked_groups = 0;        // lines and customers with state
  size_t retained_times = 0;        // setup times held, over all rules for callers
  size_t received_calls = 0;        // calls held for the rule for called numbers
  uint64_t flood_late = 0;          // records that came later than that rule's lateness
  size_t memory_bytes = 0;          // of the state: tables, times and samples; an upper estimate
  size_t open_warnings = 0;
  size_t open_alerts = 0;
};

// A deterministic function of (options, directories, records): no clock, no randomness, no I/O. The
// same records cut into other batches give the same detections.
//
// Not thread-safe: one thread at a time. With DetectorOptions::shards it has threads of its own,
// which work during Consume() and SetDirectory() only: a copy of the process made by fork() can
// still take a Snapshot().
class Detector {
 public:
  // options must pass CheckOptions(). directory may be null (no ledger): then the rules for lines
  // and customers judge nothing, and of the called numbers short codes alone are services.
  Detector(DetectorOptions options, std::shared_ptr<const SubjectDirectory> directory);
  Detector(Detector&&) noexcept;
  Detector& operator=(Detector&&) noexcept;
  ~Detector();

  // Judges the records in order of arrival; duplicates must have been removed before. Appends what
  // was found to `detections`, in the order of the records that caused it, then of the rules, then
  // warning before alert; appends to `late` the index in `batch` of each record that came later
  // than the lateness: such a record changes no count.
  void Consume(absl::Span<const Cdr> batch, std::vector<Detection>& detections,
               std::vector<size_t>& late);

  // The ledger changed. Calls already counted stay with the line and customer they were counted
  // for; a new limit is applied from the subject's next call on. A number has all its history then:
  // of each rule's highest threshold, twice as many calls are kept of every number. A group gains
  // none by a raised limit: at most 2 * old limit + 1 calls of the past are known. A null directory
  // ends the counting for groups, and gives every number the rules' own thresholds.
  void SetDirectory(std::shared_ptr<const SubjectDirectory> directory);

  // The whole state as bytes with a version and a checksum. The same state gives the same bytes.
  // Frees idle subjects on the way; needs memory for three copies of the result meanwhile.
  std::string Snapshot() const;

  // A detector that goes on exactly where Snapshot() was taken. A rule whose id, kind of subject
  // and window are in the snapshot takes its state over, also when its thresholds changed (they
  // apply from each subject's next call on). Where its version is another one now, its episodes are
  // forgotten: whoever is over a limit is found anew with the next call. A new rule for numbers
  // beside such a one begins with the calls held for it, other new ones begin empty; state of rules
  // that are gone is dropped. Features begin empty where the snapshot has none, or where days begin
  // elsewhere now. InvalidArgument: bad options, or not a snapshot of a version that is known here.
  // DataLoss: damaged or cut off.
  static absl::StatusOr<Detector> Restore(std::string_view bytes, DetectorOptions options,
                                          std::shared_ptr<const SubjectDirectory> directory);

  // Where most of the state lies. Good until the next change.
  void AppendRegions(MemoryRegions& regions) const;

  DetectorStats stats() const;
  const DetectorOptions& options() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringfence
