#include "blocker/redis_enforcement.h"

#include <charconv>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "blocker/time_words.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr char kTable[] = "rf:number";
constexpr char kManifest[] = "rf:number:manifest";
constexpr char kNew[] = "rf:number:new";
constexpr size_t kBatch = 1000;

// Refuses when the table is not whole. `changes` lets Rebuild() notice that it was overtaken.
#define RF_LUA_WHOLE                                                             \
  "local count = redis.call('HGET', KEYS[2], 'count') "                          \
  "if not count then return redis.error_reply('RFGONE no manifest') end "        \
  "if tonumber(count) ~= redis.call('HLEN', KEYS[1]) then "                      \
  "  return redis.error_reply('RFCOUNT manifest says ' .. count .. ', stored ' " \
  "    .. redis.call('HLEN', KEYS[1])) end "
#define RF_LUA_CHANGED                                                 \
  "redis.call('HSET', KEYS[2], 'count', redis.call('HLEN', KEYS[1])) " \
  "redis.call('HINCRBY', KEYS[2], 'changes', 1) "

// ARGV: field, value. What a person decided (closed, or suspended without an action) stays. The
// answer is what the table holds afterwards: the confirmation.
constexpr char kDispatch[] = RF_LUA_WHOLE
    "local current = redis.call('HGET', KEYS[1], ARGV[1]) "
    "if current == ARGV[2] then return current end "
    "if current then "
    "  local state, action = string.match(current, '^([^|]*)|[^|]*|([^|]*)|') "
    "  if state == 'closed' or (state == 'suspended' and action == '') then "
    "    return redis.error_reply('RFPERSON ' .. state) end "
    "end "
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) " RF_LUA_CHANGED
    "return redis.call('HGET', KEYS[1], ARGV[1])";

// ARGV: field, action id, value without the action ('' removes the entry). Another action, or none,
// is left alone.
constexpr char kRestore[] = RF_LUA_WHOLE
    "local current = redis.call('HGET', KEYS[1], ARGV[1]) "
    "if not current then return 'none' end "
    "local action = string.match(current, '^[^|]*|[^|]*|([^|]*)|') "
    "if action ~= ARGV[2] then return 'other' end "
    "if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) "
    "else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end " RF_LUA_CHANGED "return 'restored'";

// KEYS: table, manifest, new table. ARGV: changes seen before, entries of the new table, time.
constexpr char kSwap[] =
    "local changes = redis.call('HGET', KEYS[2], 'changes') or '' "
    "if changes ~= ARGV[1] then return redis.error_reply('RFMOVED') end "
    "if redis.call('HLEN', KEYS[3]) ~= tonumber(ARGV[2]) then "
    "  return redis.error_reply('RFCOUNT new table is not whole') end "
    "if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) "
    "else redis.call('RENAME', KEYS[3], KEYS[1]) end "
    "redis.call('HSET', KEYS[2], 'count', ARGV[2], 'built_at', ARGV[3]) "
    "redis.call('HINCRBY', KEYS[2], 'changes', 1) "
    "return 'swapped'";

constexpr char kCheck[] = RF_LUA_WHOLE "return 'whole'";

#undef RF_LUA_WHOLE
#undef RF_LUA_CHANGED

// Turns the scripts' own errors into the codes of the header.
absl::Status Judge(const RedisReply& reply, const RedisAddress& address) {
  if (reply.kind != RedisReply::Kind::kError) return absl::OkStatus();
  const std::string_view text = reply.text;
  const std::string where = absl::StrCat(address.ToString(), ": ", kTable, ": ", reply.text);
  if (text.starts_with("RFGONE") || text.starts_with("RFCOUNT")) {
    return absl::FailedPreconditionError(absl::StrCat(where, ": rebuild it from the record"));
  }
  if (text.starts_with("RFPERSON")) {
    return absl::InvalidArgumentError(absl::StrCat(where, " by a person's decision"));
  }
  if (text.starts_with("RFMOVED")) {
    return absl::AbortedError(absl::StrCat(where, ": changed while it was rebuilt"));
  }
  return absl::InternalError(where);
}

std::string StateOf(ActionKind kind) {
  return kind == ActionKind::kSuspend ? "suspended" : "blocked";
}

NumberState InForce(const ActionRecord& action) {
  NumberState state;
  state.state = StateOf(action.kind);
  if (action.expires) {
    // Rounded up: the entry ends no earlier than the action.
    state.until =
        std::chrono::ceil<std::chrono::seconds>(*action.expires).time_since_epoch().count();
  }
  state.action = action.id.value();
  state.line = action.line.value();
  return state;
}

std::string LedgerValue(LineStatus status, const LineId& line) {
  return NumberValue({std::string(LineStatusName(status)), 0, {}, line.value()});
}

bool IsOff(LineStatus status) {
  return status == LineStatus::kSuspended || status == LineStatus::kClosed;
}

using Table = absl::flat_hash_map<std::string, std::string>;

