// Numbers into and out of a snapshot.
#include <utility>

#include "detector/number_tracker.h"

namespace ringfence {

// One of its times is younger, at least.
void NumberTracker::TrimLine(CallLine& line, EventTime newest, Duration age) {
  InlineTimes times = line.Times();
  const size_t before = times.size();
  times.DropOlder(newest, age);
  if (times.size() == before) return;
  line_times_ -= before - times.size();
  line.Assign(line.number(), times.span(), shape_);  // fewer fit as well
}

void NumberTracker::Collect(EventTime newest, std::vector<Entry>& entries) {
  entries.reserve(entries.size() + table_.size());
  cursor_ = {};
  Sweep(kAll, newest);
  const Duration age = HeldAge(set_, newest);
  table_.Sweep(cursor_, kAll, [&](CallLine& line) {
    if (line.holds_calls()) TrimLine(line, newest, age);
    entries.emplace_back(line.number(), &line);
    return true;
  });
}

void NumberTracker::Write(const CallLine& line, EventTime newest, ByteWriter& writer) const {
  const bool has_state = line.kind() == CallLine::Kind::kState;
  if (has_state) {
    StateOf(line).Write(set_, newest, writer);
  } else {
    WriteTimes(set_, newest, line.Times(), writer);
  }
  if (!set_.features) return;
  line.tally().Write(writer);
  (has_state ? StateOf(line) : SubjectState()).WriteFeatures(writer);
}

bool NumberTracker::Read(uint64_t number, ByteReader& reader, EventTime newest,
                         const Written& written) {
  if (!written.recount && ReadLine(number, reader, newest, written)) return true;
  SubjectState read;
  DayTally tally;
  if (!read.Read(reader, newest, written.rules, written.before)) return false;
  if (written.features) {
    const int32_t latest = DayOf(newest, set_.day_offset) + (written.recount ? 2 : 0);
    if (!tally.Read(latest, reader)) return false;
    if (!read.ReadFeatures(set_, newest, written.recount, reader)) return false;
  }
  if (written.recount) {
    read.RecountDays(set_.day_offset);
    tally = DayTally();
  }
  CallLine line;
  if (set_.features) line.SetTally(tally);
  InlineTimes times;
  if (read.Surrender(set_, newest, most_calls_, times) &&
      line.Assign(number, times.span(), shape_)) {
    line_times_ += times.size();
  } else {
    const uint32_t state = NewState(number, std::move(read));
    totals_.Add(*states_[state]);
    line.AssignState(number, state, set_.features);
  }
  Load(line);
  return true;
}

// Many at a time, and none of their last block without the rest of it.
void NumberTracker::Load(const CallLine& line) {
  constexpr size_t kWhole = kBlockNumbers;
  if (loaded_.size() >= kWhole && BlockOf(line.number()) != BlockOf(loaded_.back().number())) {
    table_.AddAll(loaded_);
    loaded_.clear();
  }
  loaded_.push_back(line);
}

void NumberTracker::FinishReading() {
  table_.AddAll(std::exchange(loaded_, {}));
  table_.Fit();
}

// Nearly all: a few times, and no features but a tally. False: nothing was read.
bool NumberTracker::ReadLine(uint64_t number, ByteReader& reader, EventTime newest,
                             const Written& written) {
  ByteReader ahead = reader;
  InlineTimes times;
  CallLine line;
  if (!ReadTimes(set_, newest, most_calls_, ahead, times)) return false;
  if (written.features) {
    DayTally tally;
    const bool alone = tally.Read(DayOf(newest, set_.day_offset), ahead) && ahead.Byte() == 0;
    if (!alone || !ahead.ok()) return false;
    if (set_.features) line.SetTally(tally);
  }
  if (!line.Assign(number, times.span(), shape_)) return false;
  reader = ahead;
  Load(line);
  line_times_ += times.size();
  return true;
}

}  // namespace ringfence
