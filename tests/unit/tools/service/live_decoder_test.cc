// Live entries, decoded in a thread of their own: what the core makes of them is what it makes of
// them alone.
#include "tools/service/live_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "tests/unit/tools/service/core_samples.h"

namespace ringfence {
namespace {

using LiveEntries = std::vector<SampleStreams::Entry>;

constexpr size_t kRoom = 64 * 1024 * 1024;

void Push(EntryQueue& queue, const LiveEntries& entries, size_t of_a_group) {
  EntryGroup group;
  for (const auto& entry : entries) {
    group.Slot() = {entry.lsn, entry.received_at, entry.batch};
    group.Keep();
    if (group.size() == of_a_group || entry.lsn == entries.size()) queue.Push(group);
  }
}

// A core that is fed through a queue.
struct LiveCore {
  KeptText kept;
  std::vector<Detection> found;
  ServiceCore core{SampleCoreOptions(), nullptr, kept, nullptr};
  EntryQueue queue{kRoom};
  LiveDecoder decoder{queue, core.NewDecoder(), nullptr};

  absl::Status Consume(LiveDecoder::Group& group) {
    for (size_t i = 0; i < group.size(); ++i) {
      const absl::Status status = core.Consume(group.At(i), found);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }
};

std::string StateAlone(const LiveEntries& entries) {
  KeptText kept;
  std::vector<Detection> found;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  for (const auto& entry : entries) EXPECT_TRUE(core.Consume(entry.View(), found).ok());
  return core.Snapshot({}) + absl::StrCat(found.size()) + absl::StrJoin(kept.lines, "\n");
}

TEST(LiveDecoder, TheCoreComesToWhatItComesToAlone) {
  for (const size_t of_a_group : {1u, 7u, 1000u}) {
    const LiveEntries entries = SampleEntries(of_a_group, 1000);
    LiveCore live;
    Push(live.queue, entries, of_a_group);
    while (LiveDecoder::Group* const group = live.decoder.TakeLast()) {
      ASSERT_TRUE(live.Consume(*group).ok());
    }
    EXPECT_EQ(live.core.lsn(), 1000u);
    EXPECT_TRUE(live.core.Snapshot({}) + absl::StrCat(live.found.size()) +
                    absl::StrJoin(live.kept.lines, "\n") ==
                StateAlone(entries))
        << of_a_group << " in a group";
  }
}

TEST(LiveDecoder, EntriesCountForTheQueuesBoundUntilTheyAreJudged) {
  LiveCore live;
  Push(live.queue, SampleEntries(1, 1), 1);
  const size_t bytes = live.queue.bytes();
  LiveDecoder::Group* group = nullptr;
  while (group == nullptr) group = live.decoder.Take(std::chrono::milliseconds(10));
  EXPECT_EQ(live.queue.bytes(), bytes);
  EXPECT_EQ(live.decoder.Take(std::chrono::milliseconds(0)), nullptr);
  EXPECT_EQ(live.queue.bytes(), 0u);
}

TEST(LiveDecoder, AnEntryThatCannotBeDecodedIsLeftToTheCoreInItsPlace) {
  LiveEntries entries = SampleEntries(2, 10);
  StreamInfo info = *entries[5].batch.stream;
  info.format.format = "a format of another version";
  entries[5].batch.stream = std::make_shared<const StreamInfo>(info);
  LiveCore live;
  Push(live.queue, entries, 10);
  EXPECT_FALSE(live.Consume(*live.decoder.TakeLast()).ok());
  EXPECT_EQ(live.core.lsn(), 5u);
}

TEST(LiveDecoder, WhatNobodyTakesIsLeftAtItsEnd) {
  LiveCore live;
  Push(live.queue, SampleEntries(3, 100), 1);
  ASSERT_NE(live.decoder.Take(std::chrono::hours(1)), nullptr);
}

}  // namespace
}  // namespace ringfence
