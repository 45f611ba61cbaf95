// How long to wait before the next try.
#pragma once

#include <chrono>
#include <cstdint>

namespace ringfence {

struct BackoffOptions {
  std::chrono::milliseconds first{250};
  std::chrono::milliseconds most{60'000};
  uint64_t seed = 0;
};

// Doubles with every failure up to `most`; the wait is drawn evenly from the upper half of that, so
// that receivers which failed together are not asked together. The same seed gives the same waits.
class Backoff {
 public:
  explicit Backoff(BackoffOptions options) : options_(options), state_(options.seed) {}

  std::chrono::milliseconds Next();
  void Reset() { failures_ = 0; }

 private:
  BackoffOptions options_;
  uint64_t state_;
  uint32_t failures_ = 0;
};

}  // namespace ringfence
