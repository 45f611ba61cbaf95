#include "ingest/model/mask.h"

#include <gtest/gtest.h>

#include "ingest/model/phone_number.h"

namespace ringfence {
namespace {

TEST(MaskNumbers, HidesAsTheNumberItselfDoes) {
  for (const char* text : {"+8663155550001", "+12125550101", "4001234567", "10655550100100"}) {
    EXPECT_EQ(MaskNumbers(text), PhoneNumber::FromString(text)->Masked());
  }
}

TEST(MaskNumbers, FindsThemInSentencesListsAndJson) {
  EXPECT_EQ(MaskNumbers("+8663155550001 of line L-1 belongs to line L-2"),
            "+8663155****01 of line L-1 belongs to line L-2");
  EXPECT_EQ(MaskNumbers(R"({"number":"+8663155550001"})"), R"({"number":"+8663155****01"})");
  EXPECT_EQ(MaskNumbers("'13800000000': no. 06315550001."), "'13800****00': no. 06315****01.");
  EXPECT_EQ(MaskNumbers("(+8663155550001,+8663155550002)"), "(+8663155****01,+8663155****02)");
}

TEST(MaskNumbers, FindsThemAsPeopleWriteThem) {
  EXPECT_EQ(MaskNumbers("0631-5550001"), "0631-5****01");
  EXPECT_EQ(MaskNumbers("138-0000-0000"), "138-00**-**00");
  EXPECT_EQ(MaskNumbers("008663155550001"), "008663155****01");
}

TEST(MaskNumbers, LeavesTimesCountsPathsAndIds) {
  for (const char* text : {
           "2026-11-24T08:00:00.534882+00:00",
           "journal entry 1234567 came where 1234568 was expected",
           "read 12,345,678,901 = accepted 12,345,678,901",
           "/var/spool/cdr-20261124080000.csv.gz: no such file",
           "WO-20261124-3f0c2c",
           "b523b7032c1a9de709c44aa1c824fea5",
           "tcp://127.0.0.1:7700",
           "10086, 95588",
           "process 1234567",
       }) {
    EXPECT_EQ(MaskNumbers(text), text);
  }
}

}  // namespace
}  // namespace ringfence
