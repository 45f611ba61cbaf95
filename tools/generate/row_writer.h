// A call as a line of the canonical CSV (DESIGN.md, "Canonical CDR"), and the lines that no reader
// can use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/generate/call.h"
#include "tools/generate/city.h"
#include "tools/generate/rng.h"

namespace ringfence::generate {

inline constexpr std::string_view kCdrHeader =
    "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";

// The forms in which switches write one number.
enum class NumberForm : uint8_t { kPlus, kDoubleZero, kNational, kSip, kPlainDigits };
inline constexpr uint32_t kNumberForms = 5;

// Appends the number; short codes have one form only, and numbers abroad no national or plain one.
void AppendNumber(std::string& out, PhoneNumber number, NumberForm form);

// The city must outlive it.
class RowWriter {
 public:
  explicit RowWriter(const City& city);

  // Appends a line. The same call gives the same line every time.
  void AppendCall(std::string& out, const Call& call) const;
  // Appends a line that must be rejected; `rng` picks the kind of fault.
  void AppendBadRow(std::string& out, Rng& rng) const;

 private:
  void AppendTime(std::string& out, int64_t millis) const;

  const City& city_;
  std::vector<std::string> dates_;  // of every day of the run: "2026-03-03T"
  std::string offset_;              // "+08:00"
  std::string id_prefix_;
};

}  // namespace ringfence::generate
