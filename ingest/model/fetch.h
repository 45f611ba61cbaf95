// Memory that will be needed soon.
#pragma once

#include <array>
#include <cstddef>

#include "absl/types/span.h"

namespace ringfence {

// Brings the cache line with this address near, while other work goes on. Any address will do.
inline void Fetch(const void* address) {
  __builtin_prefetch(address);
  // Without something volatile in it GCC 12 takes a function that only fetches for one without
  // effect, and drops the call.
  asm volatile("");
}

// The same for many, and better. An instruction that fetches is done only when the processor has
// translated the address, which takes as long as a read of memory where that is large; it looks
// some hundred instructions past it meanwhile. With nothing between them, many are under way at a
// time; behind a look-up each, only a few.
template <typename T>
void FetchAll(absl::Span<T* const> addresses) {
#pragma GCC unroll 8
  for (T* address : addresses) Fetch(address);
}

// Addresses that are gathered for FetchAll().
template <size_t kAtOnce>
class FetchList {
 public:
  void Add(const void* address) {
    addresses_[count_++] = address;
    if (count_ == kAtOnce) Fetch();
  }
  void Fetch() {
    FetchAll(absl::MakeConstSpan(addresses_).first(count_));
    count_ = 0;
  }

 private:
  std::array<const void*, kAtOnce> addresses_;
  size_t count_ = 0;
};

}  // namespace ringfence
