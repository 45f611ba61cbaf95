#include "tools/service/poison_guard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

constexpr uint64_t kGuardMagic = 0x3130444755475052;  // "RPGUGD01", lowest byte first
constexpr size_t kPageBytes = 4096;
constexpr uint32_t kWhole = UINT32_MAX;
constexpr size_t kStackBytes = 64 * 1024;
constexpr std::array<int, 5> kFatal = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

struct Place {
  uint64_t lsn = 0;  // 0: none
  uint32_t index = 0;
  uint32_t unused = 0;
};

// What the signal handler needs; a handler can be given nothing.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
struct GuardedThread {
  std::atomic<std::atomic<uint32_t>*> crash_mark{nullptr};
  std::atomic<pid_t> id{0};
};
GuardedThread judging;
GuardedThread ahead;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

pid_t ThisThread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

void Guard(GuardedThread& thread, std::atomic<uint32_t>* mark) {
  thread.id = ThisThread();
  thread.crash_mark = mark;
}

void GiveUp(GuardedThread& thread) { thread.crash_mark = nullptr; }

// Each thread has its own stack for the handler: the crash may be an overflow of the other.
std::unique_ptr<char[]> TakeHandlerStack() {
  auto memory = std::make_unique<char[]>(kStackBytes);
  stack_t stack{};
  stack.ss_sp = memory.get();
  stack.ss_size = kStackBytes;
  if (sigaltstack(&stack, nullptr) != 0) return nullptr;
  return memory;
}

void GiveUpHandlerStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
}

}  // namespace

// In the order of the machine: the file stays on it.
struct PoisonGuard::Page {
  uint64_t magic;
  std::atomic<uint64_t> lsn;      // being judged; 0: none
  std::atomic<uint32_t> index;    // of the record; kWhole: the entry as a whole
  std::atomic<uint32_t> crashed;  // the signal that ended the process
  uint64_t suspect;               // the entry to be judged record by record; 0: none
  uint32_t count;
  uint32_t unused;
  std::array<Place, kMost> poison;
  // Of the thread that decodes ahead. Zeros in a file of before there was one.
  std::atomic<uint64_t> ahead_lsn;
  std::atomic<uint32_t> ahead_crashed;
};

absl::StatusOr<std::unique_ptr<PoisonGuard>> PoisonGuard::Open(const std::string& path) {
  static_assert(sizeof(Page) <= kPageBytes);
  const auto failed = [&] {
    return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  };
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return failed();
  void* mapped = MAP_FAILED;
  // Allocated, not only sized: a full disk must show here, not as a signal at the first store.
  const int full = posix_fallocate(file, 0, kPageBytes);
  if (full != 0) {
    errno = full;
  } else {
    mapped = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  if (mapped == MAP_FAILED) {
    absl::Status status = failed();
    close(file);
    return status;
  }
  close(file);
  std::unique_ptr<PoisonGuard> guard(new PoisonGuard(static_cast<Page*>(mapped)));
  Page& page = *guard->page_;
  if (page.magic == 0) page.magic = kGuardMagic;
  if (page.magic != kGuardMagic || page.count > kMost) {
    return absl::DataLossError(absl::StrCat(path, ": not written by this program; remove it"));
  }
  absl::Status taken = guard->TakeUp();
  if (!taken.ok()) return absl::Status(taken.code(), absl::StrCat(path, ": ", taken.message()));
  return guard;
}

absl::Status PoisonGuard::TakeUp() {
  const uint64_t lsn = page_->lsn.exchange(0);
  const uint32_t index = page_->index.load();
  const bool crashed = page_->crashed.exchange(0) != 0;
  const uint64_t ahead_lsn = page_->ahead_lsn.exchange(0);
  const bool ahead_crashed = page_->ahead_crashed.exchange(0) != 0;
  if (!crashed || lsn == 0) {
    if (ahead_crashed && ahead_lsn != 0) page_->suspect = ahead_lsn;
    return absl::OkStatus();
  }
  page_->suspect = lsn;
  if (index == kWhole || IsPoison(lsn, index)) return absl::OkStatus();
  if (page_->count == kMost) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the program crashed at more than ", kMost,
        " records: this is no matter of single records; please report it, with these records"));
  }
  page_->poison[page_->count++] = {.lsn = lsn, .index = index};
  msync(page_, kPageBytes, MS_SYNC);
  return absl::OkStatus();
}

PoisonGuard::~PoisonGuard() {
  if (catching_) {
    GiveUp(judging);
    for (const int signal : kFatal) std::signal(signal, SIG_DFL);
    GiveUpHandlerStack();
  }
  munmap(page_, kPageBytes);
}

void PoisonGuard::OnFatal(int signal) {
  for (const GuardedThread* thread : {&judging, &ahead}) {
    std::atomic<uint32_t>* mark = thread->crash_mark.load();
    if (mark == nullptr || ThisThread() != thread->id.load()) continue;
    mark->store(static_cast<uint32_t>(signal));
  }
  raise(signal);  // SA_RESETHAND: now it takes its usual course
}

absl::Status PoisonGuard::CatchCrashes() {
  stack_ = TakeHandlerStack();
  if (stack_ == nullptr) return absl::InternalError("sigaltstack failed");
  Guard(judging, &page_->crashed);
  catching_ = true;
  for (const int signal : kFatal) {
    struct sigaction action {};
    action.sa_handler = &PoisonGuard::OnFatal;
    action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
    if (sigaction(signal, &action, nullptr) != 0) return absl::InternalError("sigaction failed");
  }
  return absl::OkStatus();
}

PoisonGuard::Watch::Watch(PoisonGuard& guard) : stack_(TakeHandlerStack()) {
  Guard(ahead, &guard.page_->ahead_crashed);
}

PoisonGuard::Watch::~Watch() {
  GiveUp(ahead);
  GiveUpHandlerStack();
}

void PoisonGuard::BeginAhead(uint64_t lsn) {
  page_->ahead_lsn.store(lsn, std::memory_order_release);
}

void PoisonGuard::EndAhead() { page_->ahead_lsn.store(0, std::memory_order_release); }

void PoisonGuard::Begin(uint64_t lsn) {
  page_->index.store(kWhole, std::memory_order_relaxed);
  page_->lsn.store(lsn, std::memory_order_release);
}

void PoisonGuard::BeginRecord(uint64_t lsn, uint32_t index) {
  page_->index.store(index, std::memory_order_relaxed);
  page_->lsn.store(lsn, std::memory_order_release);
}

void PoisonGuard::End() { page_->lsn.store(0, std::memory_order_release); }

bool PoisonGuard::Careful(uint64_t lsn) const {
  if (page_->suspect == lsn) return true;
  const auto end = page_->poison.begin() + page_->count;
  return std::any_of(page_->poison.begin(), end, [&](const Place& p) { return p.lsn == lsn; });
}

bool PoisonGuard::IsPoison(uint64_t lsn, uint32_t index) const {
  const auto end = page_->poison.begin() + page_->count;
  return std::any_of(page_->poison.begin(), end,
                     [&](const Place& p) { return p.lsn == lsn && p.index == index; });
}

void PoisonGuard::Forget(uint64_t lsn) {
  const auto end = page_->poison.begin() + page_->count;
  const auto kept =
      std::remove_if(page_->poison.begin(), end, [&](const Place& p) { return p.lsn <= lsn; });
  page_->count = static_cast<uint32_t>(kept - page_->poison.begin());
  if (page_->suspect <= lsn) page_->suspect = 0;
}

}  // namespace ringfence
