// Threads that work on one job together with the thread that asks for it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace ringfence {

// Use from one thread. Between two jobs the team's threads sleep and hold nothing, so that the
// process may be copied by fork(); the copy has no team and must not ask for a job.
class WorkerTeam {
 public:
  using Job = std::function<void(size_t)>;

  // `members` counts the thread that calls Run(); 0 counts as 1.
  explicit WorkerTeam(size_t members);
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;
  ~WorkerTeam();

  // Calls job(0) in this thread and job(1) to job(members - 1) in the others, all at a time;
  // returns when they are done. The job sees what was written before; what it wrote is seen after.
  // It must not throw.
  void Run(const Job& job);

 private:
  void Work(size_t member);

  const Job* job_ = nullptr;           // null: the team is dismissed
  std::atomic<uint32_t> turn_ = 0;     // counts the jobs
  std::atomic<uint32_t> at_work_ = 0;  // of the threads
  std::vector<std::thread> threads_;   // last: they use all the others
};

}  // namespace ringfence
