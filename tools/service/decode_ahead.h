// The journal's entries, read, decoded and rid of repetitions in a thread of their own while the
// judge works on those before.
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

// What comes out does not depend on how the threads run: each entry is decoded by itself, all go
// through the de-duplication in their order, and are handed over in it. A few groups of entries go
// round: some megabytes, and the largest batches that are on their way. Use from one thread.
class DecodeAhead {
 public:
  // For a core that consumes each entry before it asks for the next. Entries that its guard calls
  // careful are left to it as they are; nothing behind them is looked at before it is done with
  // them. Both must outlive it, and nobody else may use them meanwhile.
  DecodeAhead(JournalReader& reader, ServiceCore& core);
  DecodeAhead(const DecodeAhead&) = delete;
  DecodeAhead& operator=(const DecodeAhead&) = delete;
  ~DecodeAhead();

  // Fills in `next`, which is good until the next call; false at the end. An error of the reader or
  // the decoder comes behind all entries before it; then, and at the end, the reader is free again.
  absl::StatusOr<bool> Next(CoreEntry& next);

 private:
  static constexpr size_t kGroups = 16;
  // Who has to wait waits for so many: on a busy machine each time costs milliseconds.
  static constexpr size_t kAtOnce = kGroups / 2;
  static constexpr size_t kGroupBytes = 256 * 1024;  // of records: a group is full
  static constexpr size_t kGroupEntries = 16;        // likewise
  static constexpr size_t kKeptBytes = 512 * 1024;   // a larger slot is given back

  struct Slot {
    JournalEntry entry;
    DecodedEntry decoded;
    bool is_decoded = false;
  };
  // Slots are used again, so that no memory is allocated for an entry once they have grown.
  struct Group {
    std::array<std::unique_ptr<Slot>, kGroupEntries> slots;
    size_t used = 0;
    bool careful = false;  // its last entry is left to the judge
    bool last = false;     // none comes behind it
    absl::Status status;   // what comes behind its entries
  };

  void Run();
  void Fill(Group& group);
  absl::StatusOr<bool> FillSlot(Slot& slot);
  bool IsCareful(const Slot& slot) const {
    return guard_ != nullptr && guard_->Careful(slot.entry.lsn);
  }
  Group* AwaitFree();
  Group* AwaitFilled();
  void PutFree(Group& group);
  void PutFilled(Group& group);

  JournalReader& reader_;
  ServiceCore& core_;
  const std::unique_ptr<EntryDecoder> decoder_;
  PoisonGuard* const guard_;
  std::array<Group, kGroups> groups_;
  Group* current_ = nullptr;  // in the hands of who calls Next()
  size_t at_ = 0;             // in it

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Group*> free_;    // with mutex_
  std::deque<Group*> filled_;  // likewise
  bool ended_ = false;         // likewise: the last group is filled
  bool pause_ = false;         // likewise: none is filled before all are free
  bool stop_ = false;          // likewise
  std::thread thread_;         // last: it uses all the others
};

}  // namespace ringfence
