#include "ingest/text/fields.h"

#include <cstring>

namespace ringfence {
namespace {

void SplitPlain(std::string_view record, char delimiter, std::vector<std::string_view>& fields) {
  const char* at = record.data();
  const char* const end = at + record.size();
  while (at != nullptr) {
    const auto size = static_cast<size_t>(end - at);
    const char* const found =
        size == 0 ? nullptr : static_cast<const char*>(std::memchr(at, delimiter, size));
    if (found == nullptr) {
      fields.emplace_back(at, size);
      return;
    }
    fields.emplace_back(at, static_cast<size_t>(found - at));
    at = found + 1;
  }
}

}  // namespace

QuoteScanner::State QuoteScanner::Scan(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (at_) {
      case At::kFieldStart:
        at_ = c == quote_ ? At::kQuoted : c == delimiter_ ? At::kFieldStart : At::kPlain;
        break;
      case At::kPlain:
        if (c == delimiter_) at_ = At::kFieldStart;
        break;
      case At::kQuoted:
        if (c == quote_) at_ = At::kAfterQuote;
        break;
      case At::kAfterQuote:
        if (c == quote_) {
          at_ = At::kQuoted;
        } else if (c == delimiter_) {
          at_ = At::kFieldStart;
        } else if (c != '\r' || i + 1 != text.size()) {
          return State::kWrong;
        }
        break;
    }
  }
  return at_ == At::kQuoted ? State::kOpen : State::kClosed;
}

bool FieldSplitter::Split(std::string_view record, std::vector<std::string_view>& fields) {
  fields.clear();
  if (record.empty()) {
    fields.emplace_back();
    return true;
  }
  const bool quotes =
      quote_ != '\0' && std::memchr(record.data(), quote_, record.size()) != nullptr;
  if (quotes) return SplitQuoted(record, fields);
  SplitPlain(record, delimiter_, fields);
  return true;
}

bool FieldSplitter::SplitQuoted(std::string_view record, std::vector<std::string_view>& fields) {
  unquoted_.clear();
  unquoted_.reserve(record.size());  // no growth below: the views stay valid
  std::string_view rest = record;
  for (;;) {
    std::string_view field;
    if (!rest.empty() && rest.front() == quote_) {
      if (!TakeQuoted(rest, field)) return false;
      if (!rest.empty() && rest.front() != delimiter_) return false;
    } else {
      field = rest.substr(0, rest.find(delimiter_));
      rest.remove_prefix(field.size());
    }
    fields.push_back(field);
    if (rest.empty()) return true;
    rest.remove_prefix(1);
  }
}

bool FieldSplitter::TakeQuoted(std::string_view& rest, std::string_view& field) {
  rest.remove_prefix(1);
  size_t close = rest.find(quote_);
  if (close == std::string_view::npos) return false;
  const bool doubled = close + 1 < rest.size() && rest[close + 1] == quote_;
  if (!doubled) {
    field = rest.substr(0, close);
    rest.remove_prefix(close + 1);
    return true;
  }
  const size_t start = unquoted_.size();
  while (close + 1 < rest.size() && rest[close + 1] == quote_) {
    unquoted_.append(rest.substr(0, close + 1));
    rest.remove_prefix(close + 2);
    close = rest.find(quote_);
    if (close == std::string_view::npos) return false;
  }
  unquoted_.append(rest.substr(0, close));
  rest.remove_prefix(close + 1);
  field = std::string_view(unquoted_).substr(start);
  return true;
}

}  // namespace ringfence
