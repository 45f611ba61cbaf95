#include "tools/service/service_log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

#include "ingest/model/mask.h"

namespace ringfence {
namespace {

constexpr char kMaskedText = '*';

class MaskedText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& line) override {
    const std::string text = MaskNumbers({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<MaskedText>();
  }
};

}  // namespace

std::shared_ptr<spdlog::logger> MakeServiceLog(spdlog::sink_ptr sink, const std::string& level) {
  auto log = std::make_shared<spdlog::logger>("ringfence", std::move(sink));
  log->set_level(spdlog::level::from_str(level));
  auto format = std::make_unique<spdlog::pattern_formatter>();
  format->add_flag<MaskedText>(kMaskedText).set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %*");
  log->set_formatter(std::move(format));
  return log;
}

}  // namespace ringfence
