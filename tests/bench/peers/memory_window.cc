// The traffic of peer_traffic again, from memory: the detector, and what one would write first, a
// hash table of deques. Prints one JSON object: the seconds, without those to make the calls, and
// the numbers that made more than 300 calls in 24 hours.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/detector_feed.h"
#include "tests/bench/timing.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

struct MemoryWindowOptions {
  uint64_t rows = 20'000'000;
  uint64_t numbers = 1'000'000;
  std::string method = "detector";
  uint32_t threads = 1;
};

using Over = std::set<std::string>;
// Takes calls in, in order of time; adds the numbers that go over.
using Method = std::function<void(const std::vector<Cdr>&, Over&)>;

Method WithDetector(uint32_t threads) {
  struct State {
    Detector detector;
    std::vector<Detection> detections;
    std::vector<size_t> late;
  };
  const auto state = std::make_shared<State>(State{Detector(NumberRule(threads), nullptr), {}, {}});
  return [state](const std::vector<Cdr>& calls, Over& over) {
    state->detections.clear();
    state->detector.Consume(calls, state->detections, state->late);
    for (const Detection& d : state->detections) {
      if (d.level == Level::kAlert) over.insert(d.subject.number.ToString());
    }
  };
}

Method WithFlatHashMap() {
  using Past = absl::flat_hash_map<uint64_t, std::deque<EventTime>>;
  const auto past = std::make_shared<Past>();
  return [past](const std::vector<Cdr>& calls, Over& over) {
    for (const Cdr& call : calls) {
      std::deque<EventTime>& times = (*past)[call.calling.number().packed()];
      times.push_back(call.setup);
      while (times.front() <= call.setup - std::chrono::hours(24)) times.pop_front();
      if (times.size() > 300) over.insert(call.calling.ToString());
    }
  };
}

absl::Status Run(const MemoryWindowOptions& options, Context& context) {
  // What the caches hold; as threads wait for each other after each, more of them for those.
  const size_t batch = options.threads == 1 ? 16'384 : 65'536;
  const Method take =
      options.method == "detector" ? WithDetector(options.threads) : WithFlatHashMap();
  CarrierTraffic traffic(options.numbers, true);
  traffic.StopCounting();
  std::vector<Cdr> calls;
  Over over;
  double micros = 0;
  for (uint64_t made = 0; made < options.rows; made += calls.size()) {
    traffic.Fill(std::min<uint64_t>(batch, options.rows - made), calls);
    micros += TimeOf([&] { take(calls, over); }).wall;
  }
  context.out << absl::StrFormat("{\"seconds\": %.6f, \"numbers\": [", micros * 1e-6);
  const auto quoted = [](std::string* out, const std::string& number) {
    absl::StrAppend(out, "\"", number, "\"");
  };
  context.out << absl::StrJoin(over, ", ", quoted) << "]}\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  using ringfence::Context;
  using ringfence::MemoryWindowOptions;
  Context context = ringfence::ProcessContext();
  ringfence::cli::Program program("memory_window", "Judges calls from memory", "memory_window 1");
  const auto options = std::make_shared<MemoryWindowOptions>();
  ringfence::cli::Command command = program.command();
  command.AddOption("--rows", options->rows, "records");
  command.AddOption("--numbers", options->numbers, "calling numbers");
  command.AddOption("--method", options->method, "of counting")
      .OneOf({"detector", "flat-hash-map"});
  command.AddOption("--threads", options->threads, "of the detector").Between(1U, 64U);
  command.Runs(options, ringfence::Run);
  return program.Run(argc, argv, context);
}
