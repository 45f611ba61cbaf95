// The detector beside what the machine can do at best, in turns (turns.h): limit, hash path and
// direct path, each on one thread and on two, the hash path with features on one, and what part of
// it is finding a number, and what numbers that call much; a slice of each after the other.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "detector/worker_team.h"
#include "ingest/model/status_macros.h"
#include "tests/bench/detector_feed.h"
#include "tests/bench/line_updates.h"
#include "tests/bench/look_ups.h"
#include "tests/bench/timing.h"
#include "tests/bench/turns.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

constexpr size_t kBatch = 4096;         // as the service takes them in
constexpr size_t kLarge = 16 * kBatch;  // as threads are given work
constexpr size_t kSlices = 8;
// Before: what was measured until then fills the caches.
constexpr size_t kSettling = 8;  // batches
constexpr size_t kLargeSettling = 2;

struct DetectorTurnsOptions {
  uint64_t numbers = 10'000'000;
  uint64_t calls = 4'000'000;  // of one turn, for each figure
  std::string path = "all";
  bool one_thread = false;
  double days = 1.2;
};

Took LargeBatches(auto& detector, size_t calls) {
  for (size_t i = 0; i < kLargeSettling; ++i) detector.Consume(kLarge);
  Took took;
  for (size_t made = 0; made < calls; made += kLarge) took += detector.Consume(kLarge);
  return took;
}

double PerMicrosecond(size_t calls, double micros) { return static_cast<double>(calls) / micros; }

// The limit on one thread, and on two with half of the lines each.
class Limit {
 public:
  Limit(size_t lines, bool two)
      : whole_(lines, 7),
        found_(lines, 10),
        halves_{{two ? lines / 2 : 0, 8}, {two ? lines / 2 : 0, 9}},
        team_(2) {}

  Took One(size_t updates) {
    whole_.Choose(updates);
    return TimeOf([&] { whole_.Update(); });
  }
  // Where each line is found in another one.
  Took Found(size_t updates) {
    found_.Choose(updates);
    return TimeOf([&] { found_.Update(); });
  }
  Took Two(size_t updates) {
    for (LineUpdates& half : halves_) half.Choose(updates / 2);
    return TimeOf([&] { team_.Run([&](size_t half) { halves_[half].Update(); }); });
  }

 private:
  LineUpdates whole_;
  FoundLineUpdates found_;
  LineUpdates halves_[2];
  WorkerTeam team_;
};

// Two detectors that have nothing to do with each other, each on a thread of its own with half of
// the numbers: what two threads can gain at best, with nothing to route and nobody to wait for.
class Apart {
 public:
  Apart(size_t numbers, bool in_blocks)
      : feeds_{{numbers / 2, in_blocks, 1}, {numbers / 2, in_blocks, 1}}, team_(2) {}

  absl::Status WarmUp(double days) {
    absl::Status done[2];
    team_.Run([&](size_t half) { done[half] = feeds_[half].WarmUp(days); });
    for (DetectorFeed& feed : feeds_) feed.traffic().StopCounting();
    return done[0].ok() ? done[1] : done[0];
  }
  Took Consume(size_t calls) {
    team_.Run([&](size_t half) { feeds_[half].traffic().Fill(calls / 2, batches_[half]); });
    return TimeOf([&] { team_.Run([&](size_t half) { feeds_[half].Consume(batches_[half]); }); });
  }

 private:
  DetectorFeed feeds_[2];
  std::vector<Cdr> batches_[2];
  WorkerTeam team_;
};

// One path of the detector.
class Path {
 public:
  Path(const DetectorTurnsOptions& options, std::string name, bool in_blocks, bool features)
      : name_(std::move(name)), one_(options.numbers, in_blocks, 1, features) {
    if (!options.one_thread && !features) {
      two_ = std::make_unique<DetectorFeed>(options.numbers, in_blocks, 2);
      apart_ = std::make_unique<Apart>(options.numbers, in_blocks);
    }
  }

