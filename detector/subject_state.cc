#include "detector/subject_state.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace ringfence {

void SubjectState::Consume(const RuleFrame& frame, const Limits& limits, EventTime newest,
                           const Cdr& cdr, std::vector<Detection>& detections) {
  Expire(frame, newest);
  days_.Add(DayOf(cdr.setup, frame.day_offset));
  const size_t inserted = calls_.Insert(cdr.setup);
  if (calls_.Exceeds(inserted, limits.Lowest() / 2, frame.rule.window)) AddSample(cdr);
  if (evidence_ != nullptr || calls_.size() > limits.Lowest()) {
    if (limits.warning) {
      JudgeLevel(frame, Level::kWarning, *limits.warning, inserted, cdr, detections);
    }
    JudgeLevel(frame, Level::kAlert, limits.alert, inserted, cdr, detections);
  }
  // With more than `alert` calls held after a record that comes late, those lie within the
  // lateness, hence within one window: the newest call is over the limit, and the episode that is
  // open for it covers the record. Else `alert` calls are held before it, which is all that a
  // judgement needs.
  if (frame.lateness < frame.rule.window) calls_.KeepNewest(2 * size_t{limits.alert} + 1);
}

bool SubjectState::Expire(const RuleFrame& frame, EventTime newest) {
  calls_.DropOlder(newest, frame.Retention());
  if (!calls_.empty() || open(Level::kWarning) || open(Level::kAlert)) return false;
  // The day count must outlive the window if a record of the same day may still come.
  const auto lateness = static_cast<uint64_t>(frame.lateness.count());
  const auto oldest_to_come =
      FromUnixMicros(static_cast<int64_t>(static_cast<uint64_t>(ToUnixMicros(newest)) - lateness));
  if (oldest_to_come <= newest && days_.newest_day() >= DayOf(oldest_to_come, frame.day_offset)) {
    return false;
  }
  calls_.Clear();
  days_ = DayCounter();
  evidence_.reset();
  return true;
}

bool SubjectState::open(Level level) const {
  return evidence_ != nullptr && evidence_->episodes[static_cast<size_t>(level)].open;
}

size_t SubjectState::HeapBytes() const {
  constexpr size_t kAllocation = 16;  // what malloc adds
  size_t bytes = calls_.HeapBytes();
  if (evidence_ == nullptr) return bytes;
  bytes += sizeof(Evidence) + kAllocation;
  if (!evidence_->samples.empty()) {
    bytes += evidence_->samples.capacity() * sizeof(Sample) + kAllocation;
  }
  for (const Sample& sample : evidence_->samples) {
    constexpr size_t kInString = 15;
    if (sample.id.value().capacity() > kInString)
      bytes += sample.id.value().capacity() + kAllocation;
  }
  return bytes;
}

SubjectState::Evidence& SubjectState::EnsureEvidence() {
  if (evidence_ == nullptr) evidence_ = std::make_unique<Evidence>();
  return *evidence_;
}

void SubjectState::AddSample(const Cdr& cdr) {
  std::vector<Sample>& samples = EnsureEvidence().samples;
  if (cdr.record_id.empty()) return;
  const bool full = samples.size() == Detection::kMaxSamples;
  if (full && cdr.setup < samples.front().time) return;
  if (full) samples.erase(samples.begin());
  const auto place =
      std::upper_bound(samples.begin(), samples.end(), cdr.setup,
                       [](EventTime time, const Sample& sample) { return time < sample.time; });
  samples.insert(place, Sample{cdr.setup, cdr.record_id});
}

void SubjectState::JudgeLevel(const RuleFrame& frame, Level level, uint32_t limit, size_t inserted,
                              const Cdr& cdr, std::vector<Detection>& detections) {
  const auto index = static_cast<size_t>(level);
  Episode episode = evidence_ == nullptr ? Episode{} : evidence_->episodes[index];
  const Judgement judgement = Judge(calls_, inserted, limit, frame.rule.window, episode);
  if (evidence_ != nullptr || episode != Episode{}) EnsureEvidence().episodes[index] = episode;
  const auto report = [&](Transition transition, size_t position) {
    Detection& detection = detections.emplace_back(Describe(frame, position));
    detection.level = level;
    detection.transition = transition;
    detection.threshold = limit;
    detection.number = cdr.calling;
    const bool in_window = cdr.setup >= detection.first_call && cdr.setup <= detection.at;
    if (detection.samples.empty() && in_window && !cdr.record_id.empty()) {
      detection.samples.push_back(
          cdr.record_id);  // all samples kept are newer than a call long ago
    }
  };
  if (judgement.opened) report(Transition::kOpened, *judgement.opened);
  if (judgement.closed) report(Transition::kClosed, *judgement.closed);
}

