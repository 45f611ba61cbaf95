// The quick ways to read a file against the plain one: splitting record by record and decoding each
// by CdrDecoder::Decode(). Rows of every kind, damaged at random, in several layouts.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/text/plain_rows.h"
#include "tests/property/cdr_rows.h"

namespace ringfence {
namespace {

struct Shape {
  const char* format;
  std::string header;
  std::string (Rows::*row)();
  const char* columns = "";
};

const Shape kShapes[] = {
    {"canonical", "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n",
     &Rows::Canonical},
    {"canonical", "x,calling,called,setup_time,trunk,y,z,record_id,cause\n", &Rows::Canonical},
    {"kamailio-flatstore", "", &Rows::Flatstore},
    {"asterisk", "", &Rows::Asterisk},
    {"columns", "", &Rows::Canonical, "calling=2,called=3,setup_time=4,cause=7"},
};

std::string Text(Rows& rows, const Shape& shape) {
  std::string text = (rows.Below(5) == 0 ? "\xef\xbb\xbf" : "") + shape.header;
  for (size_t count = rows.Below(150); count > 0; --count) {
    std::string row = (rows.*shape.row)();
    rows.Damage(row);
    text += row + rows.LineEnd();
    if (rows.Below(50) == 0) text += shape.header;
  }
  if (rows.Below(3) == 0) {  // the last record is cut off
    const std::string row = (rows.*shape.row)();
    text += row.substr(0, rows.Below(row.size()));
  }
  return text;
}

TEST_F(ReadersAgree, OnEveryRowInEveryLayoutForAnyNumberOfThreads) {
  constexpr unsigned kTexts = 400;
  size_t cdrs = 0, rejects = 0;
  for (unsigned seed = 0; seed < kTexts; ++seed) {
    Rows rows(seed);
    const Shape& shape = kShapes[seed % std::size(kShapes)];
    const LayoutChoice choice = {.format = shape.format, .columns = shape.columns};
    const DecodeOptions options = Options(seed % 2 == 0 ? NumberStyle::kAuto : NumberStyle::kE164);
    const std::string text = Text(rows, shape);
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Seen seen;
    ASSERT_NO_FATAL_FAILURE(ExpectAgreement(text, choice, options, seen));
    cdrs += seen.cdrs.size();
    rejects += seen.rejects.size();
  }
  EXPECT_GT(cdrs, kTexts * 10);  // the shapes are worth something
  EXPECT_GT(rejects, kTexts * 10);
}

TEST_F(ReadersAgree, OnNumbersOfAnyForm) {
  Rows rows(1);
  for (int i = 0; i < 300'000; ++i) {
    static const NumberPlan kPlans[] = {
        *NumberPlan::Create({}), *NumberPlan::Create({.style = NumberStyle::kE164}),
        *NumberPlan::Create({.country = "1"}), *NumberPlan::Create({.area = "631"})};
    std::string number = rows.Number();
    if (i % 3 == 0) rows.Damage(number);
    const size_t size = number.size();
    number.append(PlainRows::kReadable, '5');
    const std::string_view text = std::string_view(number).substr(0, size);
    const NumberPlan& plan = kPlans[i % 4];
    PhoneNumber quick;
    if (!plan.NormalisePlain(text, quick)) continue;
    const auto expected = plan.Normalise(text);
    ASSERT_TRUE(expected.ok()) << text << expected.status();
    ASSERT_EQ(quick, *expected) << text;
  }
}

// Unix seconds in the same order as in a file, so that what is remembered of the last is of use;
// and times of every other form between them.
TEST_F(ReadersAgree, OnTimesOfAnyForm) {
  Rows rows(4);
  const absl::TimeZone zone = *LoadTimeZone("Asia/Shanghai");
  TimeReader quick_reader(zone), reader(zone);
  size_t quick_ones = 0;
  for (int i = 0; i < 400'000; ++i) {
    std::string time = i % 2 == 0 ? rows.Time() : absl::StrCat(1'795'482'900 + i / 8);
    if (i % 5 == 0) rows.Damage(time);
    if (i % 7 == 0 && !time.empty())
      time[rows.Below(time.size())] = static_cast<char>(rows.Below(256));
    const size_t size = time.size();
    time.append(PlainRows::kReadable, '5');
    const std::string_view text = std::string_view(time).substr(0, size);
    EventTime quick;
    if (!quick_reader.ReadPlain(text, quick)) continue;
    ++quick_ones;
    const auto expected = reader.Read(text);
    ASSERT_TRUE(expected.ok()) << text << expected.status();
    ASSERT_EQ(quick, *expected) << text;
  }
  EXPECT_GT(quick_ones, 200'000u);
}

// The check of numbers that come as values against the way from their text.
TEST_F(ReadersAgree, OnWhetherANumberHasItsOneForm) {
  static const NumberPlan kPlans[] = {*NumberPlan::Create({}),
                                      *NumberPlan::Create({.country = "1"}),
                                      *NumberPlan::Create({.country = "44"})};
  Rows rows(2);
  size_t normal = 0;
  const auto check = [&](const NumberPlan& plan, PhoneNumber number) {
    const auto read = plan.Normalise(number.ToString());
    const bool expected = read.ok() && *read == number;
    normal += expected ? 1 : 0;
    ASSERT_EQ(plan.IsNormal(number), expected) << number.ToString();
  };
  for (int i = 0; i < 300'000; ++i) {
    std::string digits = std::to_string(1 + rows.Below(9));
    for (size_t more = rows.Below(18); more > 0; --more) digits += std::to_string(rows.Below(10));
    static const char* const kFronts[] = {"86",  "861", "86631", "8610", "1",
                                          "106", "95",  "",      "400"};
    const std::string text = rows.OneOf(kFronts) + digits;
    const auto international = PhoneNumber::International(text);
    const auto short_code = PhoneNumber::ShortCode(text);
    const NumberPlan& plan = kPlans[i % 3];
    for (const auto& number : {international, short_code}) {
      if (!number.ok()) continue;
      ASSERT_NO_FATAL_FAILURE(check(plan, *number));
    }
  }
  EXPECT_GT(normal, 10'000u);
}

TEST_F(ReadersAgree, OnThatEveryNumberThatIsReadHasItsOneForm) {
  Rows rows(3);
  for (int i = 0; i < 300'000; ++i) {
    static const NumberPlan kPlans[] = {
        *NumberPlan::Create({}), *NumberPlan::Create({.style = NumberStyle::kE164}),
        *NumberPlan::Create({.country = "1"}), *NumberPlan::Create({.area = "631"})};
    const NumberPlan& plan = kPlans[i % 4];
    const std::string text = rows.Number();
    const auto number = plan.Normalise(text);
    ASSERT_TRUE(!number.ok() || plan.IsNormal(*number)) << text;
  }
}

}  // namespace
}  // namespace ringfence
