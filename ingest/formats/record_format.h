// The seam between a file layout and the decoder: from one record to the texts of its fields.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/formats/cdr_layout.h"
#include "ingest/model/reject_reason.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

// The fields of one call attempt as the switch wrote them; an empty text means that there is none.
// Views into the record or into the format object.
struct RawCdr {
  std::string_view record_id;
  std::string_view calling;
  std::string_view called;
  std::string_view setup;
  std::string_view answer;
  std::string_view release;
  std::string_view cause;  // a Q.850 or SIP code in digits
  std::string_view trunk;
  // The id names a call that may hold attempts of several callers: id and caller make the record.
  bool id_is_per_caller = false;
};

// Where the fields of a layout stand that has one row a line and fixed columns.
struct PlainColumns {
  static constexpr size_t kNone = 1'000'000;  // no row has so many

  char delimiter = ',';
  char quote = '\0';  // '\0': there are none
  // In the order of RawCdr's members.
  std::array<size_t, 8> column = {kNone, kNone, kNone, kNone, kNone, kNone, kNone, kNone};
  size_t better_calling = kNone;  // outranks the calling number where it is not empty
  size_t least = 0;               // columns of a row
  size_t most = kNone;
  std::string header;  // this row is no record
};

struct Refusal {
  RejectReason reason = RejectReason::kColumns;
  std::string detail;
};

// Reads records of one layout. Keeps scratch memory. Not thread-safe.
class RecordFormat {
 public:
  enum class Result {
    kRecord,   // `raw` is filled
    kSkip,     // a line that is no record: a repeated header, a row of types
    kRefused,  // `refusal` says why
  };

  virtual ~RecordFormat() = default;

  // `raw` comes empty. `raw`'s views live until the next call and as long as the record does.
  virtual Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) = 0;

  // For layouts whose rows can be read in the quick way (ingest/plain_decoder.h), too.
  virtual std::optional<PlainColumns> Plain() const { return std::nullopt; }
};

// One factory a layout, each in the source file of its name. InvalidArgument for a header or a
// mapping that lacks what is needed.
absl::StatusOr<std::unique_ptr<RecordFormat>> MakeCanonical(const Layout& layout);
absl::StatusOr<std::unique_ptr<RecordFormat>> MakeCucm(const Layout& layout);
absl::StatusOr<std::unique_ptr<RecordFormat>> MakeColumns(const Layout& layout);
std::unique_ptr<RecordFormat> MakeKamailioFlatstore(const Layout& layout);
std::unique_ptr<RecordFormat> MakeKamailioStream();
std::unique_ptr<RecordFormat> MakeAsterisk(const Layout& layout);
std::unique_ptr<RecordFormat> MakeFreeswitch(const Layout& layout);
std::unique_ptr<RecordFormat> MakeJsonLines();

// Not for kBinary, which has no texts.
absl::StatusOr<std::unique_ptr<RecordFormat>> MakeRecordFormat(const Layout& layout);
// InvalidArgument for a header or a mapping that lacks what the format needs.
absl::Status CheckLayout(const Layout& layout);

// How well known layouts are recognised by the fields of one record.
bool IsCanonicalHeader(const std::vector<std::string_view>& fields);
bool IsCucmHeader(const std::vector<std::string_view>& fields);
bool IsKamailioFlatstore(const std::vector<std::string_view>& fields);
bool IsKamailioStream(const std::vector<std::string_view>& fields);
bool IsAsterisk(const std::vector<std::string_view>& fields);
bool IsFreeswitch(const std::vector<std::string_view>& fields);

}  // namespace ringfence