  absl::Status WarmUp(double days, Figures& ready) {
    RF_RETURN_IF_ERROR(one_.WarmUp(days));
    one_.traffic().StopCounting();
    if (two_ != nullptr) {
      RF_RETURN_IF_ERROR(two_->WarmUp(days));
      two_->traffic().StopCounting();
      RF_RETURN_IF_ERROR(apart_->WarmUp(days));
    }
    ready[absl::StrCat("bytes_per_number_", name_)] = one_.bytes_per_number();
    ready[absl::StrCat("alerted_", name_)] = static_cast<double>(one_.alerted());
    return absl::OkStatus();
  }

  void Slice(size_t calls) {
    for (size_t i = 0; i < kSettling; ++i) one_.Consume(kBatch);
    for (size_t made = 0; made < calls; made += kBatch) {
      const Took took = one_.Consume(kBatch);
      batches_.push_back(took.thread);
      small_ += took;
    }
    if (two_ == nullptr) return;
    one_large_ += LargeBatches(one_, calls);
    two_large_ += LargeBatches(*two_, calls);
    apart_large_ += LargeBatches(*apart_, calls);
    large_calls_ += (calls + kLarge - 1) / kLarge * kLarge;
  }

  // Of the slices since the last time.
  void Tell(double limit_1, double limit_2, Figures& figures) {
    const double mops = PerMicrosecond(batches_.size() * kBatch, small_.thread);
    figures[absl::StrCat("detector_", name_, "_mops")] = mops;
    figures[absl::StrCat(name_, "_over_limit")] = mops / limit_1;
    figures[absl::StrCat("batch_p50_us_", name_)] = Quantile(batches_, 0.5);
    figures[absl::StrCat("batch_p99_us_", name_)] = Quantile(batches_, 0.99);
    if (two_ != nullptr) {
      const double two = PerMicrosecond(large_calls_, two_large_.wall);
      figures[absl::StrCat("detector_", name_, "_mops_t2")] = two;
      figures[absl::StrCat(name_, "_over_limit_t2")] = two / limit_2;
      figures[absl::StrCat(name_, "_t2_over_t1")] = one_large_.wall / two_large_.wall;
      figures[absl::StrCat("detector_", name_, "_mops_t2_apart")] =
          PerMicrosecond(large_calls_, apart_large_.wall);
      figures[absl::StrCat(name_, "_t2_apart_over_t1")] = one_large_.wall / apart_large_.wall;
    }
    batches_.clear();
    small_ = one_large_ = two_large_ = apart_large_ = Took{};
    large_calls_ = 0;
  }

 private:
  std::string name_;
  DetectorFeed one_;
  std::unique_ptr<DetectorFeed> two_;
  std::unique_ptr<Apart> apart_;
  std::vector<double> batches_;  // microseconds of each small one
  Took small_, one_large_, two_large_, apart_large_;
  size_t large_calls_ = 0;
};

// What the hash path is made of: the look-up alone, and the detector with numbers none of which
// calls much.
class Parts {
 public:
  explicit Parts(size_t numbers)
      : look_ups_(numbers, 11), light_(numbers, false, 1, false, /*with_heavy=*/false) {}

  absl::Status WarmUp(double days) {
    look_ups_.Choose(16 * kLarge);
    look_ups_.Find();
    if (!look_ups_.FoundMost()) return absl::InternalError("numbers of the table are not found");
    return light_.WarmUp(days);
  }
  void Slice(size_t calls) {
    look_ups_.Choose(kSettling * kBatch);
    look_ups_.Find();
    for (size_t made = 0; made < calls; made += kBatch) {
      look_ups_.Choose(kBatch);
      finding_ += TimeOf([&] { look_ups_.Find(); });
    }
    for (size_t i = 0; i < kSettling; ++i) light_.Consume(kBatch);
    for (size_t made = 0; made < calls; made += kBatch) judging_ += light_.Consume(kBatch);
    calls_ += (calls + kBatch - 1) / kBatch * kBatch;
  }
  // Of the slices since the last time.
  void Tell(Figures& figures) {
    figures["look_up_hash_mops"] = PerMicrosecond(calls_, finding_.thread);
    figures["detector_hash_light_mops"] = PerMicrosecond(calls_, judging_.thread);
    finding_ = judging_ = Took{};
    calls_ = 0;
  }

