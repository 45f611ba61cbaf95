// The only user of Boost.
#include "blocker/delivery/http_post.h"

#include <utility>  // before Boost 1.74, which forgets it

// One thread uses each io_context: there is nothing to fence, and ThreadSanitizer follows no
// fences.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK

// clang-format off: the line above stays above these
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <charconv>
#include <optional>

#include "absl/strings/str_cat.h"
#include "blocker/delivery/message.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/endpoint.h"

namespace ringfence {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::chrono::milliseconds kSlice{50};  // bounds the reaction to `stop`
constexpr uint32_t kMaxHeaderBytes = 16 * 1024;

using StringRequest = http::request<http::string_body>;

class Exchange {
 public:
  Exchange(std::chrono::milliseconds timeout, const std::function<bool()>& stop) : stop_(stop) {
    stream_.expires_after(timeout);
  }

  beast::error_code Run(const asio::ip::tcp::endpoint& server, StringRequest& request) {
    const auto done = [this](beast::error_code error, auto&&...) { done_ = error; };
    stream_.async_connect(server, done);
    if (const auto error = Await()) return error;
    http::async_write(stream_, request, done);
    if (const auto error = Await()) return error;
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(kMaxAnswerBytes);
    http::async_read(stream_, buffer_, parser_, done);
    return Await();
  }

  const http::response<http::string_body>& answer() const { return parser_.get(); }

 private:
  // Until the operation that was started is done, failed or timed out.
  beast::error_code Await() {
    done_.reset();
    while (!done_) {
      io_.restart();
      io_.run_for(kSlice);
      if (!done_ && stop_()) stream_.close();
    }
    return *done_;
  }

  const std::function<bool()>& stop_;
  asio::io_context io_{1};
  beast::tcp_stream stream_{io_};
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
  std::optional<beast::error_code> done_;
};

absl::Status Failure(const HttpTarget& target, const beast::error_code& error) {
  const std::string text = absl::StrCat(target.host, ":", target.port, ": ", error.message());
  if (error == beast::error::timeout) return absl::DeadlineExceededError(text);
  return absl::UnavailableError(text);
}

}  // namespace

absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  const absl::Status wrong = absl::InvalidArgumentError(absl::StrCat(
      "'", ToAbsl(url), "': use http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH"));
  if (!url.starts_with(kScheme)) return wrong;
  const std::string_view rest = url.substr(kScheme.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong;
  const std::string_view authority = rest.substr(0, slash);
  HttpTarget target;
  target.path = std::string(rest.substr(slash));
  for (const char c : target.path) {
    if (c <= ' ' || c > '~' || c == '#') return wrong;
  }
  const auto reach = EndpointReach(absl::StrCat("tcp://", ToAbsl(authority)));
  if (!reach.ok()) return wrong;
  if (*reach != Reach::kThisMachine) {
    return absl::FailedPreconditionError(absl::StrCat(
        "'", ToAbsl(url),
        "': plain HTTP goes to this machine only; for other hosts let a TLS proxy such as stunnel "
        "listen on 127.0.0.1"));
  }
  const size_t colon = authority.rfind(':');
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  target.host = std::string(host);
  const std::string_view port = authority.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (parsed.ec != std::errc()) return wrong;  // "*" is no port to connect to
  return target;
}

absl::StatusOr<HttpAnswer> HttpPost(const HttpTarget& target, const HttpHeaders& headers,
                                    const std::string& body, std::chrono::milliseconds timeout,
                                    const std::function<bool()>& stop) {
  beast::error_code error;
  const auto address = asio::ip::make_address(target.host, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat(target.host, ": is no address"));
  StringRequest request(http::verb::post, target.path, 11);
  const bool v6 = address.is_v6();
  request.set(http::field::host,
              absl::StrCat(v6 ? "[" : "", target.host, v6 ? "]" : "", ":", target.port));
  request.set(http::field::user_agent, "ringfence");
  request.set(http::field::content_type, "application/json");
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = body;
  request.prepare_payload();
  // Boost throws where a socket can't even be made.
  try {
    Exchange exchange(timeout, stop);
    error = exchange.Run({address, target.port}, request);
    if (error) return Failure(target, error);
    return HttpAnswer{exchange.answer().result_int(), exchange.answer().body()};
  } catch (const std::exception& failure) {
    return absl::UnavailableError(absl::StrCat(target.host, ": ", failure.what()));
  }
}

}  // namespace ringfence
