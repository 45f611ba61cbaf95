// What happens in one call: whom it reaches, whether they answer, how long they talk.
#pragma once

#include <cstdint>

#include "tools/generate/call.h"
#include "tools/generate/city.h"

namespace ringfence::generate {

// The k-th call attempt of a caller on a day, set up at `setup`. A pure function of its arguments.
// The sequence is left at 0.
Call MakeCall(const City& city, uint32_t caller, uint32_t day, uint32_t k, int64_t setup);

}  // namespace ringfence::generate
