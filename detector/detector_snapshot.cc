// The detector's state as bytes, and back.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "detector/detector_impl.h"
#include "detector/number_blocks.h"

namespace ringfence {
namespace {

// What makes a rule the same one in a snapshot, and whether its episodes are.
struct RuleName {
  std::string_view id;
  uint8_t kind = 0;
  int64_t window = 0;
  std::optional<uint64_t> version;  // none: as it is now

  bool Names(const FrequencyRule& rule) const {
    return rule.id.value() == id && static_cast<uint8_t>(rule.subject) == kind &&
           rule.window.count() == window;
  }
  bool HasVersion(uint32_t now) const { return !version || *version == now; }
};

void WriteRule(const FrequencyRule& rule, ByteWriter& writer) {
  writer.Text(rule.id.value());
  writer.Byte(static_cast<uint8_t>(rule.subject));
  writer.Signed(rule.window.count());
  writer.Varint(rule.version);
}

RuleName ReadRule(ByteReader& reader, const SnapshotContent& content) {
  RuleName name;
  name.id = reader.Text();
  name.kind = reader.Byte();
  name.window = reader.Signed();
  if (content.rule_versions) name.version = reader.Varint();
  return name;
}

}  // namespace

NumberTracker& Detector::Impl::NumbersWith(uint64_t number) {
  return *shards_[ShardOf(number, shards_.size())].numbers;
}

// Day offset, counts, newest time; the rules for numbers and their subjects; then each rule for
// groups and its subjects; then, if there is one, the rule for called numbers and these. Subjects
// are one text, so that those of a rule that is gone can be skipped.
std::string Detector::Impl::Content() {
  ByteWriter writer;
  writer.Signed(options_.day_offset.count());
  writer.Varint(consumed_);
  writer.Varint(late_);
  writer.Byte(newest_ ? 1 : 0);
  if (!newest_) return writer.Take();
  writer.Signed(ToUnixMicros(*newest_));
  WriteNumbers(writer);
  writer.Varint(groups_.size());
  for (GroupTracker& groups : groups_) {
    WriteRule(groups.rule(), writer);
    ByteWriter subjects;
    groups.Write(subjects, *newest_);
    writer.Text(subjects.bytes());
  }
  if (floods_) WriteFloods(writer);
  return writer.Take();
}

void Detector::Impl::WriteFloods(ByteWriter& writer) {
  writer.Text(floods_->rule().id.value());
  writer.Varint(floods_->rule().version);
  ByteWriter numbers;
  floods_->Write(*newest_, numbers);
  writer.Text(numbers.bytes());
}

void Detector::Impl::WriteNumbers(ByteWriter& writer) {
  writer.Varint(number_rules_.size());
  for (const uint32_t place : number_rules_) WriteRule(options_.rules[place], writer);
  std::vector<NumberTracker::Entry> entries;
  for (const Shard& shard : shards_) shard.numbers->Collect(*newest_, entries);
  std::sort(entries.begin(), entries.end());
  ByteWriter subjects;
  subjects.Varint(entries.size());
  uint64_t previous = 0;
  for (const auto& [number, line] : entries) {
    subjects.Varint(number - previous);
    previous = number;
    NumbersWith(number).Write(*line, *newest_, subjects);
  }
  writer.Text(subjects.bytes());
}

absl::Status Detector::Impl::ReadContent(const SnapshotContent& content) {
  ByteReader reader(content.bytes);
  const bool recount = reader.Signed() != options_.day_offset.count();
  consumed_ = reader.Varint();
  late_ = reader.Varint();
  const uint8_t has_newest = reader.Byte();
  if (has_newest == 1) newest_ = FromUnixMicros(reader.Signed());
  if (has_newest == 1 && reader.ok() && !ReadNumbers(reader, recount, content)) {
    return absl::DataLossError("the detector snapshot is inconsistent at the numbers");
  }
  const uint64_t rules = has_newest == 1 ? reader.Count() : 0;
  for (uint64_t i = 0; i < rules; ++i) {
    if (!ReadGroups(reader, recount, content)) {
      return absl::DataLossError(
          absl::StrCat("the detector snapshot is inconsistent at the groups of rule ", i));
    }
  }
  if (has_newest == 1 && reader.ok() && !reader.AtEnd() && !ReadFloods(reader, content)) {
    return absl::DataLossError("the detector snapshot is inconsistent at the called numbers");
  }
  if (has_newest > 1 || !reader.AtEnd()) {
    return absl::DataLossError("the detector snapshot is inconsistent at its head or end");
  }
  return absl::OkStatus();
}

bool Detector::Impl::ReadNumbers(ByteReader& reader, bool recount, const SnapshotContent& content) {
  const uint64_t rules = reader.Count();
  NumberTracker::Written written{rules, {}, recount, content.features};
  std::vector<SubjectState::RuleBefore>& before = written.before;
  before.resize(number_rules_.size());
  bool known = false;
  for (uint64_t i = 0; i < rules; ++i) {
    const RuleName name = ReadRule(reader, content);
    if (!reader.ok()) return false;
    for (size_t place = 0; place < number_rules_.size(); ++place) {
      const FrequencyRule& rule = options_.rules[number_rules_[place]];
      if (!name.Names(rule)) continue;
      if (before[place].place) return false;  // the rule stands there twice
      before[place] = {i, name.HasVersion(rule.version)};
      known = true;
    }
  }
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  if (!known) return true;
  const uint64_t count = subjects.Count();
  for (Shard& shard : shards_) shard.numbers->Reserve(count / shards_.size());
  uint64_t number = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = subjects.Varint();
    if (!subjects.ok() || (i > 0 && distance == 0) || number + distance < number) return false;
    number += distance;
    if (!NumbersWith(number).Read(number, subjects, *newest_, written)) return false;
  }
  for (Shard& shard : shards_) shard.numbers->FinishReading();
  return subjects.AtEnd();
}

bool Detector::Impl::ReadGroups(ByteReader& reader, bool recount, const SnapshotContent& content) {
  const RuleName name = ReadRule(reader, content);
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  for (GroupTracker& groups : groups_) {
    if (!name.Names(groups.rule())) continue;
    if (groups.counts().subjects > 0) return false;  // the rule stands there twice
    const GroupTracker::Written written{name.HasVersion(groups.rule().version), recount,
                                        content.features};
    return groups.Read(subjects, *newest_, written) && subjects.AtEnd();
  }
  return true;
}

bool Detector::Impl::ReadFloods(ByteReader& reader, const SnapshotContent& content) {
  RuleName name;
  name.id = reader.Text();
  if (content.rule_versions) name.version = reader.Varint();
  ByteReader numbers(reader.Text());
  if (!reader.ok() || name.id.empty()) return false;
  if (!floods_ || floods_->rule().id.value() != name.id) return true;
  const bool with_episodes = name.HasVersion(floods_->rule().version);
  return floods_->Read(numbers, *newest_, with_episodes) && numbers.AtEnd();
}

}  // namespace ringfence
