#include "tools/config/keys.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "blocker/delivery/http_post.h"
#include "detector/model/rules.h"
#include "ingest/model/time_text.h"
#include "ingest/transport/endpoint.h"
#include "whitelist/listing.h"

namespace ringfence {
namespace {

// A rule of the configuration: one that is always there, or a further one of this id.
struct RulePlace {
  RuleConfig Config::*fixed = nullptr;
  std::string further = {};

  RuleConfig& operator()(Config& config) const {
    return fixed != nullptr ? config.*fixed : config.further_rules[further];
  }
  const RuleConfig& operator()(const Config& config) const {
    return fixed != nullptr ? config.*fixed : config.further_rules.at(further);
  }
};

// Where a key's value lives: in the configuration itself, or in a rule.
template <typename Value>
struct Access {
  Value Config::*direct = nullptr;
  RulePlace rule = {};
  Value RuleConfig::*in_rule = nullptr;

  Value& operator()(Config& config) const {
    return in_rule == nullptr ? config.*direct : rule(config).*in_rule;
  }
  const Value& operator()(const Config& config) const {
    return in_rule == nullptr ? config.*direct : rule(config).*in_rule;
  }
};

template <typename Value>
Access<Value> At(Value Config::*member) {
  return {.direct = member, .rule = {}};
}

template <typename Value>
Access<Value> At(const RulePlace& rule, Value RuleConfig::*member) {
  return {.rule = rule, .in_rule = member};
}

ConfigKey Text(std::string section, std::string name, const Access<std::string>& at,
               std::string help, std::string allowed = "a text in quotes") {
  return {.section = std::move(section),
          .name = std::move(name),
          .help = std::move(help),
          .allowed = std::move(allowed),
          .set =
              [at](Config& config, const ConfigValue& value) {
                const auto* text = std::get_if<std::string>(&value);
                if (text != nullptr) at(config) = *text;
                return text != nullptr;
              },
          .get = [at](const Config& config) { return ConfigValue(at(config)); }};
}

ConfigKey OneOf(std::string section, std::string name, const Access<std::string>& at,
                std::vector<std::string> choices, std::string help) {
  ConfigKey key = Text(std::move(section), std::move(name), at, std::move(help),
                       absl::StrCat("one of \"", absl::StrJoin(choices, "\", \""), "\""));
  key.set = [at, choices = std::move(choices)](Config& config, const ConfigValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || std::find(choices.begin(), choices.end(), *text) == choices.end()) {
      return false;
    }
    at(config) = *text;
    return true;
  };
  return key;
}

// Empty, or what `good` says is an address.
ConfigKey Address(std::string section, std::string name, const Access<std::string>& at,
                  std::string help, std::string allowed, bool (*good)(std::string_view)) {
  ConfigKey key =
      Text(std::move(section), std::move(name), at, std::move(help), std::move(allowed));
  key.set = [at, good](Config& config, const ConfigValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || (!text->empty() && !good(*text))) return false;
    at(config) = *text;
    return true;
  };
  return key;
}

bool IsEndpoint(std::string_view text) { return EndpointReach(text).ok(); }

// Plain HTTP goes no further than this machine.
bool IsWebhook(std::string_view text) { return ParseHttpTarget(text).ok(); }

// A boolean that is written as one of two words.
ConfigKey TwoWords(std::string section, std::string name, const Access<bool>& at,
                   const std::string& if_false, const std::string& if_true, std::string help) {
  ConfigKey key{.section = std::move(section),
                .name = std::move(name),
                .help = std::move(help),
                .allowed = absl::StrCat("\"", if_false, "\" or \"", if_true, "\""),
                .set = nullptr,
                .get = nullptr};
  key.set = [at, if_false, if_true](Config& config, const ConfigValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || (*text != if_false && *text != if_true)) return false;
    at(config) = *text == if_true;
    return true;
  };
  key.get = [at, if_false, if_true](const Config& config) {
    return ConfigValue(at(config) ? if_true : if_false);
  };
  return key;
}

ConfigKey Switch(std::string section, std::string name, const Access<bool>& at, std::string help) {
  return {.section = std::move(section),
          .name = std::move(name),
          .help = std::move(help),
          .allowed = "true or false",
          .set =
              [at](Config& config, const ConfigValue& value) {
                const auto* flag = std::get_if<bool>(&value);
                if (flag != nullptr) at(config) = *flag;
                return flag != nullptr;
              },
          .get = [at](const Config& config) { return ConfigValue(at(config)); }};
}

