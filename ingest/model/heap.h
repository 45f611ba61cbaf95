// What memory that is not in an object of ours costs.
#pragma once

#include <cstddef>

namespace ringfence {

inline constexpr size_t kAllocationBytes = 16;  // what malloc adds to each piece

}  // namespace ringfence
