// The quick way through a text against a plain one: cut at line ends and delimiters, byte by byte.
#include "ingest/text/plain_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace ringfence {
namespace {

using Fields = std::vector<std::string>;

class Texts {
 public:
  explicit Texts(unsigned seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  // Rows that are nearly all plain; lengths and numbers of fields up to, and beyond, what is.
  std::string Make() {
    std::string text;
    for (size_t rows = 1 + Below(40); rows > 0; --rows) {
      const size_t fields = Below(20) == 0 ? Below(40) : Below(10);
      for (size_t field = 0; field <= fields; ++field) {
        text += (field > 0 ? "," : "");
        text.append(Below(60) == 0 ? Below(1100) : Below(20), static_cast<char>(' ' + Below(94)));
        std::replace(text.begin(), text.end(), '"', Below(30) == 0 ? '"' : 'x');
      }
      if (Below(60) == 0 && !text.empty()) text[Below(text.size())] = static_cast<char>(Below(256));
      text += Below(9) == 0 ? "\r\n" : "\n";
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

// Empty: the row at the front is not plain.
Fields PlainFields(std::string_view row) {
  const auto odd = [](char c) { return c < ' ' || c == '"'; };
  if (row.ends_with('\r')) row.remove_suffix(1);
  if (std::any_of(row.begin(), row.end(), odd)) return {};
  Fields fields = absl::StrSplit(absl::string_view(row.data(), row.size()), ',');
  return fields.size() > PlainRows::kMostFields ? Fields() : fields;
}

Fields FieldsOf(const PlainRows& rows) {
  Fields fields;
  for (size_t i = 0; i < rows.fields(); ++i) fields.emplace_back(rows.field(i));
  return fields;
}

// Far enough from the end that nothing of the row or of its windows could be behind it.
constexpr size_t kTail = PlainRows::kMostBytes + PlainRows::kReadable;

TEST(PlainRows, AreThoseOfTheTextAsLongAsTheyArePlain) {
  size_t taken = 0, refused = 0;
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    Texts texts(seed);
    const std::string text = texts.Make();
    PlainRows rows(',', '"');
    size_t at = 0;
    rows.Begin(text);
    while (at < text.size()) {
      const size_t end = text.find('\n', at);
      const std::string_view line(text.data() + at, std::min(end, text.size()) - at);
      const Fields expected = PlainFields(line);
      if (!rows.Next()) {
        ASSERT_EQ(rows.next(), at);
        const bool must = !expected.empty() && line.size() < 900 && at + kTail < text.size();
        ASSERT_FALSE(must) << "seed " << seed << ": " << line;
        ++refused;
        break;
      }
      ASSERT_EQ(FieldsOf(rows), expected) << "seed " << seed;
      ASSERT_LE(line.size(), PlainRows::kMostBytes);
      ASSERT_EQ(rows.bytes(), line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
      ASSERT_EQ(rows.next(), end + 1);
      ++taken;
      at = end + 1;
    }
  }
  EXPECT_GT(taken, 10'000u);
  EXPECT_GT(refused, 1'000u);
}

TEST(PlainRows, OfAnyLengthUpToTheLimitAreTaken) {
  for (size_t size = 0; size + 100 < PlainRows::kMostBytes; ++size) {
    const std::string row(size, 'x');
    const std::string text = row + "\n" + row + "\n" + std::string(4 * PlainRows::kMostBytes, 'y');
    PlainRows rows(',', '"');
    rows.Begin(text);
    for (size_t i = 1; i <= 2; ++i) {
      ASSERT_TRUE(rows.Next()) << size;
      ASSERT_EQ(rows.next(), i * (size + 1));
    }
    ASSERT_FALSE(rows.Next()) << "it has no end";
  }
}

}  // namespace
}  // namespace ringfence