ConfigKey Number(std::string section, std::string name, const Access<uint32_t>& at, int64_t min,
                 int64_t max, std::string help) {
  return {
      .section = std::move(section),
      .name = std::move(name),
      .help = std::move(help),
      .allowed = absl::StrCat("a whole number from ", min, " to ", max),
      .set =
          [at, min, max](Config& config, const ConfigValue& value) {
            const auto* number = std::get_if<int64_t>(&value);
            if (number == nullptr || *number < min || *number > max) return false;
            at(config) = static_cast<uint32_t>(*number);
            return true;
          },
      .get = [at](const Config& config) { return ConfigValue(static_cast<int64_t>(at(config))); }};
}

ConfigKey Span(std::string section, std::string name, const Access<Duration>& at, Duration min,
               Duration max, std::string help) {
  return {.section = std::move(section),
          .name = std::move(name),
          .help = std::move(help),
          .allowed = absl::StrCat("a duration from ", FormatDuration(min), " to ",
                                  FormatDuration(max), ", such as \"90m\" or \"24h\""),
          .set =
              [at, min, max](Config& config, const ConfigValue& value) {
                const auto* text = std::get_if<std::string>(&value);
                if (text == nullptr) return false;
                const auto duration = ParseDuration(*text);
                if (!duration.ok() || *duration < min || *duration > max) return false;
                at(config) = *duration;
                return true;
              },
          .get = [at](const Config& config) { return ConfigValue(FormatDuration(at(config))); }};
}

ConfigKey TextList(std::string section, std::string name,
                   const Access<std::vector<std::string>>& at, std::string help) {
  return {.section = std::move(section),
          .name = std::move(name),
          .help = std::move(help),
          .allowed = "a list of texts, such as [\"a.csv\", \"b.csv\"]",
          .set =
              [at](Config& config, const ConfigValue& value) {
                const auto* list = std::get_if<std::vector<std::string>>(&value);
                if (list != nullptr) at(config) = *list;
                return list != nullptr;
              },
          .get = [at](const Config& config) { return ConfigValue(at(config)); }};
}

// Numbers by names of which `is_name` allows some.
ConfigKey NumbersByName(std::string section, std::string name,
                        const Access<RuleConfig::Thresholds>& at,
                        const std::function<bool(const std::string&)>& is_name, int64_t min,
                        int64_t max, const std::string& names, std::string help) {
  return {.section = std::move(section),
          .name = std::move(name),
          .help = std::move(help),
          .allowed = absl::StrCat(names, ", each with a whole number from ", min, " to ", max),
          .set =
              [at, is_name, min, max](Config& config, const ConfigValue& value) {
                const auto* numbers = std::get_if<NamedNumbers>(&value);
                if (numbers == nullptr) return false;
                for (const auto& [item, number] : *numbers) {
                  if (!is_name(item) || number < min || number > max) return false;
                  at(config)[item] = static_cast<uint32_t>(number);
                }
                return true;
              },
          .get =
              [at](const Config& config) {
                const RuleConfig::Thresholds& numbers = at(config);
                return ConfigValue(NamedNumbers(numbers.begin(), numbers.end()));
              }};
}

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void AddInputKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Text("service", "data", At(&Config::data),
                      "Folder of everything the service keeps: store, Redis, quarantine, feed."));
  keys.push_back(Text("service", "time_zone", At(&Config::time_zone),
                      "Zone of times without an offset, and of the calendar day in reports.",
                      "a name of the tz database, such as \"Asia/Shanghai\""));
  keys.push_back(
      Number("service", "disarm_after_crashes", At(&Config::disarm_after_crashes), 1, 1000,
             "After so many starts within ten minutes that did not end cleanly it suspends and\n"
             "blocks nothing until a person says `ringfence action rearm`."));
  keys.push_back(
      Text("numbers", "country", At(&Config::country), "Calling code of the home country."));
  keys.push_back(Text("numbers", "area", At(&Config::area),
                      "Area code of bare local numbers, without the leading 0."));
  keys.push_back(
      TwoWords("numbers", "style", At(&Config::numbers_are_e164), "auto", "e164",
               "How digits without a prefix are read: \"auto\" takes them as national where\n"
               "they can be, \"e164\" as international, the way many switches write them."));
  keys.push_back(TextList("input", "files", At(&Config::files),
                          "CDR files that are read when the service starts, in this order."));
  keys.push_back(Text("input", "format", At(&Config::format),
                      "Format of those files; \"auto\" recognises it. See docs/cdr-formats.md."));
  keys.push_back(
      Address("input", "listen", At(&Config::listen),
              "Address for `ringfence send`, such as \"tcp://127.0.0.1:7700\"; empty: no socket.",
              "a tcp:// address with its port or an ipc:// address", IsEndpoint));
  keys.push_back(
      Text("input", "curve_secret", At(&Config::curve_secret),
           "File of the service's secret CURVE key (`ringfence keys new service`). With it, and\n"
           "only with it, `listen` may be an address that other hosts can reach."));
  keys.push_back(
      Text("input", "curve_allow", At(&Config::curve_allow),
           "File of the keys that may send, each for one source (`ringfence keys allow`). Read\n"
           "again when it changes."));
  keys.push_back(Number("input", "source_records_per_second",
                        At(&Config::source_records_per_second), 0, 10'000'000,
                        "What one source may send; a faster one has to wait, nothing is lost.\n"
                        "0: no limit. Give several times of what a switch writes at its busiest."));
  keys.push_back(
      Span("input", "max_future", At(&Config::max_future), seconds(1), hours(1),
           "A record whose setup time is further ahead of the clock is rejected: one such\n"
           "record would make all others look late."));
  keys.push_back(
      Span("input", "dedup_horizon", At(&Config::dedup_horizon), hours(1), hours(24 * 31),
           "How long a record is remembered, in event time, to recognise its duplicate."));
}

void AddDurabilityKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(
      Number("journal", "segment_mib", At(&Config::journal_segment_mib), 1, 1024,
             "MiB of one file of the journal, in which records are durable before they are\n"
             "acknowledged. Files that no snapshot needs are removed."));
  keys.push_back(
      Span("snapshot", "every", At(&Config::snapshot_every), seconds(1), hours(24),
           "How often the whole state is written down. What came since is read again from the\n"
           "journal after a crash: more often makes a restart faster and costs more."));
  keys.push_back(Number("disk", "alarm_percent", At(&Config::disk_alarm_percent), 1, 100,
                        "Use of the data folder's disk, as df shows it, from which on it alarms."));
  keys.push_back(
      Number("disk", "stop_percent", At(&Config::disk_stop_percent), 1, 100,
             "From here on nothing more is taken from senders, which wait, and nothing is\n"
             "suspended or blocked, until there is room again."));
}

void AddRedisKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(
      Text("redis", "address", At(&Config::redis),
           "Where the lists and the state of numbers are published. \"embedded\" starts a\n"
           "private redis-server on a unix socket in the data folder and stops it again.",
           "\"embedded\", \"unix:PATH\" or \"redis://[user:password@]host:port/db\""));
  keys.push_back(
      Span("redis", "timeout", At(&Config::redis_timeout), milliseconds(10), seconds(10),
           "Longest wait for an answer. A slower answer counts as none: actions are held."));
  keys.push_back(Span("redis", "verify_every", At(&Config::redis_verify_every), seconds(1),
                      hours(1),
                      "How old the last full check of the lists' digest may be when they answer."));
}

constexpr uint32_t kMaxThresholdKey = 1'000'000;

void AddThresholdKeys(std::vector<ConfigKey>& keys, const std::string& section,
                      const RulePlace& rule) {
  keys.push_back(Number(section, "threshold", At(rule, &RuleConfig::threshold), 1, kMaxThresholdKey,
                        "Calls in a window that are still allowed: the next one opens an alert."));
  keys.push_back(NumbersByName(
      section, "threshold_by_class", At(rule, &RuleConfig::threshold_by_class),
      [](const std::string& name) { return LineClassFromName(name).has_value(); }, 1,
      kMaxThresholdKey, absl::StrCat("classes (", absl::StrJoin(LineClassNames(), ", "), ")"),
      "The same for numbers of the ledger's lines of a class, such as { hospital = 1000 }.\n"
      "The industry's stands above it, and the customer's above both."));
  const auto any = [](const std::string& name) { return !name.empty(); };
  keys.push_back(NumbersByName(section, "threshold_by_industry",
                               At(rule, &RuleConfig::threshold_by_industry), any, 1,
                               kMaxThresholdKey, "industries as the ledger has them",
                               "The same by industry, such as { \"call-center\" = 2000 }."));
  keys.push_back(NumbersByName(
      section, "threshold_by_customer", At(rule, &RuleConfig::threshold_by_customer), any, 1,
      kMaxThresholdKey, "ids of customers", "The same by customer, such as { C-00017 = 500 }."));
}

