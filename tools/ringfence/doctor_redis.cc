#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "blocker/redis_enforcement.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tools/ringfence/doctor.h"
#include "tools/ringfence/service_access.h"
#include "tools/service/subjects.h"
#include "tools/terminal/table.h"
#include "whitelist/redis/redis_whitelist.h"

namespace ringfence {
namespace {

constexpr size_t kSample = 10'000;  // entries of the switch's table that are compared one by one
constexpr auto kOnItsWay =
    std::chrono::seconds(3);  // the service looks at everything once a second
constexpr RedisTimeouts kTimeouts{.connect = std::chrono::milliseconds(1000),
                                  .command = std::chrono::milliseconds(5000)};

// The value of one setting; empty when the server does not tell.
std::string Setting(RedisConnection& redis, const std::string& name) {
  const auto reply = redis.Command({"CONFIG", "GET", name});
  return reply.ok() && reply->items.size() == 2 ? reply->items[1].text : "";
}

void CheckSettings(RedisConnection& redis, Patient& patient) {
  const std::string policy = Setting(redis, "maxmemory-policy");
  const std::string append = Setting(redis, "appendonly");
  const std::string sync = Setting(redis, "appendfsync");
  if (policy.empty() || append.empty()) {
    return patient.Warn("redis settings", "the server does not tell them (CONFIG GET)",
                        "make sure of maxmemory-policy noeviction and appendonly yes");
  }
  const std::string text =
      absl::StrCat("maxmemory-policy ", policy, ", appendonly ", append, ", appendfsync ", sync);
  if (policy != "noeviction") {
    return patient.Fail("redis settings", text,
                        "set maxmemory-policy noeviction: a list that loses entries stops all "
                        "actions");
  }
  if (append != "yes") {
    return patient.Warn("redis settings", text,
                        "set appendonly yes: after a restart of Redis the switch sees no "
                        "suspensions until the service has written them again");
  }
  patient.Ok("redis settings", text);
}

void CheckListsIn(const RedisAddress& address, Patient& patient) {
  if (patient.store == nullptr) return;
  ListStore* store = patient.store.get();
  RedisWhitelist lists(address,
                       {.timeouts = kTimeouts, .expected = [store] { return store->Revision(); }});
  const auto manifest = lists.Verify();
  if (!manifest.ok()) {
    return patient.Fail("redis lists", MessageOf(manifest.status()),
                        "actions are held; a running service writes the lists again within "
                        "seconds, else see its log");
  }
  patient.Ok("redis lists",
             absl::StrCat("version ", manifest->version, ", digest ", manifest->digest.substr(0, 8),
                          "…, the same as the store's"));
}

// What the table must say, by field; in order, so that a sample is the same each time.
absl::StatusOr<std::map<std::string, NumberState>> ExpectedTable(Patient& patient) {
  std::map<std::string, NumberState> table;
  for (const LedgerNumber& number : LedgerNumbers(*patient.lists)) {
    table[NumberField(number.number)] = {std::string(LineStatusName(number.status)), 0, "",
                                         number.line.value()};
  }
  RF_ASSIGN_OR_RETURN(const std::vector<ActionRecord> actions,
                      patient.journal->InForce(patient.now));
  for (const ActionRecord& action : actions) {
    NumberState& state = table[NumberField(action.number)];
    // The ledger's own word is not weakened by an action.
    if (state.state == "closed" || state.state == "suspended") continue;
    state.state = action.kind == ActionKind::kSuspend ? "suspended" : "blocked";
    state.action = action.id.value();
  }
  return table;
}

// How many of the table's entries are not what they must be; the first of them in `example`.
absl::StatusOr<size_t> CountDifferences(RedisConnection& redis,
                                        const std::map<std::string, NumberState>& expected,
                                        size_t& compared, std::string& example) {
  std::vector<RedisCommand> reads;
  for (const auto& [field, state] : expected) {
    if (reads.size() == kSample) break;
    reads.push_back({"HGET", "rf:number", field});
  }
  RF_ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, redis.Pipeline(reads));
  compared = replies.size();
  size_t different = 0;
  auto entry = expected.begin();
  for (const RedisReply& reply : replies) {
    const auto& [field, want] = *entry++;
    const auto seen = ParseNumberValue(reply.text);
    if (seen.has_value() && seen->state == want.state && seen->action == want.action) continue;
    if (different++ == 0) {
      example = absl::StrCat("; the first is to be ", want.state, " and is ",
                             seen.has_value() ? seen->state : "missing");
    }
  }
  return different;
}

struct Comparison {
  uint64_t entries = 0;  // in the table
  size_t compared = 0;
  size_t different = 0;
  std::string example;

  bool good = false;
};

absl::StatusOr<Comparison> CompareTable(RedisConnection& redis, Patient& patient) {
  RF_RETURN_IF_ERROR(RedisEnforcement(redis).Check());
  RF_ASSIGN_OR_RETURN(const auto expected, ExpectedTable(patient));
  RF_ASSIGN_OR_RETURN(const RedisReply size, redis.Command({"HLEN", "rf:number"}));
  Comparison result;
  result.entries = static_cast<uint64_t>(size.integer);
  RF_ASSIGN_OR_RETURN(result.different,
                      CountDifferences(redis, expected, result.compared, result.example));
  result.good = result.different == 0 && result.entries == expected.size();
  return result;
}

void CheckTable(RedisConnection& redis, Patient& patient) {
  if (patient.lists == nullptr || !patient.journal.has_value()) return;
  auto result = CompareTable(redis, patient);
  if (patient.service_runs && !(result.ok() && result->good)) {
    // What was decided a moment ago is on its way, and a lost table is written again at once.
    std::this_thread::sleep_for(kOnItsWay);
    result = CompareTable(redis, patient);
  }
  if (!result.ok()) {
    return patient.Fail(
        "switch table", MessageOf(result.status()),
        "a running service writes the table again within seconds, else see its log");
  }
  if (!result->good) {
    return patient.Fail(
        "switch table",
        absl::StrCat(WithThousands(result->different), " of ", WithThousands(result->compared),
                     " compared entries are not what the journal says", result->example, "; ",
                     WithThousands(result->entries), " entries in all"),
        "something else writes to rf:number; restart the service, which writes the table anew");
  }
  patient.Ok("switch table", absl::StrCat(WithThousands(result->entries), " entries; ",
                                          WithThousands(result->compared),
                                          " compared with the journal, all the same"));
}

}  // namespace

void CheckRedis(Patient& patient) {
  const auto address = SwitchAddress(patient.config);
  if (!address.ok()) {
    return patient.Fail("redis", MessageOf(address.status()), "correct redis.address");
  }
  RedisConnection redis(*address, kTimeouts);
  if (const auto pong = redis.Command({"PING"}); !pong.ok()) {
    if (patient.config.redis == "embedded" && !patient.service_runs) {
      return patient.Warn("redis", "the service's own server is not running",
                          "it starts with the service; until then switches can't ask");
    }
    return patient.Fail("redis", MessageOf(pong.status()),
                        "start it; nothing is suspended or blocked without it");
  }
  patient.Ok("redis", absl::StrCat(address->ToString(), " answers"));
  CheckSettings(redis, patient);
  CheckListsIn(*address, patient);
  CheckTable(redis, patient);
}

}  // namespace ringfence
