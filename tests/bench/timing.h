// How long work takes.
#pragma once

#include <ctime>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ringfence {

// What else runs on the machine takes turns with a thread, and does not count by this clock.
inline constexpr clockid_t kThreadClock = CLOCK_THREAD_CPUTIME_ID;
// What threads do together can be measured by the wall only.
inline constexpr clockid_t kWallClock = CLOCK_MONOTONIC;

inline double MicrosNow(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

// Microseconds by both clocks.
struct Took {
  double thread = 0;
  double wall = 0;

  Took& operator+=(const Took& other) {
    thread += other.thread;
    wall += other.wall;
    return *this;
  }
};

template <typename Work>
Took TimeOf(Work&& work) {
  const double wall = MicrosNow(kWallClock);
  const double thread = MicrosNow(kThreadClock);
  work();
  return {MicrosNow(kThreadClock) - thread, MicrosNow(kWallClock) - wall};
}

// Of at least one value; share 0.5 is the median.
inline double Quantile(std::vector<double> values, double share) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace ringfence
