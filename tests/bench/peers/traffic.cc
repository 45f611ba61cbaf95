// The same traffic as the detector's benchmark, as a CSV file for the peers: 36 hours, so that the
// window slides.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ingest/canonical_row.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/record_encoding.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

struct TrafficOptions {
  uint64_t rows = 20'000'000;
  uint64_t numbers = 1'000'000;
};

absl::Status Write(const TrafficOptions& options, Context& context) {
  CarrierTraffic traffic(options.numbers, true);
  std::vector<Cdr> batch;
  std::string text = std::string(kCanonicalHeader) + "\n";
  uint64_t made = 0;
  while (made < options.rows) {
    traffic.Fill(std::min<uint64_t>(4096, options.rows - made), batch);
    for (const Cdr& cdr : batch) {
      AppendRow(cdr, made, text);
      ++made;
    }
    context.out << text;
    text.clear();
  }
  return context.out.good() ? absl::OkStatus() : absl::DataLossError("the file can't be written");
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  using ringfence::Context;
  using ringfence::TrafficOptions;
  Context context = ringfence::ProcessContext();
  ringfence::cli::Program program("peer_traffic", "Prints call records for tests/bench/peers",
                                  "peer_traffic 1");
  const auto options = std::make_shared<TrafficOptions>();
  ringfence::cli::Command command = program.command();
  command.AddOption("--rows", options->rows, "records");
  command.AddOption("--numbers", options->numbers, "calling numbers");
  command.Runs(options, ringfence::Write);
  return program.Run(argc, argv, context);
}
