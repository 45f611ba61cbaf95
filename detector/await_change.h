// Waiting for what another thread will soon have done.
#pragma once

#include <atomic>
#include <cstdint>

namespace ringfence {

// Waits until the value is another one, which it returns. To sleep and be woken costs as much as
// some thousand records, so it looks for a while first. Whoever changes the value must notify.
uint32_t AwaitChange(const std::atomic<uint32_t>& value, uint32_t from);

}  // namespace ringfence
