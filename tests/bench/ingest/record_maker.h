// Call records made as fast as they can be sent: canonical rows, deterministic, without an end.
#pragma once

#include <cstdint>
#include <string>

namespace ringfence {

struct RecordMakerOptions {
  uint32_t numbers = 1'000'000;  // calling numbers, 1 to 100,000,000
  uint32_t calls_a_day = 12;     // of each number, on average, in event time
  uint32_t callers_of_many = 0;  // numbers that share a sixteenth of the calls; others each million
  uint64_t first_setup = 0;      // Unix seconds of the first record
  uint64_t seed = 1;             // also the record ids' prefix: two makers make different records
};

// Event time passes by numbers * calls_a_day records a day, however fast records are taken. Not
// thread-safe.
class RecordMaker {
 public:
  explicit RecordMaker(const RecordMakerOptions& options);

  // Appends `count` rows, each with '\n'.
  void Append(uint32_t count, std::string& out);

  uint64_t made() const { return made_; }
  // Setup time of the next record, Unix milliseconds.
  int64_t setup_ms() const;

 private:
  uint64_t Caller(uint64_t random) const;

  RecordMakerOptions options_;
  std::string prefix_;
  uint64_t random_;
  uint64_t made_ = 0;
};

}  // namespace ringfence
