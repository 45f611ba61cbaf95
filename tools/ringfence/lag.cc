#include "tools/ringfence/lag.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ingest/model/time_text.h"
#include "tools/terminal/table.h"

namespace ringfence {

void LagMeter::See(absl::Span<const Cdr> records) {
  if (!first_ && !records.empty()) first_ = records.front().setup;
  for (const Cdr& cdr : records) {
    newest_ = newest_ ? std::max(*newest_, cdr.setup) : cdr.setup;
    farthest_ = std::max(farthest_, *newest_ - cdr.setup);
  }
}

std::string LateAdvice(uint64_t late, const std::string& lateness, Duration farthest) {
  // A little more than needed, in a unit that people use.
  const Duration unit = farthest < std::chrono::hours(1) ? Duration(std::chrono::minutes(1))
                                                         : Duration(std::chrono::hours(1));
  const Duration enough = (farthest + unit - Duration(1)) / unit * unit;
  return absl::StrCat("late: ", WithThousands(late), " not counted: more than ", lateness,
                      " behind the newest record. Are there files of the same time, or in another "
                      "order? With --lateness ",
                      FormatDuration(enough), " all of them count");
}

}  // namespace ringfence
