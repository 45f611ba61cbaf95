// One generated call attempt, before it is written.
#pragma once

#include <cstdint>
#include <optional>

#include "ingest/model/cdr.h"

namespace ringfence::generate {

// Times are milliseconds after City::start().
struct Call {
  uint32_t caller = 0;    // index into City::callers()
  uint64_t sequence = 0;  // from 1, in the order of setup: part of the record id
  PhoneNumber called;
  int64_t setup = 0;
  std::optional<int64_t> answer;
  int64_t release = 0;
  Cause cause;
  uint16_t trunk = 0;  // index into City::trunks()
};

}  // namespace ringfence::generate
