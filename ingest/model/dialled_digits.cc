#include "ingest/model/dialled_digits.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/parse_words.h"

namespace ringfence {
namespace {

constexpr bool IsLetter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool IsSeparator(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')';
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!absl::StartsWithIgnoreCase(ToAbsl(text), ToAbsl(prefix))) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "9.12678E+11": what a spreadsheet makes of a long number.
bool LooksLikeSpreadsheetNumber(std::string_view text) {
  const size_t exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos || exponent == 0) return false;
  const auto is_mantissa = [](char c) { return IsDigit(c) || c == '.' || c == ','; };
  const auto is_exponent = [](char c) { return IsDigit(c) || c == '+' || c == '-'; };
  const std::string_view mantissa = text.substr(0, exponent);
  const std::string_view rest = text.substr(exponent + 1);
  return !rest.empty() && std::all_of(mantissa.begin(), mantissa.end(), is_mantissa) &&
         std::all_of(rest.begin(), rest.end(), is_exponent);
}

// "13800000000.0": a number that went through floating point; the dot is no separator there.
bool LooksLikeDecimal(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || text.find('.', dot + 1) != std::string_view::npos) {
    return false;
  }
  const std::string_view tail = text.substr(dot + 1);
  return tail.size() < 2 || tail.find_first_not_of('0') == std::string_view::npos;
}

absl::Status RefuseText(std::string_view text) {
  if (LooksLikeSpreadsheetNumber(text)) {
    return Refuse("looks like a spreadsheet's number; its last digits are lost");
  }
  for (const std::string_view word : {"anonymous", "unavailable", "restricted", "private",
                                      "unknown", "withheld", "null", "none"}) {
    if (absl::EqualsIgnoreCase(ToAbsl(text), ToAbsl(word))) return Refuse("is withheld");
  }
  for (const char c : text) {
    if (IsLetter(c)) return Refuse("holds letters");
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) {
      return Refuse("holds a byte that is no digit");
    }
    if (!IsDigit(c) && !IsSeparator(c)) {
      return Refuse(c == '+' ? "has a '+' that is not in front"
                             : absl::StrCat("holds '", std::string(1, c), "'"));
    }
  }
  return Refuse("is no number");
}

// The bare number: an optional '+', digits, separators.
absl::Status ReadPlain(std::string_view text, DialledDigits& out) {
  const std::string_view whole = text;
  bool dot = false;
  if (!text.empty() && text.front() == '+') {
    out.plus = true;
    text.remove_prefix(1);
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsDigit(c)) [[likely]] {
      if (out.size == PhoneNumber::kMaxShortCodeDigits) return Refuse("has more than 18 digits");
      out.buffer[out.size++] = c;
      continue;
    }
    if (c == '+' && out.size == 0 && !out.plus) {  // "(+86) 138…"
      out.plus = true;
    } else if (out.plus && text.substr(i).starts_with("(0)")) {
      i += 2;  // "+44 (0)20 …": the trunk 0 is not part of the international number
    } else if (!IsSeparator(c)) {
      return RefuseText(whole);
    }
    dot |= c == '.';
  }
  if (out.size == 0) return Refuse("holds no digits");
  if (dot && LooksLikeDecimal(whole)) {
    return Refuse("is a decimal number; a spreadsheet may have rewritten it");
  }
  return absl::OkStatus();
}

absl::Status ReadContext(std::string_view parameters, DialledDigits& out) {
  while (!parameters.empty()) {
    std::string_view parameter = parameters.substr(0, parameters.find(';'));
    parameters.remove_prefix(std::min(parameters.size(), parameter.size() + 1));
    if (!TakePrefix(parameter, "phone-context=+")) continue;
    for (const char c : parameter) {
      if (IsDigit(c) && out.context_size < out.context.size()) out.context[out.context_size++] = c;
    }
  }
  return absl::OkStatus();
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The user part of a URI: percent escapes, then parameters after ';', then perhaps ":password".
absl::Status ReadUser(std::string_view user, DialledDigits& out) {
  constexpr size_t kMaxUser = 256;
  if (user.size() > kMaxUser) return Refuse("has a user part of more than 256 bytes");
  std::array<char, kMaxUser> decoded;
  size_t size = 0;
  for (size_t i = 0; i < user.size(); ++i) {
    char c = user[i];
    if (c == '%') {
      const int high = i + 2 < user.size() ? HexValue(user[i + 1]) : -1;
      const int low = i + 2 < user.size() ? HexValue(user[i + 2]) : -1;
      if (high < 0 || low < 0) return Refuse("has a broken percent escape");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    decoded[size++] = c;
  }
  std::string_view text(decoded.data(), size);
  const size_t end = text.find(';');
  if (end != std::string_view::npos) {
    const absl::Status context = ReadContext(text.substr(end + 1), out);
    if (!context.ok()) return context;
  }
  text = text.substr(0, end);
  return ReadPlain(TrimBlanks(text.substr(0, text.find(':'))), out);
}

absl::Status ReadUri(std::string_view text, DialledDigits& out) {
  if (text.ends_with('>')) {  // "Name" <sip:…>
    const size_t open = text.rfind('<');
    if (open == std::string_view::npos) return Refuse("has '>' without '<'");
    text = TrimBlanks(text.substr(open + 1, text.size() - open - 2));
  }
  if (TakePrefix(text, "tel:")) return ReadUser(text.substr(0, text.find('?')), out);
  const bool sip = TakePrefix(text, "sip:") || TakePrefix(text, "sips:");
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) {
    return sip ? Refuse("is a SIP URI without a user part") : ReadPlain(text, out);
  }
  if (at == 0) return Refuse("is a SIP URI without a user part");
  return ReadUser(text.substr(0, at), out);
}

}  // namespace

absl::Status ReadDialledDigits(std::string_view text, DialledDigits& out) {
  out.size = 0;
  out.plus = false;
  out.context_size = 0;
  text = TrimBlanks(text);
  if (text.empty()) return Refuse("is empty");
  const bool plain = IsDigit(text.front()) || text.front() == '+' || text.front() == '(';
  if (plain && text.back() != '>' && text.find('@') == std::string_view::npos) {
    return ReadPlain(text, out);
  }
  return ReadUri(text, out);
}

}  // namespace ringfence
