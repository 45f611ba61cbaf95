// Fields of one delimited record, quotes taken off.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

// Follows quotes through the lines of one record.
class QuoteScanner {
 public:
  enum class State {
    kClosed,  // the record may end here
    kOpen,    // inside quotes
    kWrong,   // text follows a closing quote
  };

  QuoteScanner(char delimiter, char quote) : delimiter_(delimiter), quote_(quote) {}

  // `text` continues where the last call ended; it ends where a line does. Not to be called again
  // after kWrong.
  State Scan(std::string_view text);

 private:
  enum class At { kFieldStart, kPlain, kQuoted, kAfterQuote };

  char delimiter_;
  char quote_;
  At at_ = At::kFieldStart;
};

// Splits records into fields. Keeps its memory from record to record. Not thread-safe.
class FieldSplitter {
 public:
  // quote '\0': there are no quotes.
  explicit FieldSplitter(char delimiter, char quote = '"') : delimiter_(delimiter), quote_(quote) {}

  // Replaces `fields`; they view into `record` or, where quotes were doubled, into this object
  // until the next call. False when a quote is not closed or text follows it; `fields` is then
  // undefined. An empty record has one empty field.
  bool Split(std::string_view record, std::vector<std::string_view>& fields);

  char delimiter() const { return delimiter_; }

 private:
  bool SplitQuoted(std::string_view record, std::vector<std::string_view>& fields);
  // Takes the quoted field at the front of `rest`, up to and with its closing quote.
  bool TakeQuoted(std::string_view& rest, std::string_view& field);

  char delimiter_;
  char quote_;
  std::string unquoted_;
};

}  // namespace ringfence
