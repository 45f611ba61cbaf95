#include "tools/terminal/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace ringfence {
namespace {

TEST(Table, ChineseCharactersTakeTwoColumns) {
  EXPECT_EQ(DisplayWidth("医院"), 4u);
  EXPECT_EQ(DisplayWidth("a医b"), 4u);
  EXPECT_EQ(DisplayWidth("…"), 1u);
}

TEST(Table, ColumnsLineUpWhateverTheScript) {
  Table table({{"name"}, {"n", Table::Align::kRight}});
  table.AddRow({"医院", "1"});
  table.AddRow({"bank", "10"});
  std::ostringstream out;
  table.Print(out, 80);
  EXPECT_EQ(out.str(), "name   n\n────  ──\n医院   1\nbank  10\n");
}

TEST(Table, AShrinkingColumnGivesWay) {
  Table table({{"id"}, {.title = "why", .shrinks = true}});
  table.AddRow({"1234", "a long sentence about nothing"});
  std::ostringstream out;
  table.Print(out, 16);
  EXPECT_EQ(out.str(), "id    why\n────  ──────────\n1234  a long se…\n");
}

TEST(Table, AWideCharacterIsNotCutInHalf) {
  Table table({{.title = "customer", .shrinks = true}});
  table.AddRow({"威海示例医院"});
  std::ostringstream out;
  table.Print(out, 8);
  EXPECT_EQ(out.str(), "customer\n────────\n威海示…\n");
}

TEST(Table, ThousandsAreSeparated) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
}

}  // namespace
}  // namespace ringfence
