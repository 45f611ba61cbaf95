// Asterisk cdr-csv/Master.csv: 16 to 21 columns without a header. cdr_custom writes a file of the
// same name with clid in front, so each row is judged by its content.
#include <algorithm>
#include <array>
#include <utility>

#include "ingest/formats/field_text.h"
#include "ingest/formats/record_format.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

constexpr size_t kOldestColumns = 16;
constexpr size_t kNewestColumns = 21;

// Where the fields stand in one of the two layouts.
struct Places {
  size_t src, dst, clid, channel, start, answer, end, disposition;
};
constexpr Places kMaster = {1, 2, 4, 5, 9, 10, 11, 14};
constexpr Places kCustom = {1, 2, 0, 4, 8, 9, 10, 13};
constexpr size_t kUniqueId = 16;

// FAILED says that something went wrong, not what: it has no code.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDispositions = {{
    {"ANSWERED", "16"},
    {"NO ANSWER", "19"},
    {"NOANSWER", "19"},
    {"BUSY", "17"},
    {"FAILED", ""},
    {"CONGESTION", "34"},
}};

const std::pair<std::string_view, std::string_view>* Disposition(std::string_view text) {
  const auto* found = std::find_if(kDispositions.begin(), kDispositions.end(),
                                   [&](const auto& entry) { return entry.first == text; });
  return found == kDispositions.end() ? nullptr : found;
}

const Places* PlacesOf(const std::vector<std::string_view>& fields) {
  for (const Places* places : {&kMaster, &kCustom}) {
    if (Disposition(fields[places->disposition]) != nullptr) return places;
  }
  return nullptr;
}

// "1795482900.17", perhaps with a system name in front: "pbx1-1795482900.17".
bool IsUniqueId(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !IsDigitsField(text.substr(dot + 1))) {
    return false;
  }
  return IsDigitsField(text.substr(text.rfind('-', dot) + 1, dot - text.rfind('-', dot) - 1));
}

// "PJSIP/tg1-0000002a" came from tg1, "DAHDI/i1/6315550100-1" from i1.
std::string_view TrunkOf(std::string_view channel) {
  const size_t slash = channel.find('/');
  if (slash == std::string_view::npos) return {};
  std::string_view rest = channel.substr(slash + 1);
  const size_t next = rest.find('/');
  return next != std::string_view::npos ? rest.substr(0, next) : rest.substr(0, rest.rfind('-'));
}

// `src` is a number where the caller had one; a name stands there otherwise, and clid may know
// more:
// "\"Front desk\" <6315550100>".
std::string_view CallerOf(std::string_view src, std::string_view clid) {
  const bool number = src.find_first_of("0123456789") != std::string_view::npos;
  if (number || (!src.empty() && clid.find('<') == std::string_view::npos)) return src;
  const size_t open = clid.rfind('<');
  const size_t close = clid.rfind('>');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return src.empty() ? clid : src;
  }
  const std::string_view inside = clid.substr(open + 1, close - open - 1);
  return inside.empty() ? src : inside;
}

class Asterisk : public RecordFormat {
 public:
  explicit Asterisk(char delimiter) : splitter_(delimiter) {}

  Result Read(const RawRecord& record, RawCdr& raw, Refusal& refusal) override {
    if (!splitter_.Split(record.bytes, fields_)) return RefuseQuoting(refusal);
    const size_t count = fields_.size();
    if (count < kOldestColumns || count > kNewestColumns) {
      return RefuseColumns(count, "16 to 21 are expected", refusal);
    }
    const Places* places = PlacesOf(fields_);
    if (places == nullptr) {
      return RefuseColumns(count, "column 15 is no disposition (ANSWERED, NO ANSWER, …)", refusal);
    }
    raw.calling = CallerOf(fields_[places->src], fields_[places->clid]);
    raw.called = fields_[places->dst];
    raw.setup = fields_[places->start];
    raw.answer = fields_[places->answer];
    raw.release = fields_[places->end];
    raw.cause = Disposition(fields_[places->disposition])->second;
    raw.trunk = TrunkOf(fields_[places->channel]);
    ReadIds(raw);
    return Result::kRecord;
  }

 private:
  // One call gives several rows (ring groups, queues, transfers) that share the linkedid: together
  // they are one attempt of their caller.
  void ReadIds(RawCdr& raw) const {
    constexpr size_t kWithLinkedId = 19;
    const size_t count = fields_.size();
    const std::string_view linked = count >= kWithLinkedId ? fields_[count - 2] : "";
    raw.record_id = IsUniqueId(linked) ? linked : FieldAt(fields_, kUniqueId);
    if (!IsUniqueId(raw.record_id)) raw.record_id = {};
    raw.id_is_per_caller = true;
  }

  FieldSplitter splitter_;
  std::vector<std::string_view> fields_;
};

}  // namespace

bool IsAsterisk(const std::vector<std::string_view>& fields) {
  if (fields.size() < kOldestColumns || fields.size() > kNewestColumns) return false;
  const Places* places = PlacesOf(fields);
  return places != nullptr && LooksLikeTime(fields[places->start]) &&
         LooksLikeTime(fields[places->end]);
}

std::unique_ptr<RecordFormat> MakeAsterisk(const Layout& layout) {
  return std::make_unique<Asterisk>(layout.delimiter);
}

}  // namespace ringfence
