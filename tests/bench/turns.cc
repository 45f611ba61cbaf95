#include "tests/bench/turns.h"

#include <iostream>
#include <ostream>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

void Print(const Figures& figures, Context& context) {
  const auto member = [](std::string* out, const auto& figure) {
    absl::StrAppendFormat(out, "\"%s\": %.6g", figure.first, figure.second);
  };
  context.out << "{" << absl::StrJoin(figures, ", ", member) << "}" << std::endl;
}

}  // namespace

absl::Status TakeTurns(const Figures& ready, const std::function<absl::StatusOr<Figures>()>& turn,
                       Context& context) {
  Print(ready, context);
  for (std::string line; std::getline(std::cin, line);) {
    RF_ASSIGN_OR_RETURN(const Figures figures, turn());
    Print(figures, context);
  }
  return absl::OkStatus();
}

}  // namespace ringfence
