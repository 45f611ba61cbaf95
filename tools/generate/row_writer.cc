#include "tools/generate/row_writer.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "tools/generate/day_shape.h"

namespace ringfence::generate {
namespace {

constexpr uint64_t kForms = 6;  // beside the purposes in city.cc and call_maker.cc
constexpr std::string_view kCountry = "86";

void AppendInteger(std::string& out, uint64_t value) {
  std::array<char, 20> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), static_cast<size_t>(end - buffer.data()));
}

// Exactly `width` digits.
void AppendPadded(std::string& out, int64_t value, int width) {
  const size_t begin = out.size();
  out.resize(begin + static_cast<size_t>(width));
  for (size_t i = out.size(); i-- > begin; value /= 10) {
    out[i] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

void AppendNumber(std::string& out, PhoneNumber number, NumberForm form) {
  const std::string digits = number.Digits();
  if (number.is_short_code()) {
    out += digits;
    return;
  }
  const bool home = digits.starts_with(kCountry);
  const std::string_view national = std::string_view(digits).substr(home ? kCountry.size() : 0);
  switch (form) {
    case NumberForm::kDoubleZero:
      out += "00";
      out += digits;
      return;
    case NumberForm::kSip:
      out += "sip:+";
      out += digits;
      out += "@ims.example";
      return;
    case NumberForm::kNational:
      if (!home) break;
      if (!national.starts_with('1')) out += '0';  // a landline: trunk 0 and area code
      out += national;
      return;
    case NumberForm::kPlainDigits:
      if (!home) break;
      out += digits;
      return;
    case NumberForm::kPlus:
      break;
  }
  out += '+';
  out += digits;
}

RowWriter::RowWriter(const City& city) : city_(city) {
  const CityOptions& options = city.options();
  const std::chrono::sys_days first(options.start);
  // A call of the last evening may end on the day after.
  for (uint32_t day = 0; day <= options.days; ++day) {
    const std::chrono::year_month_day date(first + std::chrono::days(day));
    dates_.push_back(absl::StrFormat("%04d-%02d-%02dT", static_cast<int>(date.year()),
                                     static_cast<unsigned>(date.month()),
                                     static_cast<unsigned>(date.day())));
  }
  const auto minutes = static_cast<int>(options.utc_offset.count());
  offset_ = absl::StrFormat("%c%02d:%02d", minutes < 0 ? '-' : '+', std::abs(minutes) / 60,
                            std::abs(minutes) % 60);
  const std::chrono::year_month_day start = options.start;
  id_prefix_ = absl::StrFormat("%04d%02d%02d-%d-", static_cast<int>(start.year()),
                               static_cast<unsigned>(start.month()),
                               static_cast<unsigned>(start.day()), options.seed);
}

void RowWriter::AppendTime(std::string& out, int64_t millis) const {
  out += dates_[static_cast<size_t>(millis / kDayMillis)];
  const int64_t of_day = millis % kDayMillis;
  AppendPadded(out, of_day / kHourMillis, 2);
  out += ':';
  AppendPadded(out, of_day / 60'000 % 60, 2);
  out += ':';
  AppendPadded(out, of_day / 1'000 % 60, 2);
  out += '.';
  AppendPadded(out, of_day % 1'000, 3);
  out += offset_;
}

void RowWriter::AppendCall(std::string& out, const Call& call) const {
  const Imperfections& imperfections = city_.options().imperfections;
  Rng rng(Combine(Combine(city_.options().seed, kForms), call.sequence));
  if (!rng.Chance(imperfections.missing_ids)) {
    out += id_prefix_;
    AppendInteger(out, call.sequence);
  }
  for (PhoneNumber number : {city_.callers()[call.caller].number, call.called}) {
    const bool mixed = rng.Chance(imperfections.mixed_forms);
    out += ',';
    AppendNumber(out, number,
                 mixed ? static_cast<NumberForm>(rng.Below(kNumberForms)) : NumberForm::kPlus);
  }
  out += ',';
  AppendTime(out, call.setup);
  out += ',';
  if (call.answer.has_value()) AppendTime(out, *call.answer);
  out += ',';
  AppendTime(out, call.release);
  out += ',';
  AppendInteger(out, call.cause.code);
  out += ',';
  out += city_.trunks()[call.trunk];
  out += '\n';
}

void RowWriter::AppendBadRow(std::string& out, Rng& rng) const {
  // None has a quotation mark that would swallow the lines after it.
  constexpr std::array<std::string_view, 6> kBad{
      "bad-1,+866315550000\n",
      "bad-2,8.66316E+11,+8613800000000,2026-03-03T09:00:00+08:00,,2026-03-03T09:00:10+08:00,16,"
      "TG-1\n",
      "bad-3,+866315550000,,2026-03-03T09:00:00+08:00,,2026-03-03T09:00:10+08:00,16,TG-1\n",
      "bad-4,+866315550000,+8613800000000,2026-13-45T99:00:00+08:00,,,16,TG-1\n",
      "bad-5,+866315550000,+8613800000000,,,,16,TG-1\n",
      "\x01\x02\xff\xfe,not a record\n",
  };
  out += kBad[rng.Below(kBad.size())];
}

}  // namespace ringfence::generate
