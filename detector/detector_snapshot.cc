// The detector's state as bytes, and back.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "detector/detector_impl.h"

namespace ringfence {
namespace {

// What makes a rule the same one in a snapshot.
struct RuleName {
  std::string_view id;
  uint8_t kind = 0;
  int64_t window = 0;

  bool Names(const FrequencyRule& rule) const {
    return rule.id.value() == id && static_cast<uint8_t>(rule.subject) == kind &&
           rule.window.count() == window;
  }
};

void WriteRule(const FrequencyRule& rule, ByteWriter& writer) {
  writer.Text(rule.id.value());
  writer.Byte(static_cast<uint8_t>(rule.subject));
  writer.Signed(rule.window.count());
}

RuleName ReadRule(ByteReader& reader) {
  RuleName name;
  name.id = reader.Text();
  name.kind = reader.Byte();
  name.window = reader.Signed();
  return name;
}

}  // namespace

NumberTracker& Detector::Impl::NumbersWith(uint64_t number) {
  return *shards_[CallRouter::ShardOf(number, shards_.size())].numbers;
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
  if (has_newest == 1 && reader.ok() && !ReadNumbers(reader, recount, content.features)) {
    return absl::DataLossError("the detector snapshot is inconsistent at the numbers");
  }
  const uint64_t rules = has_newest == 1 ? reader.Count() : 0;
  for (uint64_t i = 0; i < rules; ++i) {
    if (!ReadGroups(reader, recount, content.features)) {
      return absl::DataLossError(
          absl::StrCat("the detector snapshot is inconsistent at the groups of rule ", i));
    }
  }
  if (has_newest == 1 && reader.ok() && !reader.AtEnd() && !ReadFloods(reader)) {
    return absl::DataLossError("the detector snapshot is inconsistent at the called numbers");
  }
  if (has_newest > 1 || !reader.AtEnd()) {
    return absl::DataLossError("the detector snapshot is inconsistent at its head or end");
  }
  return absl::OkStatus();
}

bool Detector::Impl::ReadNumbers(ByteReader& reader, bool recount, bool features) {
  const uint64_t rules = reader.Count();
  NumberTracker::Written written{rules, {}, recount, features};
  std::vector<size_t>& of_rule = written.of_rule;
  of_rule.resize(number_rules_.size(), SubjectState::kNoRule);
  bool known = false;
  for (uint64_t i = 0; i < rules; ++i) {
    const RuleName name = ReadRule(reader);
    if (!reader.ok()) return false;
    for (size_t rule = 0; rule < number_rules_.size(); ++rule) {
      if (!name.Names(options_.rules[number_rules_[rule]])) continue;
      if (of_rule[rule] != SubjectState::kNoRule) return false;  // the rule stands there twice
      of_rule[rule] = i;
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

bool Detector::Impl::ReadGroups(ByteReader& reader, bool recount, bool features) {
  const RuleName name = ReadRule(reader);
  ByteReader subjects(reader.Text());
  if (!reader.ok()) return false;
  for (GroupTracker& groups : groups_) {
    if (!name.Names(groups.rule())) continue;
    if (groups.counts().subjects > 0) return false;  // the rule stands there twice
    return groups.Read(subjects, *newest_, recount, features) && subjects.AtEnd();
  }
  return true;
}

bool Detector::Impl::ReadFloods(ByteReader& reader) {
  const std::string_view id = reader.Text();
  ByteReader numbers(reader.Text());
  if (!reader.ok() || id.empty()) return false;
  if (!floods_ || floods_->rule().id.value() != id) return true;
  return floods_->Read(numbers, *newest_) && numbers.AtEnd();
}

}  // namespace ringfence
