#include "detector/worker_team.h"

#include <algorithm>

namespace ringfence {
namespace {

// Waits until the value is another one. To sleep and be woken costs as much as some thousand
// records, so it looks for a while first.
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

}  // namespace

WorkerTeam::WorkerTeam(size_t members) {
  for (size_t i = 1; i < members; ++i) threads_.emplace_back([this, i] { Work(i); });
}

WorkerTeam::~WorkerTeam() {
  job_ = nullptr;
  turn_.fetch_add(1, std::memory_order_release);
  turn_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerTeam::Run(const Job& job) {
  job_ = &job;
  at_work_.store(static_cast<uint32_t>(threads_.size()), std::memory_order_relaxed);
  turn_.fetch_add(1, std::memory_order_release);
  turn_.notify_all();
  job(0);
  uint32_t left = at_work_.load(std::memory_order_acquire);
  while (left > 0) left = AwaitChange(at_work_, left);
}

void WorkerTeam::Work(size_t member) {
  for (uint32_t turn = 0;;) {
    turn = AwaitChange(turn_, turn);
    if (job_ == nullptr) return;
    (*job_)(member);
    at_work_.fetch_sub(1, std::memory_order_acq_rel);
    at_work_.notify_one();
  }
}

}  // namespace ringfence