Table MakeTable(absl::Span<const LedgerNumber> ledger, absl::Span<const ActionRecord> actions,
                EventTime now) {
  Table table;
  absl::flat_hash_map<CallingNumber, LineStatus> status;
  for (const LedgerNumber& entry : ledger) {
    table[NumberField(entry.number)] = LedgerValue(entry.status, entry.line);
    status[entry.number] = entry.status;
  }
  for (const ActionRecord& action : actions) {
    if (action.state != ActionState::kConfirmed) continue;
    if (action.expires && *action.expires <= now) continue;
    const auto found = status.find(action.number);
    if (found != status.end() && IsOff(found->second)) continue;
    table[NumberField(action.number)] = NumberValue(InForce(action));
  }
  return table;
}

}  // namespace

std::string NumberField(CallingNumber number) {
  const PhoneNumber value = number.number();
  return value.is_short_code() ? absl::StrCat("short:", value.Digits()) : value.Digits();
}

std::string NumberValue(const NumberState& state) {
  return absl::StrCat(state.state, "|", state.until, "|", state.action, "|", state.line);
}

std::optional<NumberState> ParseNumberValue(std::string_view value) {
  std::string_view parts[3];
  for (std::string_view& part : parts) {
    const size_t bar = value.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    part = value.substr(0, bar);
    value.remove_prefix(bar + 1);
  }
  NumberState state;
  const char* end = parts[1].data() + parts[1].size();
  const auto [stopped, error] = std::from_chars(parts[1].data(), end, state.until);
  if (parts[0].empty() || error != std::errc() || stopped != end) return std::nullopt;
  state.state = std::string(parts[0]);
  state.action = std::string(parts[2]);
  state.line = std::string(value);
  return state;
}

absl::StatusOr<std::string> RedisEnforcement::Run(const char* script,
                                                  std::vector<std::string> arguments) {
  RedisCommand command = {"EVAL", script, "3", kTable, kManifest, kNew};
  command.insert(command.end(), arguments.begin(), arguments.end());
  RF_ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, connection_.Pipeline({command}));
  if (replies.size() != 1) return absl::InternalError("one command, not one reply");
  RF_RETURN_IF_ERROR(Judge(replies[0], connection_.address()));
  return replies[0].text;
}

absl::Status RedisEnforcement::Dispatch(const ActionRecord& action) {
  if (action.number.number().empty() ||
      (action.kind != ActionKind::kSuspend && action.kind != ActionKind::kBlock)) {
    return absl::InvalidArgumentError(
        absl::StrCat("action ", action.id.value(), " names no number to suspend or block"));
  }
  const std::string value = NumberValue(InForce(action));
  RF_ASSIGN_OR_RETURN(const std::string stored,
                      Run(kDispatch, {NumberField(action.number), value}));
  if (stored == value) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(connection_.address().ToString(), ": ", kTable,
                                          ": another value was read back for action ",
                                          action.id.value()));
}

absl::Status RedisEnforcement::Restore(const ActionRecord& action) {
  const std::string value =
      action.line.empty() ? std::string() : LedgerValue(action.line_status, action.line);
  return Run(kRestore, {NumberField(action.number), action.id.value(), value}).status();
}

absl::Status RedisEnforcement::Upload(absl::Span<const RedisCommand> commands) {
  RF_ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, connection_.Pipeline(commands));
  for (const RedisReply& reply : replies) {
    RF_RETURN_IF_ERROR(Judge(reply, connection_.address()));
  }
  return absl::OkStatus();
}

absl::Status RedisEnforcement::Rebuild(absl::Span<const LedgerNumber> ledger,
                                       absl::Span<const ActionRecord> actions, EventTime now) {
  RF_ASSIGN_OR_RETURN(const RedisReply changes,
                      connection_.Command({"HGET", kManifest, "changes"}));
  RF_RETURN_IF_ERROR(Upload({{"DEL", kNew}}));
  const Table table = MakeTable(ledger, actions, now);
  RedisCommand command = {"HSET", kNew};
  for (const auto& [field, value] : table) {
    command.push_back(field);
    command.push_back(value);
    if (command.size() < 2 + 2 * kBatch) continue;
    RF_RETURN_IF_ERROR(Upload({command}));
    command.resize(2);
  }
  if (command.size() > 2) RF_RETURN_IF_ERROR(Upload({command}));
  return Run(kSwap, {changes.text, absl::StrCat(table.size()), UtcText(now)}).status();
}

absl::StatusOr<std::optional<NumberState>> RedisEnforcement::Read(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(const RedisReply reply,
                      connection_.Command({"HGET", kTable, NumberField(number)}));
  if (reply.kind == RedisReply::Kind::kNil) return std::optional<NumberState>();
  std::optional<NumberState> state = ParseNumberValue(reply.text);
  if (!state) {
    return absl::DataLossError(absl::StrCat(connection_.address().ToString(), ": ", kTable,
                                            ": an entry that is none: '", reply.text, "'"));
  }
  return state;
}

absl::Status RedisEnforcement::Check() { return Run(kCheck, {}).status(); }

}  // namespace ringfence
