#include "detector/await_change.h"

namespace ringfence {

uint32_t AwaitChange(const std::atomic<uint32_t>& value, uint32_t from) {
  constexpr int kLooks = 2000;  // some 50 microseconds
  for (int i = 0; i < kLooks; ++i) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != from) return now;
    __builtin_ia32_pause();
  }
  value.wait(from, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace ringfence
