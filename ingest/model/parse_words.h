// What the parsers of single fields have in common.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// InvalidArgument: what is wrong with a text, to be read after its name: "has too many digits".
inline absl::Status Refuse(std::string_view reason) {
  return absl::InvalidArgumentError(ToAbsl(reason));
}

}  // namespace ringfence
