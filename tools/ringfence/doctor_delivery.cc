#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "ingest/transport/endpoint.h"
#include "tools/ringfence/doctor.h"
#include "tools/service/deliveries.h"

namespace ringfence {
namespace {

constexpr int kPatienceMs = 2'000;
constexpr char kAway[] =
    "stops and restorations wait for it, and are retried; start it, or set delivery.* right";

// What connect() made of it: OK, or why not.
absl::Status ConnectSocket(int family, const sockaddr* address, socklen_t size) {
  const int connection = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection < 0) return absl::UnavailableError(std::strerror(errno));
  int error = connect(connection, address, size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{.fd = connection, .events = POLLOUT, .revents = 0};
    socklen_t length = sizeof(error);
    const int ready = poll(&waiting, 1, kPatienceMs);
    if (ready == 1) getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &length);
    if (ready != 1) error = ETIMEDOUT;
  }
  close(connection);
  return error == 0 ? absl::OkStatus() : absl::UnavailableError(std::strerror(error));
}

absl::Status ConnectHost(const std::string& host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &wanted, &found); error != 0) {
    return absl::UnavailableError(gai_strerror(error));
  }
  absl::Status status;
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    status = ConnectSocket(next->ai_family, next->ai_addr, next->ai_addrlen);
    if (status.ok()) break;
  }
  freeaddrinfo(found);
  return status;
}

absl::Status ConnectPath(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return absl::UnavailableError("the path is too long");
  path.copy(address.sun_path, path.size());
  return ConnectSocket(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

// "tcp://HOST:PORT", "ipc:///PATH", "http://HOST:PORT/…".
absl::Status ConnectTo(std::string_view address) {
  const size_t scheme = address.find("://");
  if (scheme == std::string_view::npos) return absl::UnavailableError("no address");
  const std::string_view rest = address.substr(scheme + 3);
  if (address.starts_with("ipc")) return ConnectPath(std::string(rest));
  const auto parts = SplitHostPort(rest.substr(0, rest.find('/')));
  if (!parts) return absl::UnavailableError("host or port is missing");
  return ConnectHost(std::string(parts->HostWithoutBrackets()), std::string(parts->port));
}

void CheckReach(Patient& patient, const char* check, const std::string& address) {
  if (address.empty()) return;
  const absl::Status reached = ConnectTo(address);
  if (reached.ok()) return patient.Ok(check, absl::StrCat(address, " takes connections"));
  patient.Fail(check, absl::StrCat(address, ": ", reached.message()), kAway);
}

}  // namespace

void CheckDeliveries(Patient& patient) {
  const Config& config = patient.config;
  if (config.delivery_zmq.empty() && config.delivery_webhook.empty()) return;
  if (!WarnOfServiceKeys(patient, "line provisioning", "delivery.")) {
    const auto opened = Deliveries::Open(config, [](const ActionId&) { return int64_t{0}; });
    if (!opened.ok()) {
      return patient.Fail("line provisioning", std::string(opened.status().message()),
                          "docs/line-provisioning.md says what each key is");
    }
  }
  CheckReach(patient, "receiver (ZeroMQ)", config.delivery_zmq);
  CheckReach(patient, "receiver (webhook)", config.delivery_webhook);
}

}  // namespace ringfence
