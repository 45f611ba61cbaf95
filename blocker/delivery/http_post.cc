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

// An answer as it comes in.
class AnswerReader {
 public:
  AnswerReader() {
    parser_.header_limit(kMaxHeaderBytes);
    parser_.body_limit(kMaxAnswerBytes);
  }

  // For the next bytes; Add() says how many have come.
  asio::mutable_buffer Room() { return buffer_.prepare(kReadBytes); }
  beast::error_code Add(size_t bytes) {
    buffer_.commit(bytes);
    beast::error_code error;
    while (!done() && buffer_.size() >= Least() && !error) {
      buffer_.consume(parser_.put(buffer_.data(), error));
      if (IsTooLong()) return http::error::body_limit;
      parser_.eager(parser_.is_header_done());
    }
    return error == http::error::need_more ? beast::error_code() : error;
  }
  // The connection has ended.
  beast::error_code End() {
    beast::error_code error = http::error::end_of_stream;
    if (parser_.got_some()) parser_.put_eof(error);
    return error;
  }

  bool done() const { return parser_.is_done(); }
  HttpAnswer answer() const { return {parser_.get().result_int(), parser_.get().body()}; }

 private:
  static constexpr size_t kReadBytes = 4096;

  // Beast asserts that a last chunk that it has seen the beginning of is whole: "0", two line ends.
  // While chunks come, as many bytes are still to come in any case.
  size_t Least() const { return parser_.is_header_done() && parser_.chunked() ? 5 : 1; }

  // By its header. Beast takes memory for what the header promises before it looks at the limit, so
  // it stops after the header.
  bool IsTooLong() const {
    return parser_.is_header_done() && parser_.content_length().value_or(0) > kMaxAnswerBytes;
  }

  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

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
    return Read();
  }

  HttpAnswer answer() const { return reader_.answer(); }

 private:
  beast::error_code Read() {
    size_t read = 0;
    const auto done = [&](beast::error_code error, size_t bytes) {
      done_ = error;
      read = bytes;
    };
    while (!reader_.done()) {
      stream_.async_read_some(reader_.Room(), done);
      const beast::error_code error = Await();
      if (error == asio::error::eof) return reader_.End();
      if (error) return error;
      if (const auto wrong = reader_.Add(read)) return wrong;
    }
    return {};
  }

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
  AnswerReader reader_;
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
  const HostPort parts = SplitHostPort(authority).value();  // it has both: EndpointReach()
  target.host = std::string(parts.HostWithoutBrackets());
  const std::string_view port = parts.port;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (parsed.ec != std::errc()) return wrong;  // "*" is no port to connect to
  return target;
}

absl::StatusOr<HttpAnswer> ReadHttpAnswer(std::string_view bytes, size_t piece) {
  AnswerReader reader;
  beast::error_code error;
  while (!bytes.empty() && !reader.done() && !error) {
    const size_t count = asio::buffer_copy(reader.Room(), asio::buffer(bytes), piece);
    bytes.remove_prefix(count);
    error = reader.Add(count);
  }
  if (!error && !reader.done()) error = reader.End();
  if (error) return absl::UnavailableError(error.message());
  return reader.answer();
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
    return exchange.answer();
  } catch (const std::exception& failure) {
    return absl::UnavailableError(absl::StrCat(target.host, ": ", failure.what()));
  }
}

}  // namespace ringfence
