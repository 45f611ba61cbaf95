#include "tests/property/reference/reference_state.h"

#include <algorithm>

namespace ringfence::reference {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

}  // namespace

bool State::Expire(const Frame& frame, EventTime newest) {
  // In the window of a record that may still come, or on its day.
  const EventTime last = newest - frame.lateness - std::max(frame.rule.window, kDay);
  std::erase_if(times_, [&](EventTime time) { return time <= last; });
  return times_.empty() && !episodes_[0].open && !episodes_[1].open &&
         days_.newest_day() < DayOf(newest - frame.lateness, frame.day_offset);
}

void State::Consume(const Frame& frame, const Cdr& cdr, std::vector<Detection>& detections) {
  days_.Add(DayOf(cdr.setup, frame.day_offset));
  const size_t inserted = Insert(cdr.setup);
  const uint32_t lowest = frame.warning.value_or(frame.alert);
  const bool open = episodes_[static_cast<size_t>(Level::kAlert)].open;
  const bool known = open && Exceeds(inserted, frame.alert, frame.rule.window);
  if (!known && Exceeds(inserted, lowest / 2, frame.rule.window)) AddSample(cdr);
  if (frame.warning) {
    JudgeLevel(frame, Level::kWarning, *frame.warning, inserted, cdr, detections);
  }
  JudgeLevel(frame, Level::kAlert, frame.alert, inserted, cdr, detections);
}

size_t State::Insert(EventTime time) {
  const auto place = std::upper_bound(times_.begin(), times_.end(), time);
  const auto inserted = times_.insert(place, time);
  return static_cast<size_t>(inserted - times_.begin());
}

bool State::Exceeds(size_t position, size_t limit, Duration window) const {
  return position >= limit && times_[position] - times_[position - limit] < window;
}

State::Judgement State::Judge(size_t inserted, size_t limit, Duration window,
                              Episode& episode) const {
  const size_t newest = times_.size() - 1;
  if (inserted != newest) return JudgeOlder(inserted, limit, window, episode);
  Judgement judgement;
  const bool exceeds = Exceeds(newest, limit, window);
  if (exceeds == episode.open) return judgement;
  episode.open = exceeds;
  if (exceeds) {
    judgement.opened = newest;
  } else {
    judgement.closed = newest;
    episode.covered = times_.back();
  }
  return judgement;
}

State::Judgement State::JudgeOlder(size_t inserted, size_t limit, Duration window,
                                   Episode& episode) const {
  Judgement judgement;
  if (episode.open) return judgement;
  const bool newest_exceeds = Exceeds(times_.size() - 1, limit, window);
  for (size_t i = inserted; i < times_.size() && times_[i] - times_[inserted] < window; ++i) {
    if (!Exceeds(i, limit, window)) continue;
    if (newest_exceeds) {
      if (episode.covered && times_[i] < *episode.covered) continue;
      judgement.opened = i;
      episode.open = true;
      return judgement;
    }
    if (episode.covered && times_[i] <= *episode.covered) {
      episode.covered = std::max(*episode.covered, times_[i + 1]);
      continue;
    }
    judgement.opened = i;
    size_t after = i + 1;
    while (Exceeds(after, limit, window)) ++after;
    judgement.closed = after;
    episode.covered = times_.back();
    return judgement;
  }
  return judgement;
}

void State::AddSample(const Cdr& cdr) {
  if (cdr.record_id.empty()) return;
  const bool full = samples_.size() == Detection::kMaxSamples;
  if (full && cdr.setup < samples_.front().first) return;
  if (full) samples_.erase(samples_.begin());
  const auto place =
      std::upper_bound(samples_.begin(), samples_.end(), cdr.setup,
                       [](EventTime time, const auto& sample) { return time < sample.first; });
  samples_.insert(place, {cdr.setup, cdr.record_id});
}

void State::JudgeLevel(const Frame& frame, Level level, uint32_t limit, size_t inserted,
                       const Cdr& cdr, std::vector<Detection>& detections) {
  const Judgement judgement =
      Judge(inserted, limit, frame.rule.window, episodes_[static_cast<size_t>(level)]);
  const auto report = [&](Transition transition, size_t position) {
    Detection& detection = detections.emplace_back(Describe(frame, position));
    detection.level = level;
    detection.transition = transition;
    detection.threshold = limit;
    detection.number = cdr.calling;
    const bool in_window = cdr.setup >= detection.first_call && cdr.setup <= detection.at;
    if (detection.samples.empty() && in_window && !cdr.record_id.empty()) {
      detection.samples.push_back(cdr.record_id);
    }
  };
  if (judgement.opened) report(Transition::kOpened, *judgement.opened);
  if (judgement.closed) report(Transition::kClosed, *judgement.closed);
}

Detection State::Describe(const Frame& frame, size_t position) const {
  size_t first = position;
  while (first > 0 && times_[position] - times_[first - 1] < frame.rule.window) --first;
  Detection detection;
  detection.rule = frame.rule.id;
  detection.rule_version = frame.rule.version;
  detection.count = static_cast<uint32_t>(position - first + 1);
  detection.window = frame.rule.window;
  detection.at = times_[position];
  detection.first_call = times_[first];
  const int32_t day = DayOf(detection.at, frame.day_offset);
  detection.day_count = days_.Count(day).value_or(
      static_cast<uint32_t>(std::count_if(times_.begin(), times_.end(), [&](EventTime time) {
        return DayOf(time, frame.day_offset) == day;
      })));
  for (const auto& [time, id] : samples_) {
    if (time >= detection.first_call && time <= detection.at) detection.samples.push_back(id);
  }
  return detection;
}

}  // namespace ringfence::reference
