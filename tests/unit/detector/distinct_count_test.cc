// How far the estimate of different numbers is off, on fixed numbers.
#include "detector/features/distinct_count.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace ringfence {
namespace {

// Each of 200 sets begins where the one before ended, as a dialler goes through a number plan, or
// anywhere.
struct Errors {
  double mean = 0;
  double root_mean_square = 0;
};

Errors ErrorsOf(uint64_t numbers, uint64_t step) {
  constexpr int kSets = 200;
  uint64_t number = 8'613'155'500'000;
  Errors errors;
  for (int set = 0; set < kSets; ++set) {
    DistinctCount count;
    for (uint64_t i = 0; i < numbers; ++i) count.Add(number += step);
    const double error = count.Estimate() / static_cast<double>(numbers) - 1;
    errors.mean += error / kSets;
    errors.root_mean_square += error * error / kSets;
  }
  errors.root_mean_square = std::sqrt(errors.root_mean_square);
  return errors;
}

// The standard error of 88 registers is 11.1 %; that of the figures themselves is added.
void ExpectErrorsOf(uint64_t numbers, uint64_t step) {
  const Errors errors = ErrorsOf(numbers, step);
  EXPECT_LT(errors.root_mean_square, 0.13) << numbers << " numbers " << step << " apart";
  EXPECT_LT(std::abs(errors.mean), 0.025) << numbers << " numbers " << step << " apart";
}

TEST(DistinctCount, OfNothingIsZero) { EXPECT_EQ(DistinctCount().Estimate(), 0.0); }

TEST(DistinctCount, OfOneNumberIsOne) {
  DistinctCount count;
  for (int i = 0; i < 1'000; ++i) count.Add(8'613'155'500'001);
  EXPECT_NEAR(count.Estimate(), 1, 0.05);
}

TEST(DistinctCount, OfAFewIsOffByLessThanOfMany) {
  EXPECT_LT(ErrorsOf(10, 1).root_mean_square, 0.09);
  EXPECT_LT(ErrorsOf(30, 1).root_mean_square, 0.11);
}

TEST(DistinctCount, OfNumbersOneBehindTheOtherHasItsStatedError) {
  for (const uint64_t numbers : {100, 300, 1'000, 10'000, 100'000}) ExpectErrorsOf(numbers, 1);
}

TEST(DistinctCount, OfNumbersFarApartHasItsStatedError) {
  for (const uint64_t numbers : {100, 300, 1'000, 10'000}) ExpectErrorsOf(numbers, 7'919);
}

TEST(DistinctCount, OfHalfAMillionIsStillGood) {
  DistinctCount count;
  for (uint64_t i = 0; i < 500'000; ++i) count.Add(i);
  EXPECT_NEAR(count.Estimate(), 500'000, 500'000 * 0.33);
}

TEST(DistinctCount, OfTwoTogetherIsThatOfAllTheirNumbers) {
  DistinctCount one, other, both;
  for (uint64_t i = 0; i < 600; ++i) {
    if (i < 400) one.Add(i);
    if (i >= 200) other.Add(i);
    both.Add(599 - i);
  }
  one.Merge(other);
  EXPECT_EQ(one, both);
}

TEST(DistinctCount, ReadsWhatItWrote) {
  DistinctCount count, read;
  for (uint64_t i = 0; i < 600; ++i) count.Add(i);
  ByteWriter writer;
  count.Write(writer);
  ByteReader reader(writer.bytes());
  read.Read(reader);
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(read, count);
}

}  // namespace
}  // namespace ringfence
