// From one record to one valid CDR, or to a reject.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ingest/cdr_source.h"
#include "ingest/layout.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/number_plan.h"
#include "ingest/model/time_text.h"
#include "ingest/reject_sink.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

class BinaryDecoder;
class PlainDecoder;
class RecordFormat;
struct RawCdr;
struct Refusal;

// How the fields of a record are read.
struct DecodeOptions {
  NumberPlan numbers;
  absl::TimeZone zone;  // of local times
  // Times outside [not_before, not_after] are implausible. The default begins in 2000; the end is
  // the caller's, who knows what time it is.
  EventTime not_before = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
  EventTime not_after = EventTime::max();
  bool keys = true;  // false: Cdr::key need not be filled, as nobody looks for repetitions
};

// Fills a batch in place, so that the memory of its CDRs is used again. The batch is whole after
// Finish() only.
class CdrBatchWriter {
 public:
  explicit CdrBatchWriter(CdrBatch& batch) : batch_(batch) {}

  // Where the next CDR goes; every member must be assigned. It counts once it is kept.
  Cdr& Slot() {
    if (used_ == batch_.cdrs.size()) batch_.cdrs.emplace_back();
    return batch_.cdrs[used_];
  }
  void Keep() { ++used_; }
  size_t size() const { return used_; }
  void Finish() { batch_.cdrs.resize(used_); }

 private:
  CdrBatch& batch_;
  size_t used_ = 0;
};

// Records at the front of a text that were decoded in the quick way.
struct QuickRun {
  size_t records = 0;
  size_t bytes = 0;  // of the text, line ends included
};

// Decodes the records of one layout. It depends on nothing but the layout and the options: records
// may come from a file or over the network. Allocates nothing per valid record after warm-up. Not
// thread-safe.
class CdrDecoder {
 public:
  enum class Result {
    kCdr,       // kept in the batch
    kRejected,  // told to the sink
    kSkipped,   // a header or a row of types: counts as no record
  };

  // InvalidArgument when the layout lacks what its format needs.
  static absl::StatusOr<CdrDecoder> Create(const Layout& layout, DecodeOptions options);

  CdrDecoder(CdrDecoder&&) noexcept;
  CdrDecoder& operator=(CdrDecoder&&) noexcept;
  ~CdrDecoder();

  // The end of plausible times, which moves on with the clock.
  void SetNotAfter(EventTime not_after) { options_.not_after = not_after; }

  // `source` names the file or sender in rejects.
  Result Decode(const RawRecord& record, std::string_view source, CdrBatchWriter& batch,
                RejectSink& rejects);

  // Decodes records at the front of `text` in the quick way, up to `most`, and keeps them in the
  // batch. It ends at the first for which that way does not go: this one is to be split off and
  // given to Decode(), which decides what it is.
  QuickRun DecodeQuickly(std::string_view text, CdrBatchWriter& batch,
                         size_t most = std::numeric_limits<size_t>::max());

 private:
  // Without a format the records are binary.
  CdrDecoder(std::unique_ptr<RecordFormat> format, size_t record_bytes, DecodeOptions options);

  // Each fills `reject` when it is one.
  Result DecodeText(const RawRecord& record, CdrBatchWriter& batch, Reject& reject);
  Result DecodeBinary(const RawRecord& record, CdrBatchWriter& batch, Reject& reject) const;
  bool Fill(const RawCdr& raw, Cdr& cdr, Refusal& refusal);
  bool FillNumbers(const RawCdr& raw, Cdr& cdr, Refusal& refusal) const;
  bool FillTimes(const RawCdr& raw, Cdr& cdr, Refusal& refusal);
  bool ReadTime(std::string_view name, std::string_view text, EventTime& time, Refusal& refusal);

  std::unique_ptr<RecordFormat> format_;
  std::unique_ptr<PlainDecoder> plain_;
  std::unique_ptr<BinaryDecoder> binary_;
  DecodeOptions options_;
  TimeReader times_;
};

// The key that two records of one call attempt share. `caller` is part of the identity where it is
// not null: the id then names a call that may hold attempts of several callers.
RecordKey KeyOfId(std::string_view record_id, const CallingNumber* caller);
// For a record without id: calling, called, setup, release and trunk.
RecordKey KeyOfFields(const Cdr& cdr);

}  // namespace ringfence
