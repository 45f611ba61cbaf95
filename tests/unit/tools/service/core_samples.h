// Journal entries that the tests of the service's core share.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/client/binary_translator.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/time_text.h"
#include "ingest/reject_sink.h"
#include "tools/service/service_core.h"

namespace ringfence {

inline const EventTime kCoreStart = FromUnixMicros(1'795'492'800'000'000);  // 2026-11-24 04:00 UTC

// Keeps what the core rejects, as text.
class KeptText : public RejectKeeper {
 public:
  void OnReject(const Reject& reject) override {
    lines.push_back(absl::StrCat(std::string(RejectReasonName(reject.reason)), " ", reject.line,
                                 " ", std::string(reject.bytes)));
  }
  void OnLate(std::string_view, std::string_view record) override {
    lines.push_back(absl::StrCat("late ", std::string(record)));
  }
  std::vector<std::string> lines;
};

inline CoreOptions SampleCoreOptions(uint32_t threshold = 5) {
  CoreOptions options{
      .decode = {.numbers = NumberPlan::Create({.country = "86", .area = "631"}).value(),
                 .zone = absl::UTCTimeZone()},
      .detector = {},
      .dedup_horizon = std::chrono::hours(3),
      .max_future = std::chrono::minutes(2),
      .before_record = {}};
  options.detector.lateness = std::chrono::minutes(10);
  for (FrequencyRule& rule : options.detector.rules) {
    rule.threshold = threshold;
    rule.window = std::chrono::hours(1);
  }
  return options;
}

// Batches of streams as a receiver hands them out.
class SampleStreams {
 public:
  struct Entry {
    uint64_t lsn = 0;
    EventTime received_at;
    RawBatch batch;

    CoreEntry View() const { return {lsn, received_at, &batch}; }
  };

  Entry Next(const std::string& stream, const std::vector<std::string>& records,
             EventTime received_at) {
    Stream* found = nullptr;
    for (Stream& candidate : streams_) {
      if (candidate.info->key.stream == stream) found = &candidate;
    }
    if (found == nullptr) {
      StreamInfo info{.key = {"msc-01", stream, 7}, .format = {}};
      info.format.format = "canonical";
      info.format.header = "record_id,calling,called,setup_time";
      streams_.push_back({std::make_shared<const StreamInfo>(info), {}});
      found = &streams_.back();
    }
    Entry entry{.lsn = ++lsn_, .received_at = received_at, .batch = {}};
    entry.batch.stream = found->info;
    entry.batch.first_seq = found->end.next_seq;
    entry.batch.count = static_cast<uint32_t>(records.size());
    entry.batch.offset = found->end.next_offset;
    for (const std::string& record : records) entry.batch.records += record + "\n";
    found->end.next_seq += records.size();
    found->end.next_offset += entry.batch.records.size();
    found->end.content_crc = ExtendCrc32c(found->end.content_crc, entry.batch.records);
    entry.batch.end = found->end;
    return entry;
  }

 private:
  struct Stream {
    std::shared_ptr<const StreamInfo> info;
    StreamPosition end;
  };
  std::vector<Stream> streams_;
  uint64_t lsn_ = 0;
};

// The same entries as a sender of binary records would have made them.
inline std::vector<SampleStreams::Entry> AsBinary(std::vector<SampleStreams::Entry> entries) {
  const BinaryOptions options{.decode = SampleCoreOptions().decode};
  for (SampleStreams::Entry& entry : entries) {
    RawBatch& batch = entry.batch;
    const Layout layout =
        LayoutOf(batch.stream->format.format, batch.stream->format.header, "", "").value();
    BinaryTranslator translator = BinaryTranslator::Create(layout, options).value();
    RecordSplitter lines(batch.records, layout.Rules(RecordFile::kMaxRecordBytes));
    std::string records;
    for (RawRecord line; lines.Next(line).value();) {
      if (!translator.Take(line, records).value()) std::abort();
    }
    batch.records = std::move(records);
    batch.stream =
        std::make_shared<const StreamInfo>(StreamInfo{batch.stream->key, BinarySpec(options)});
  }
  return entries;
}

inline std::string SampleRecord(const std::string& id, int caller, EventTime setup) {
  return absl::StrCat(id, ",+8663155500", caller / 10, caller % 10, ",+866315550999,",
                      FormatTime(setup, absl::UTCTimeZone()));
}

// Entries with all that happens: several streams, duplicates, late and bad records, the future.
inline std::vector<SampleStreams::Entry> SampleEntries(uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  const auto pick = [&](uint64_t most) { return random() % most; };
  SampleStreams streams;
  std::vector<SampleStreams::Entry> entries;
  EventTime now = kCoreStart;
  uint64_t id = 0;
  for (int i = 0; i < count; ++i) {
    std::vector<std::string> records;
    for (uint64_t n = 1 + pick(12); n > 0; --n) {
      now += std::chrono::seconds(pick(20));
      const auto caller = static_cast<int>(pick(8));
      const std::string name = absl::StrCat("r", id++);
      switch (pick(12)) {
        case 0:
          records.push_back(absl::StrCat(name, ",nobody,110,1"));
          break;
        case 1:
          records.push_back(SampleRecord(name, caller, now - std::chrono::minutes(11)));
          break;
        case 2:
          records.push_back(SampleRecord(name, caller, now + std::chrono::minutes(3)));
          break;
        case 3:
          records.push_back(SampleRecord(absl::StrCat("r", pick(id)), caller, now));
          break;
        default:
          records.push_back(SampleRecord(name, caller, now - std::chrono::seconds(pick(300))));
      }
    }
    entries.push_back(streams.Next(pick(2) == 0 ? "a" : "b", records, now));
  }
  return entries;
}

}  // namespace ringfence
