// The table that a switch reads for every call: rf:number. Format: docs/redis-keys.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "blocker/action_sink.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

// A number of the ledger as the table shows it when no action is in force.
struct LedgerNumber {
  CallingNumber number;
  LineId line;
  LineStatus status = LineStatus::kActive;
};

// One entry of the table: "suspended|1795568400|4f0c…|LINE-7".
struct NumberState {
  std::string state;   // active, warned, suspended, closed, blocked
  int64_t until = 0;   // Unix seconds after which `state` is void; 0: no end
  std::string action;  // id of the action in force; empty: the ledger's own state
  std::string line;    // empty: not a ledger line
};

// The field of a number: E.164 digits; "short:95588" for a short code.
std::string NumberField(CallingNumber number);
std::string NumberValue(const NumberState& state);
std::optional<NumberState> ParseNumberValue(std::string_view value);

// Writes are done by a script that first checks that the table is whole (its manifest is there and
// counts as many entries as there are): after a FLUSHALL or in a wrong database it refuses with
// FailedPrecondition, and Rebuild() has to be called. Not thread-safe.
class RedisEnforcement final : public ActionSink {
 public:
  // `connection` must outlive this.
  explicit RedisEnforcement(RedisConnection& connection) : connection_(connection) {}

  absl::Status Dispatch(const ActionRecord& action) override;
  absl::Status Restore(const ActionRecord& action) override;

  // Replaces the whole table by what the record says: the ledger's numbers, and over them the
  // actions in force (ActionJournal::InForce()). Readers
  // see the old table or the new one. A line that the ledger calls closed or suspended stays so.
  // Aborted when the table changed meanwhile: read the record again, and repeat.
  absl::Status Rebuild(absl::Span<const LedgerNumber> ledger,
                       absl::Span<const ActionRecord> actions, EventTime now);

  // What a switch would see; nullopt: no entry.
  absl::StatusOr<std::optional<NumberState>> Read(CallingNumber number);

  // OK when the table is whole; what is wrong otherwise.
  absl::Status Check();

 private:
  absl::StatusOr<std::string> Run(const char* script, std::vector<std::string> arguments);
  absl::Status Upload(absl::Span<const RedisCommand> commands);

  RedisConnection& connection_;
};

}  // namespace ringfence
