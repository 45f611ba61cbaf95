#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {
namespace {

constexpr int kMaxDatabase = 9999;

// The text itself is left out: it may hold a password.
absl::Status Malformed(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("a Redis address ", ToAbsl(why),
                   "; understood are redis://[user:password@]host[:port][/database] and "
                   "unix:/path/to/socket[?db=database]"));
}

absl::StatusOr<int> ParseNumber(std::string_view text, int min, int max, std::string_view what) {
  int value = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &value) || value < min || value > max) {
    return Malformed(std::string(what) + " must be a number from " + std::to_string(min) + " to " +
                     std::to_string(max));
  }
  return value;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Malformed("has a '%' that no two hex digits follow");
    decoded.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return decoded;
}

absl::Status ParseCredentials(std::string_view text, RedisAddress& address) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return Malformed("names a user without a password (write ':password@' for a password alone)");
  }
  RF_ASSIGN_OR_RETURN(address.user, PercentDecode(text.substr(0, colon)));
  RF_ASSIGN_OR_RETURN(address.password, PercentDecode(text.substr(colon + 1)));
  if (address.password.empty()) return Malformed("has an empty password");
  return absl::OkStatus();
}

// Whether only an IPv6 address can be meant: what is right about it the resolver knows.
bool IsIpv6(std::string_view text) {
  constexpr std::string_view kZone = "%";  // fe80::1%eth0
  const std::string_view digits = text.substr(0, text.find(kZone));
  return digits.find(':') != std::string_view::npos && text.find('[') == std::string_view::npos &&
         std::all_of(digits.begin(), digits.end(),
                     [](char c) { return c == ':' || c == '.' || HexDigit(c) >= 0; });
}

absl::Status ParseHostAndPort(std::string_view text, RedisAddress& address) {
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Malformed("has '[' without ']'");
    address.host = text.substr(1, end - 1);
    if (!IsIpv6(address.host)) return Malformed("has something in '[]' that is no IPv6 address");
    const std::string_view rest = text.substr(end + 1);
    if (rest.starts_with(':')) {
      port = rest.substr(1);
    } else if (!rest.empty()) {
      return Malformed("has something between ']' and the port");
    }
  } else {
    const size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (address.host.empty()) return Malformed("names no host");
  // The resolver takes a C string: it would see another host than the one in our messages.
  if (address.host.find('\0') != std::string::npos) return Malformed("has a NUL byte");
  if (port.has_value()) {
    RF_ASSIGN_OR_RETURN(address.port, ParseNumber(*port, 1, 65535, "port"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RedisAddress> ParseUnix(std::string_view text) {
  RedisAddress address;
  const size_t question = text.find('?');
  std::string_view path = text.substr(0, question);
  while (path.starts_with("//")) path.remove_prefix(1);  // unix:///path is the same as unix:/path
  if (!path.starts_with('/'))
    return Malformed("of a unix socket needs a path that starts with '/'");
  if (path.find('\0') != std::string_view::npos) return Malformed("has a NUL byte");
  address.socket_path = path;
  if (question != std::string_view::npos) {
    const std::string_view query = text.substr(question + 1);
    if (!query.starts_with("db=")) return Malformed("knows no other parameter than 'db'");
    RF_ASSIGN_OR_RETURN(address.database, ParseNumber(query.substr(3), 0, kMaxDatabase, "db"));
  }
  return address;
}

}  // namespace

absl::StatusOr<RedisAddress> RedisAddress::Parse(std::string_view text) {
  constexpr std::string_view kTcp = "redis://";
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) return ParseUnix(text.substr(kUnix.size()));
  if (text.starts_with("rediss://")) {
    return Malformed("with TLS (rediss://) is not supported: use a unix socket or stunnel");
  }
  if (!text.starts_with(kTcp)) return Malformed("starts with redis:// or unix:");
  text.remove_prefix(kTcp.size());
  RedisAddress address;
  // The last '@': a password may hold one.
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    RF_RETURN_IF_ERROR(ParseCredentials(text.substr(0, at), address));
    text.remove_prefix(at + 1);
  }
  const size_t slash = text.find('/');
  RF_RETURN_IF_ERROR(ParseHostAndPort(text.substr(0, slash), address));
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    RF_ASSIGN_OR_RETURN(address.database,
                        ParseNumber(text.substr(slash + 1), 0, kMaxDatabase, "database"));
  }
  return address;
}

std::string RedisAddress::ToString() const {
  if (!socket_path.empty()) {
    return absl::StrCat("unix:", socket_path,
                        database == 0 ? std::string() : absl::StrCat("?db=", database));
  }
  const bool v6 = host.find(':') != std::string::npos;
  return absl::StrCat("redis://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port, "/", database);
}

}  // namespace ringfence
