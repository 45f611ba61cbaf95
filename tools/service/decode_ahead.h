// The journal's entries, read and decoded in a thread of their own while the judge works on those
// before.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/journal_reader.h"
#include "tools/service/entry_decoder.h"
#include "tools/service/poison_guard.h"
#include "tools/service/service_core.h"

namespace ringfence {

// What comes out does not depend on how the threads run: each entry is decoded by itself, and they
// are handed over in their order. A few groups of entries go round: some megabytes, and the largest
// batches that are on their way. Use from one thread.
class DecodeAhead {
 public:
  // guard may be null; entries that it calls careful are left undecoded. All must outlive it, and
  // nobody else may use the reader meanwhile.
  DecodeAhead(JournalReader& reader, std::unique_ptr<EntryDecoder> decoder, PoisonGuard* guard);
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;
  ~DecodeAhead();

  // Fills in `next`, which is good until the next call; false at the end. An error of the reader or
  // the decoder comes behind all entries before it; then, and at the end, the reader is free again.
  absl::StatusOr<bool> Next(CoreEntry& next);

 private:
  static constexpr size_t kGroups = 4;
  // A group is full with so much. More would leave the caches before it is judged.
  static constexpr size_t kGroupBytes = 256 * 1024;  // of records
  static constexpr size_t kGroupEntries = 32;
  static constexpr size_t kKeptBytes = 1024 * 1024;  // a larger slot is given back

  struct Slot {
    JournalEntry entry;
    DecodedEntry decoded;
    bool is_decoded = false;
  };
  // Slots are used again, so that no memory is allocated for an entry once they have grown.
  struct Group {
    std::array<std::unique_ptr<Slot>, kGroupEntries> slots;
    size_t used = 0;
    bool last = false;    // none comes behind it
    absl::Status status;  // what comes behind its entries
  };

  void Run();
  void Fill(Group& group);
  absl::StatusOr<bool> FillSlot(Slot& slot);
  Group* AwaitFree();
  Group* AwaitFilled();
  void Put(std::deque<Group*>& queue, Group& group);

  JournalReader& reader_;
  const std::unique_ptr<EntryDecoder> decoder_;
  PoisonGuard* const guard_;
  std::array<Group, kGroups> groups_;
  Group* current_ = nullptr;  // in the hands of who calls Next()
  size_t at_ = 0;             // in it

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Group*> free_;    // with mutex_
  std::deque<Group*> filled_;  // likewise
  bool stop_ = false;          // likewise
  std::thread thread_;         // last: it uses all the others
};

}  // namespace ringfence
