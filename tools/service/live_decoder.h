// Entries that the acceptor made durable, decoded in a thread of their own while the judge works on
// those before.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/service/entry_decoder.h"
#include "tools/service/entry_queue.h"
#include "tools/service/poison_guard.h"
#include "tools/service/service_core.h"

namespace ringfence {

// What comes out does not depend on how the threads run: each entry is decoded by itself, and they
// are handed over in their order, at once. Use from one thread.
class LiveDecoder {
 public:
  // Entries that became durable together.
  class Group {
   public:
    size_t size() const { return entries_.size(); }
    // Good until the group is. One that could not be decoded has to be by the core, which says why.
    CoreEntry At(size_t i);

   private:
    friend class LiveDecoder;
    struct Decoded {
      DecodedEntry entry;
      bool good = false;
    };

    EntryGroup entries_;
    std::vector<Decoded> decoded_;  // as many at least; used again, with their memory
  };

  // guard may be null. All must outlive it, and nobody else may take from the queue.
  LiveDecoder(EntryQueue& queue, std::unique_ptr<EntryDecoder> decoder, PoisonGuard* guard);
  LiveDecoder(const LiveDecoder&) = delete;
  LiveDecoder& operator=(const LiveDecoder&) = delete;
  // What is in the queue stays there.
  ~LiveDecoder();

  // The next group, good until the next call, which counts as done then; null when none came within
  // `wait`.
  Group* Take(std::chrono::milliseconds wait);
  // Nothing is pushed into the queue any more: the next group, null when there is none left.
  Group* TakeLast();

 private:
  static constexpr size_t kGroups = 3;  // the judge's, the next, and the one that is being decoded

  void Run();
  void Decode(Group& group);
  void GiveBack();
  Group* AwaitFree();

  EntryQueue& queue_;
  const std::unique_ptr<EntryDecoder> decoder_;
  PoisonGuard* const guard_;
  std::array<Group, kGroups> groups_;
  Group* current_ = nullptr;  // in the judge's hands

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Group*> free_;     // with mutex_
  std::deque<Group*> decoded_;  // likewise
  bool last_ = false;           // likewise: nothing is pushed any more
  bool ended_ = false;          // likewise: and all of it is decoded
  bool stop_ = false;           // likewise
  std::thread thread_;          // last: it uses all the others
};

}  // namespace ringfence
