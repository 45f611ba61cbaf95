#include "ingest/model/ids.h"

#include <gtest/gtest.h>

#include <string>

namespace ringfence {
namespace {

TEST(Name, TakesTheTextWhateverItHeldBefore) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (size_t before = 0; before <= letters.size(); ++before) {
    for (size_t size = 0; size <= letters.size(); ++size) {
      RecordId id(std::string(before, '-'));
      id.Assign(letters.substr(0, size));
      ASSERT_EQ(id.value(), letters.substr(0, size)) << "after " << before;
    }
  }
}

TEST(Name, TakesAPartOfALongerText) {
  RecordId id("1234567");
  id.Assign(std::string_view("abcdefghij").substr(1, 7));
  EXPECT_EQ(id.value(), "bcdefgh");
}

}  // namespace
}  // namespace ringfence
