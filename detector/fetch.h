// Memory that will be needed soon.
#pragma once

namespace ringfence {

// Brings the cache line with this address near, while other work goes on. Any address will do.
inline void Fetch(const void* address) {
  __builtin_prefetch(address);
  // Without something volatile in it GCC 12 takes a function that only fetches for one without
  // effect, and drops the call.
  asm volatile("");
}

}  // namespace ringfence
