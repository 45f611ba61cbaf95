#include <charconv>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/endpoint.h"

namespace ringfence {
namespace {

constexpr std::string_view kForms =
    "; use tcp://ADDRESS:PORT or ipc:///PATH (without CURVE keys the ADDRESS is 127.0.0.1 or "
    "[::1])";
constexpr size_t kMaxSocketPathBytes = 107;  // of a Unix socket on Linux

absl::Status Malformed(std::string_view endpoint, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", ToAbsl(endpoint), "': ", ToAbsl(why), ToAbsl(kForms)));
}

bool IsPort(std::string_view text) {
  if (text == "*") return true;
  unsigned port = 0;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && at == end && port >= 1 && port <= 65'535;
}

// 127.a.b.c, written out: a name or an interface could become another address tomorrow, and what
// begins with 0 is octal to getaddrinfo(), that is, another host.
bool IsLoopbackV4(std::string_view host) {
  int parts = 0;
  while (true) {
    const size_t dot = host.find('.');
    std::string_view part = host.substr(0, dot);
    unsigned value = 0;
    const char* end = part.data() + part.size();
    auto [at, error] = std::from_chars(part.data(), end, value);
    if (error != std::errc() || at != end || value > 255) return false;
    if (part.size() > 1 && part.front() == '0') return false;
    if (parts == 0 && value != 127) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    host.remove_prefix(dot + 1);
  }
}

absl::StatusOr<Reach> TcpReach(std::string_view endpoint, std::string_view address) {
  const auto parts = SplitHostPort(address);
  if (!parts) return Malformed(endpoint, "host or port is missing");
  const auto [host, port] = *parts;
  if (!IsPort(port)) return Malformed(endpoint, "the port is not 1 to 65535 or *");
  return host == "[::1]" || IsLoopbackV4(host) ? Reach::kThisMachine : Reach::kOthers;
}

}  // namespace

absl::StatusOr<Reach> EndpointReach(std::string_view endpoint) {
  constexpr std::string_view kTcp = "tcp://";
  constexpr std::string_view kIpc = "ipc://";
  if (endpoint.find('\0') != std::string_view::npos) return Malformed("", "it holds a NUL");
  if (endpoint.starts_with(kTcp)) return TcpReach(endpoint, endpoint.substr(kTcp.size()));
  if (!endpoint.starts_with(kIpc)) return Malformed(endpoint, "the transport is not tcp or ipc");
  std::string_view path = endpoint.substr(kIpc.size());
  if (!path.starts_with('/')) return Malformed(endpoint, "the path does not begin with /");
  if (path.size() > kMaxSocketPathBytes) return Malformed(endpoint, "the path is over 107 bytes");
  return Reach::kThisMachine;
}

std::string_view HostPort::HostWithoutBrackets() const {
  if (!host.starts_with('[') || !host.ends_with(']')) return host;
  return host.substr(1, host.size() - 2);
}

std::optional<HostPort> SplitHostPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  return HostPort{address.substr(0, colon), address.substr(colon + 1)};
}

absl::Status CheckEndpoint(std::string_view endpoint, bool authenticated) {
  RF_ASSIGN_OR_RETURN(const Reach reach, EndpointReach(endpoint));
  if (authenticated || reach == Reach::kThisMachine) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "'", ToAbsl(endpoint),
      "': other hosts can reach this address, and without CURVE keys there is no authentication: "
      "make keys with `ringfence keys new` and give them on both sides, or use "
      "tcp://127.0.0.1:PORT, tcp://[::1]:PORT or ipc:///PATH"));
}

}  // namespace ringfence