void AddRuleKeys(std::vector<ConfigKey>& keys, const std::string& id, const RulePlace& rule) {
  const std::string section = absl::StrCat("rule.", id);
  keys.push_back(
      Switch(section, "enabled", At(rule, &RuleConfig::enabled), "Whether the rule runs at all."));
  keys.push_back(TwoWords(section, "mode", At(rule, &RuleConfig::enforce), "observe", "enforce",
                          "\"observe\" records what would have been done, \"enforce\" does it."));
  keys.push_back(Span(section, "window", At(rule, &RuleConfig::window), seconds(1), hours(24 * 31),
                      "Length of the sliding window."));
  const bool for_totals =
      rule.fixed == &Config::line_total || rule.fixed == &Config::customer_total;
  if (!for_totals) AddThresholdKeys(keys, section, rule);
  keys.push_back(Number(section, "warning_percent", At(rule, &RuleConfig::warning_percent), 1, 100,
                        "Percent of the threshold above which a warning opens; 100: no warnings."));
  keys.push_back(
      Number(section, "version", At(rule, &RuleConfig::version), 1, 1000000,
             "Raise it when the rule begins to enforce: it is part of each decision's id, and "
             "who is over the threshold already is decided anew."));
}

// A list that `check` has to accept.
ConfigKey CheckedList(std::string section, std::string name,
                      const Access<std::vector<std::string>>& at,
                      const std::function<bool(const std::vector<std::string>&)>& check,
                      std::string help, std::string allowed) {
  ConfigKey key = TextList(std::move(section), std::move(name), at, std::move(help));
  key.allowed = std::move(allowed);
  key.set = [at, check](Config& config, const ConfigValue& value) {
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if (list == nullptr || !check(*list)) return false;
    at(config) = *list;
    return true;
  };
  return key;
}

void AddFloodKeys(std::vector<ConfigKey>& keys) {
  const std::string section = "rule.called-flood";
  keys.push_back(
      Switch(section, "enabled", At(&Config::flood_enabled), "Whether the rule runs at all."));
  keys.push_back(TwoWords(section, "mode", At(&Config::flood_enforce), "observe", "enforce",
                          "\"observe\" records what would have been done, \"enforce\" opens work\n"
                          "orders. Nothing is ever done to the number that is called."));
  keys.push_back(CheckedList(
      section, "windows", At(&Config::flood_windows),
      [](const auto& list) { return ParseFloodWindows(list).ok(); },
      "Calls, and different callers, that are still allowed in a window: one more of\n"
      "either opens an alert. Of short codes and numbers of the ledger, repeated calls\n"
      "are counted instead. See docs/rules.md.",
      "a list of texts WINDOW:CALLS:CALLERS with ascending windows up to 24 h, such as\n"
      "[\"1m:30:20\", \"10m:100:60\"]"));
  keys.push_back(Span(section, "lateness", At(&Config::flood_lateness), seconds(1), hours(24),
                      "How far a record may be behind the newest and still count for this rule;\n"
                      "detector.lateness if that is less. The calls of this time are held."));
  keys.push_back(CheckedList(
      section, "except", At(&Config::flood_except),
      [](const auto& list) { return ParseCalledNumbers(list).ok(); },
      "Called numbers that the rule leaves out: popular ones that are known.",
      "a list of numbers in full, such as [\"+866315550100\", \"95588\"]"));
  keys.push_back(
      Number(section, "version", At(&Config::flood_version), 1, 1000000,
             "Raise it when the rule begins to enforce: it is part of each decision's id, and "
             "who is over the threshold already is decided anew."));
}

void AddActionKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Number("breaker", "per_minute", At(&Config::actions_per_minute), 1, 100000,
                        "Automatic suspensions and blocks in a minute; more are held."));
  keys.push_back(
      Number("breaker", "per_day", At(&Config::actions_per_day), 1, 1000000,
             "The same on one calendar day. Once it is reached, all are held until a person\n"
             "says `ringfence action reset-breaker`; midnight does not."));
  keys.push_back(Number("breaker", "per_customer_per_day",
                        At(&Config::actions_per_customer_per_day), 1, 1000000,
                        "The same for the lines of one customer."));
  keys.push_back(Span("actions", "expire_after", At(&Config::expire_after), minutes(1),
                      hours(24 * 31),
                      "A suspension or block ends after this time unless a person confirmed it."));
  keys.push_back(Span(
      "actions", "max_evidence_age", At(&Config::max_evidence_age), minutes(1), hours(24 * 3650),
      "Nothing is done about an alert that opened longer ago, also when it was held\n"
      "meanwhile; its work order stays. Raise it only to act on records of the past."));
  keys.push_back(
      Text("actions", "feed", At(&Config::feed),
           "JSON-lines file of all actions, in the data folder unless it is an absolute path."));
}

void AddDeliveryKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Address(
      "delivery", "zmq", At(&Config::delivery_zmq),
      "Address of the provisioning system's ROUTER socket, such as\n"
      "\"tcp://127.0.0.1:7800\"; empty: none. Another host's address needs the two keys below.",
      "a tcp:// address with its port or an ipc:// address", IsEndpoint));
  keys.push_back(Text("delivery", "curve_secret", At(&Config::delivery_curve_secret),
                      "File of our secret CURVE key (`ringfence keys new provisioning-client`)."));
  keys.push_back(Text("delivery", "curve_server", At(&Config::delivery_curve_server),
                      "File of the provisioning system's public CURVE key."));
  keys.push_back(
      Address("delivery", "webhook", At(&Config::delivery_webhook),
              "Where actions are posted to, such as \"http://127.0.0.1:8700/actions\"; empty:\n"
              "nowhere. Only this machine; for another host let a TLS proxy listen here.",
              "an http:// address of this machine with its port and path", IsWebhook));
  keys.push_back(Text("delivery", "webhook_secret", At(&Config::delivery_webhook_secret),
                      "File of the secret that the posts are signed with, for its owner alone\n"
                      "(`openssl rand -hex 32 > webhook.secret`, mode 0400)."));
  keys.push_back(Span("delivery", "timeout", At(&Config::delivery_timeout), milliseconds(100),
                      minutes(1),
                      "Longest wait for one answer of a receiver; it is asked again afterwards."));
  keys.push_back(
      Span("delivery", "max_proof_age", At(&Config::delivery_max_proof_age), seconds(1), minutes(1),
           "How long a suspension or block may wait to be sent after the lists were asked.\n"
           "Then they are asked again first."));
}

void AddLogKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(OneOf("log", "level", At(&Config::log_level), {"debug", "info", "warn", "error"},
                       "Least severe messages that are logged. Numbers are always masked."));
}

}  // namespace

std::vector<ConfigKey> ConfigKeys(const std::vector<std::string>& further_rules) {
  std::vector<ConfigKey> keys;
  AddInputKeys(keys);
  AddDurabilityKeys(keys);
  AddRedisKeys(keys);
  keys.push_back(
      Span("detector", "lateness", At(&Config::lateness), seconds(1), hours(24 * 7),
           "How far a record may be behind the newest and still count. Raise it when files\n"
           "arrive out of order."));
  keys.push_back(
      Number("detector", "shards", At(&Config::shards), 1, kMaxShards,
             "Threads that count and judge, each for a part of the numbers. Results are the same\n"
             "for any; more than one per core gain nothing."));
  keys.push_back(Switch("detector", "features", At(&Config::features),
                        "Whether alerts say what kind of caller it is: answers, length of calls,\n"
                        "different numbers called, hours. See docs/rules.md for what it costs."));
  AddRuleKeys(keys, "line-frequency", {&Config::line_frequency, {}});
  AddRuleKeys(keys, "line-total", {&Config::line_total, {}});
  AddRuleKeys(keys, "customer-total", {&Config::customer_total, {}});
  for (const std::string& id : further_rules) AddRuleKeys(keys, id, {nullptr, id});
  AddFloodKeys(keys);
  AddActionKeys(keys);
  AddDeliveryKeys(keys);
  AddLogKeys(keys);
  return keys;
}

bool IsFurtherRule(std::string_view id) {
  constexpr size_t kMaxId = 64;
  if (!id.starts_with(kFurtherRule) || id.size() == kFurtherRule.size()) return false;
  return id.size() <= kMaxId && std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
         });
}

std::string_view SectionHelp(std::string_view section) {
  if (section == "rule.line-frequency")
    return "More than `threshold` calls of one number in any window. Further rules of this kind\n"
           "have sections [rule.line-frequency-NAME] with a `window` and a `threshold` at least,\n"
           "such as [rule.line-frequency-1h].";
  if (section == "rule.line-total")
    return "Calls of all numbers of a line against its declared daily limit.";
  if (section == "rule.customer-total") return "The same for all lines of a customer.";
  if (section == "rule.called-flood")
    return "A called number that gets so many calls within minutes that it is attacked.";
  if (section.starts_with("rule.")) return "A further rule for numbers.";
  if (section == "delivery")
    return "Receivers of actions beside the switch's table. See docs/line-provisioning.md.";
  if (section == "breaker")
    return "Bounds on what the machine may do by itself; past them, actions are held.";
  return {};
}

}  // namespace ringfence
