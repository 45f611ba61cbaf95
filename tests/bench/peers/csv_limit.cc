// What a file of rows allows on one thread: each row is found, and of its fields those are read
// that the question needs, the caller and the setup time. Nothing is checked, remembered or judged.
// Prints one JSON object: the rows, and the seconds from the opened file to its end.
#include <cstdint>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/model/digits.h"
#include "ingest/model/time_text.h"
#include "ingest/text/plain_rows.h"
#include "tests/bench/timing.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

constexpr size_t kChunk = 256 * 1024;  // stays in the second cache
constexpr size_t kCallingField = 1;    // of the canonical format
constexpr size_t kSetupField = 3;

struct CsvLimitOptions {
  std::string file;
};

class RowReading {
 public:
  // Reads the rows at the front of the text, and says how many bytes they take. Those at its end
  // are left for the next time.
  size_t Take(std::string_view text) {
    rows_.Begin(text);
    while (rows_.Next()) {
      if (rows_.fields() <= kSetupField) continue;
      std::string_view calling = rows_.field(kCallingField);
      if (calling.starts_with('+')) calling.remove_prefix(1);
      uint64_t number = 0;
      EventTime setup;
      const bool read = digits::Read(calling.data(), calling.size(), number) &&
                        times_.ReadPlain(rows_.field(kSetupField), setup);
      count_ += read ? 1 : 0;
      sum_ += number + static_cast<uint64_t>(ToUnixMicros(setup));
    }
    return rows_.next();
  }
  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }  // so that nothing is left out

 private:
  PlainRows rows_{',', '"'};
  TimeReader times_{absl::UTCTimeZone()};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
};

absl::Status Run(const CsvLimitOptions& options, Context& context) {
  std::ifstream file(options.file, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(options.file, ": can't be read"));
  std::string header;
  std::getline(file, header);
  RowReading reading;
  const Took took = TimeOf([&] {
    std::string text;
    size_t kept = 0;
    while (file) {
      text.resize(kept + kChunk);
      file.read(text.data() + kept, kChunk);
      text.resize(kept + static_cast<size_t>(file.gcount()));
      // Behind the last row, something to look at.
      if (!file) text.append(PlainRows::kMostBytes, '\n');
      const size_t taken = reading.Take(text);
      kept = text.size() - taken;
      text.erase(0, taken);
    }
  });
  context.out << absl::StrFormat("{\"rows\": %d, \"sum\": \"%x\", \"seconds\": %.6f}\n",
                                 reading.count(), reading.sum(), took.wall * 1e-6);
  return absl::OkStatus();
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  using ringfence::Context;
  using ringfence::CsvLimitOptions;
  Context context = ringfence::ProcessContext();
  ringfence::cli::Program program("csv_limit", "Reads callers and times from a CSV file",
                                  "csv_limit 1");
  const auto options = std::make_shared<CsvLimitOptions>();
  ringfence::cli::Command command = program.command();
  command.AddOption("FILE", options->file, "in the canonical format").Required();
  command.Runs(options, ringfence::Run);
  return program.Run(argc, argv, context);
}
