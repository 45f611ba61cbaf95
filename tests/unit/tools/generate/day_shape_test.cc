#include "tools/generate/day_shape.h"

#include <gtest/gtest.h>

namespace ringfence::generate {
namespace {

constexpr DayShape kShapes[] = {DayShape::kResidential,    DayShape::kBusiness,
                                DayShape::kDelivery,       DayShape::kClinic,
                                DayShape::kAroundTheClock, DayShape::kDialler};

TEST(DayShape, TimeNeverDecreasesAndStaysWithinTheDay) {
  for (DayShape shape : kShapes) {
    int64_t before = 0;
    for (uint64_t position = 0; position <= UINT32_MAX; position += 1u << 20) {
      const int64_t time = TimeOfDay(shape, static_cast<uint32_t>(position));
      ASSERT_GE(time, before);
      ASSERT_LT(time, kDayMillis);
      before = time;
    }
    EXPECT_LT(TimeOfDay(shape, UINT32_MAX), kDayMillis);
  }
}

TEST(DayShape, OfficesAreSilentAtNight) {
  EXPECT_GE(TimeOfDay(DayShape::kBusiness, 0), 7 * kHourMillis);
  EXPECT_LE(TimeOfDay(DayShape::kBusiness, UINT32_MAX), 20 * kHourMillis);
}

}  // namespace
}  // namespace ringfence::generate
