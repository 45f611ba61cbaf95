#include "tools/terminal/progress.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace ringfence {
namespace {

constexpr size_t kBarColumns = 30;
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);

}  // namespace

ProgressBar::ProgressBar(Context& context, std::string label, uint64_t total)
    : context_(context),
      label_(std::move(label)),
      total_(total),
      last_drawn_(context.steady_now() - kRedrawEvery) {}

ProgressBar::~ProgressBar() { Erase(); }

void ProgressBar::Update(uint64_t done, const std::string& detail) {
  if (!context_.err_is_terminal) return;
  const auto now = context_.steady_now();
  if (now - last_drawn_ < kRedrawEvery) return;
  last_drawn_ = now;
  visible_ = true;
  context_.err << "\r\x1b[K" << label_ << " ";
  if (total_ > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    const auto full = static_cast<size_t>(share * static_cast<double>(kBarColumns));
    for (size_t i = 0; i < kBarColumns; ++i) context_.err << (i < full ? "█" : "░");
    context_.err << " " << static_cast<int>(share * 100) << "% ";
  }
  context_.err << detail << std::flush;
}

void ProgressBar::Erase() {
  if (!visible_) return;
  context_.err << "\r\x1b[K" << std::flush;
  visible_ = false;
}

}  // namespace ringfence
