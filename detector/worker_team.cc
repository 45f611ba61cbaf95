#include "detector/worker_team.h"

#include "detector/await_change.h"

namespace ringfence {
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