 private:
  LookUps look_ups_;
  DetectorFeed light_;
  Took finding_, judging_;
  size_t calls_ = 0;
};

Figures Turn(const DetectorTurnsOptions& options, Limit& limit,
             std::vector<std::unique_ptr<Path>>& paths, Parts* parts) {
  const size_t slice = std::max<size_t>(options.calls / kSlices, 1);
  Took limit_1, limit_2, limit_found;
  size_t updates = 0, updates_2 = 0;
  for (size_t i = 0; i < kSlices; ++i) {
    for (size_t made = 0; made < slice; made += kBatch) limit_found += limit.Found(kBatch);
    for (size_t made = 0; made < slice; made += kBatch, updates += kBatch) {
      limit_1 += limit.One(kBatch);
    }
    for (size_t made = 0; made < slice && !options.one_thread; made += kLarge) {
      limit_2 += limit.Two(kLarge);
      updates_2 += kLarge;
    }
    for (const auto& path : paths) path->Slice(slice);
    if (parts != nullptr) parts->Slice(slice);
  }
  const double mops = PerMicrosecond(updates, limit_1.thread);
  const double mops_2 = options.one_thread ? 0 : PerMicrosecond(updates_2, limit_2.wall);
  const double mops_found = PerMicrosecond(updates, limit_found.thread);
  Figures figures{{"limit_random_line_update_mops", mops},
                  {"limit_found_line_update_mops", mops_found}};
  if (!options.one_thread) figures["limit_random_line_update_mops_t2"] = mops_2;
  for (const auto& path : paths) path->Tell(mops, mops_2, figures);
  if (parts != nullptr) parts->Tell(figures);
  if (const auto hash = figures.find("detector_hash_mops"); hash != figures.end()) {
    figures["hash_over_found_limit"] = hash->second / mops_found;
  }
  return figures;
}

absl::Status RunTurns(const DetectorTurnsOptions& options, Context& context) {
  Limit limit(options.numbers, !options.one_thread);
  std::vector<std::unique_ptr<Path>> paths;
  const auto add = [&](const char* name, bool in_blocks, bool features) {
    if (options.path != "all" && options.path != name) return;
    paths.push_back(std::make_unique<Path>(options, name, in_blocks, features));
  };
  add("hash", false, false);
  add("direct", true, false);
  add("with_features", false, true);
  Figures ready{{"numbers", static_cast<double>(options.numbers)}};
  for (const auto& path : paths) RF_RETURN_IF_ERROR(path->WarmUp(options.days, ready));
  std::unique_ptr<Parts> parts;
  if (options.path == "all") {
    parts = std::make_unique<Parts>(options.numbers);
    RF_RETURN_IF_ERROR(parts->WarmUp(options.days));
  }
  const auto turn = [&]() -> absl::StatusOr<Figures> {
    return Turn(options, limit, paths, parts.get());
  };
  return TakeTurns(ready, turn, context);
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  using ringfence::Context;
  using ringfence::DetectorTurnsOptions;
  Context context = ringfence::ProcessContext();
  ringfence::cli::Program program("detector_turns", "Measures detector and memory in turns",
                                  "detector_turns 1");
  const auto options = std::make_shared<DetectorTurnsOptions>();
  ringfence::cli::Command command = program.command();
  command.AddOption("--numbers", options->numbers, "calling numbers").Positive();
  command.AddOption("--calls", options->calls, "of one turn, for each figure").Positive();
  command.AddOption("--path", options->path, "of the detector")
      .OneOf({"all", "hash", "direct", "with_features"});
  command.AddFlag("--one-thread", options->one_thread, "leave out what needs two threads");
  command.AddOption("--days", options->days, "of traffic before the first turn");
  command.Runs(options, ringfence::RunTurns);
  return program.Run(argc, argv, context);
}