Detection SubjectState::Describe(const RuleFrame& frame, size_t position) const {
  const size_t first = calls_.FirstInWindow(position, frame.rule.window);
  Detection detection;
  detection.rule = frame.rule.id;
  detection.rule_version = frame.rule.version;
  detection.count = static_cast<uint32_t>(position - first + 1);
  detection.window = frame.rule.window;
  detection.at = calls_[position];
  detection.first_call = calls_[first];
  detection.day_count = CallsOnDayOf(detection.at, frame.day_offset);
  if (evidence_ == nullptr) return detection;
  for (const Sample& sample : evidence_->samples) {
    if (sample.time >= detection.first_call && sample.time <= detection.at) {
      detection.samples.push_back(sample.id);
    }
  }
  return detection;
}

uint32_t SubjectState::CallsOnDayOf(EventTime time, Duration day_offset) const {
  const int32_t day = DayOf(time, day_offset);
  if (const auto counted = days_.Count(day)) return *counted;
  uint32_t count =
      0;  // days ago: only with a lateness of a day and more, and then all times are held
  for (size_t i = 0; i < calls_.size(); ++i) count += DayOf(calls_[i], day_offset) == day ? 1 : 0;
  return count;
}

void SubjectState::RecountDays(Duration day_offset) {
  days_ = DayCounter();
  for (size_t i = 0; i < calls_.size(); ++i) days_.Add(DayOf(calls_[i], day_offset));
}

void SubjectState::Write(ByteWriter& writer) const {
  writer.Varint(calls_.size());
  int64_t previous = 0;
  for (size_t i = 0; i < calls_.size(); ++i) {
    const int64_t micros = ToUnixMicros(calls_[i]);
    // The first as it is, the others as the distance from the one before.
    writer.Varint(static_cast<uint64_t>(micros) - static_cast<uint64_t>(previous));
    previous = micros;
  }
  writer.Signed(days_.newest_day());
  writer.Varint(days_.today());
  writer.Varint(days_.yesterday());
  writer.Byte(evidence_ != nullptr ? 1 : 0);
  if (evidence_ == nullptr) return;
  for (const Episode& episode : evidence_->episodes) {
    writer.Byte(static_cast<uint8_t>((episode.open ? 1 : 0) | (episode.covered ? 2 : 0)));
    if (episode.covered) writer.Signed(ToUnixMicros(*episode.covered));
  }
  writer.Varint(evidence_->samples.size());
  for (const Sample& sample : evidence_->samples) {
    writer.Signed(ToUnixMicros(sample.time));
    writer.Text(sample.id.value());
  }
}

bool SubjectState::Read(ByteReader& reader, EventTime newest) {
  const uint64_t count = reader.Count();
  int64_t previous = 0;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const auto micros = static_cast<int64_t>(static_cast<uint64_t>(previous) + reader.Varint());
    if (i > 0 && micros < previous) return false;
    if (FromUnixMicros(micros) > newest) return false;
    calls_.Insert(FromUnixMicros(micros));
    previous = micros;
  }
  const int64_t day = reader.Signed();
  const uint64_t today = reader.Varint();
  const uint64_t yesterday = reader.Varint();
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  constexpr int64_t kMostDays = std::numeric_limits<int32_t>::max() - 1;
  if (day > kMostDays || day < -kMostDays || today > kMost || yesterday > kMost) return false;
  days_ = DayCounter::FromParts(static_cast<int32_t>(day), static_cast<uint32_t>(today),
                                static_cast<uint32_t>(yesterday));
  const uint8_t has_evidence = reader.Byte();
  if (has_evidence > 1) return false;
  if (has_evidence == 1 && !ReadEvidence(reader, newest)) return false;
  return reader.ok();
}

bool SubjectState::ReadEvidence(ByteReader& reader, EventTime newest) {
  Evidence& evidence = EnsureEvidence();
  for (Episode& episode : evidence.episodes) {
    const uint8_t flags = reader.Byte();
    if (flags > 3) return false;
    episode.open = (flags & 1) != 0;
    if ((flags & 2) != 0) episode.covered = FromUnixMicros(reader.Signed());
  }
  const uint64_t count = reader.Count();
  if (count > Detection::kMaxSamples) return false;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const EventTime time = FromUnixMicros(reader.Signed());
    if (time > newest) return false;
    if (!evidence.samples.empty() && time < evidence.samples.back().time) return false;
    evidence.samples.push_back(Sample{time, RecordId(reader.Text())});
  }
  return reader.ok();
}

}  // namespace ringfence
