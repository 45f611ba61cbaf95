#include "ingest/model/mask.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "ingest/model/parse_words.h"

namespace ringfence {
namespace {

constexpr size_t kLongestNumber = 18;  // PhoneNumber's longest
constexpr size_t kShortestWithPlus = 6;
constexpr size_t kShortestWithZero = 9;
constexpr size_t kShortestBare = 10;

bool IsWord(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether the character before or after a run of digits makes it a part of something else. A full
// stop, hyphen, comma or slash does so only with a letter or digit on its other side.
bool Joins(char next, char beyond) {
  if (IsWord(next)) return true;
  return (next == '.' || next == '-' || next == ',' || next == '/') && IsWord(beyond);
}

char At(std::string_view text, size_t at) { return at < text.size() ? text[at] : ' '; }

// The end of the digits that begin at `from`, with single hyphens between them.
size_t EndOfDigits(std::string_view text, size_t from) {
  size_t end = from;
  for (;; ++end) {
    const bool hyphen = At(text, end) == '-' && IsDigit(At(text, end + 1));
    if (!IsDigit(At(text, end)) && !hyphen) return end;
  }
}

bool IsNumber(std::string_view text, size_t from, size_t end, bool plus) {
  const auto digits =
      static_cast<size_t>(std::count_if(text.begin() + static_cast<ptrdiff_t>(from),
                                        text.begin() + static_cast<ptrdiff_t>(end), IsDigit));
  const size_t shortest = plus                ? kShortestWithPlus
                          : text[from] == '0' ? kShortestWithZero
                                              : kShortestBare;
  if (digits < shortest || digits > kLongestNumber) return false;
  if (Joins(At(text, end), At(text, end + 1))) return false;
  if (plus || from == 0) return true;
  return !Joins(text[from - 1], from > 1 ? text[from - 2] : ' ');
}

// Hides four digits before the last two, whatever stands between them.
void Hide(std::string& text, size_t from, size_t end) {
  size_t passed = 0;
  for (size_t at = end; at > from && passed < 6; --at) {
    if (!IsDigit(text[at - 1])) continue;
    if (++passed > 2) text[at - 1] = '*';
  }
}

}  // namespace

std::string MaskNumbers(std::string_view text) {
  std::string masked(text);
  for (size_t at = 0; at < text.size();) {
    if (!IsDigit(text[at])) {
      ++at;
      continue;
    }
    const size_t end = EndOfDigits(text, at);
    const bool plus = at > 0 && text[at - 1] == '+';
    if (IsNumber(text, at, end, plus)) Hide(masked, at, end);
    at = end;
  }
  return masked;
}

}  // namespace ringfence
