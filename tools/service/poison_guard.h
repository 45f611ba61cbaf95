// Finds the record that makes the program crash, and keeps it from doing so a third time.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

// Which entry, and which of its records, is being judged stands in a memory-mapped file: it
// survives the death of the process and costs no system call. A crash (a fatal signal of the
// program's own making: SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT) puts its name there, too; a kill
// -9, a power cut and the kernel's out-of-memory killer do not, for no record is to blame for
// those.
//
// Entries may be decoded ahead of the judge, in a second thread: the crash of either is blamed on
// the entry that it was at itself; the crash of another thread on none.
//
// After a crash in an entry, the replay judges that entry record by record, decoding included.
// After a second crash at one of them, this record is poison: it is never judged again. For the
// judge's thread, but what says otherwise.
class PoisonGuard {
 public:
  // Takes up what an earlier process left. DataLoss for a file that is none; Unavailable when it
  // can't be used; ResourceExhausted when there are more poison records than it holds (kMost).
  static absl::StatusOr<std::unique_ptr<PoisonGuard>> Open(const std::string& path);
  ~PoisonGuard();
  PoisonGuard(const PoisonGuard&) = delete;
  PoisonGuard& operator=(const PoisonGuard&) = delete;

  // From now on a fatal signal of this thread is written down, then takes its usual course. One
  // guard at a time can have this.
  absl::Status CatchCrashes();

  // Says that the calling thread decodes ahead, until it is destroyed, in the same thread. One at a
  // time. Without CatchCrashes() before, it catches none either.
  class Watch {
   public:
    explicit Watch(PoisonGuard& guard);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    std::unique_ptr<char[]> stack_;
  };
  // The thread that decodes ahead: an entry, and that it has ended well.
  void BeginAhead(uint64_t lsn);
  void EndAhead();

  // An entry is judged as a whole.
  void Begin(uint64_t lsn);
  // One record of it is.
  void BeginRecord(uint64_t lsn, uint32_t index);
  // Whatever was begun has ended well.
  void End();

  // The entry must be judged record by record: the process crashed in it, or it holds poison. Any
  // thread, while there is no Forget().
  bool Careful(uint64_t lsn) const;
  bool IsPoison(uint64_t lsn, uint32_t index) const;
  // Entries up to this one never come again.
  void Forget(uint64_t lsn);

  static constexpr uint32_t kMost = 200;

 private:
  struct Page;

  explicit PoisonGuard(Page* page) : page_(page) {}
  absl::Status TakeUp();
  static void OnFatal(int signal);

  Page* page_;  // mapped
  bool catching_ = false;
  std::unique_ptr<char[]> stack_;  // for the handler: the crash may be an overflow of the other
};

}  // namespace ringfence
