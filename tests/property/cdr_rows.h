// Records of every kind, damaged at random; and the quick ways to read a file, to be compared with
// the plain one.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/file_source.h"
#include "ingest/parallel_files.h"
#include "tests/seen_records.h"

namespace ringfence {

inline constexpr size_t kMaxRecord = kLeastRecordLimit;
inline constexpr size_t kChunk = 2 * kMaxRecord;

class Rows {
 public:
  explicit Rows(unsigned seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  template <size_t kSize>
  std::string OneOf(const char* const (&choices)[kSize]) {
    return choices[Below(kSize)];
  }

  std::string Number() {
    static const char* const kForms[] = {
        "+86631555", "0631555", "86631555", "631555", "+8613800",    "13800", "0086631555",
        "+1202555",  "1202555", "01055",    "+86106", "106",         "100",   "400",
        "+44207946", "+866315", "95",       "+8610",  "sip:0631555", "021555"};
    static const char* const kUsual[] = {"+86631555", "0631555", "86631555", "1380000"};
    if (Below(4) != 0) return absl::StrCat(OneOf(kUsual), 1'000 + Below(9'000));
    std::string number = OneOf(kForms);
    for (size_t digits = Below(8); digits > 0; --digits) {
      number += static_cast<char>('0' + Below(10));
    }
    return Below(20) == 0 ? number + "@sbc.example" : number;
  }

  std::string Time() {
    static const char* const kDates[] = {"2026-11-24", "2026-11-25", "2026-02-29", "2024-02-29",
                                         "2026-1-4",   "1999-12-31", "2026/11/24", "0000-01-01"};
    static const char* const kBetween[] = {"T", "T", " ", "t", ""};
    static const char* const kDecimals[] = {"", "", ".5", ".123", ".123456", ".1234567", "."};
    static const char* const kZones[] = {"+08:00", "+08:00", "Z",      "",      "-05:30",
                                         "+0800",  "+24:00", "+08:60", "+09:00"};
    if (Below(4) != 0) {  // one after another, as they come
      const size_t second = ++seconds_;
      return absl::StrCat("2026-11-24T09:", 10 + second / 60 % 50, ":", 10 + second % 50,
                          Below(2) == 0 ? ".250" : "", "+08:00");
    }
    if (Below(3) == 0) return absl::StrCat(1'795'482'900 + Below(9'999)) + OneOf(kDecimals);
    const std::string clock =
        absl::StrCat(10 + Below(15), ":", 10 + Below(51), ":", 10 + Below(51));
    return OneOf(kDates) + OneOf(kBetween) + clock + OneOf(kDecimals) + OneOf(kZones);
  }

  std::string Cause() {
    static const char* const kCauses[] = {"16", "17", "", "200", "0", "016", "128", "700", "x"};
    return OneOf(kCauses);
  }

  std::string Id() { return Below(5) == 0 ? "" : absl::StrCat("id-", Below(100'000), "@sbc"); }

  std::string Canonical() {
    return absl::StrCat(Id(), ",", Number(), ",", Number(), ",", Time(), ",",
                        Below(2) == 0 ? "" : Time(), ",", Below(2) == 0 ? "" : Time(), ",", Cause(),
                        ",tg", Below(9));
  }
  std::string Flatstore() {
    return absl::StrCat(1'795'482'900 + Below(999), "|", 1'795'483'900 + Below(999), "|5|", Id(),
                        "|", Number(), "|", Number(), "|", Below(2) == 0 ? "" : Number(),
                        "|127.0.0.1|", Below(2) == 0 ? "" : "1795483500.534882", "|",
                        Below(2) == 0 ? "200" : "486", "|pass|tg", Below(9));
  }
  std::string Asterisk() {
    return absl::StrCat("\"\",\"", Number(), "\",\"", Number(),
                        "\",\"in\",\"\"\"Desk, front\"\" <06315550100>\",\"PJSIP/tg1-00a\",\"\",",
                        "\"Dial\",\"x\",\"2026-11-24 09:15:00\",\"\",\"2026-11-24 09:16:00\",60,0,",
                        "\"NO ANSWER\",\"DOCUMENTATION\",\"1795482900.", Below(99), "\",\"\"");
  }

  // Nothing for most rows; else one wrong byte, or several.
  void Damage(std::string& row) {
    static const char kBytes[] = {'"', ',', '\r', '\n',   '\t', '\0',
                                  ' ', '|', '+',  '\x80', '9',  ';'};
    if (Below(4) != 0) return;
    for (size_t times = 1 + Below(3); times > 0 && !row.empty(); --times) {
      const size_t at = Below(row.size());
      const char byte = kBytes[Below(sizeof(kBytes))];
      const size_t what = Below(4);
      if (what == 0) row.erase(at, 1 + Below(5));
      if (what == 1) row.insert(at, 1, byte);
      if (what == 2) row[at] = byte;
      if (what == 3) row.insert(at, row.substr(at, Below(20)));
    }
    if (Below(20) == 0) row.append(Below(4 * kChunk), 'x');
  }

  std::string LineEnd() { return Below(10) == 0 ? "\r\n" : Below(30) == 0 ? "\n\n" : "\n"; }

 private:
  std::mt19937 random_;
  size_t seconds_ = 0;
};

// Numbers batches where they are seen in order, and looks whether they are given out so: each was
// seen once, by one thread at a time, before.
class NumberedBatches : public CdrSource {
 public:
  auto seer() {
    return [this](CdrBatch& batch, std::optional<uint64_t>) { batch.duplicates = ++seen_; };
  }
  void Over(CdrSource& source) { source_ = &source; }

  absl::StatusOr<bool> Next(CdrBatch& batch) override {
    RF_ASSIGN_OR_RETURN(const bool more, source_->Next(batch));
    EXPECT_EQ(batch.duplicates, given_ + (more ? 1 : 0));
    given_ = batch.duplicates;
    return more;
  }

 private:
  CdrSource* source_ = nullptr;
  uint64_t seen_ = 0;
  uint64_t given_ = 0;
};

class ReadersAgree : public testing::Test {
 protected:
  ReadersAgree() : path_(absl::StrCat(testing::TempDir(), "/ringfence-", getpid(), ".cdr")) {}
  ~ReadersAgree() override { std::filesystem::remove(path_); }

  static DecodeOptions Options(NumberStyle style) {
    NumberPlanOptions numbers;
    numbers.style = style;
    DecodeOptions options{*NumberPlan::Create(numbers), *LoadTimeZone("Asia/Shanghai")};
    options.not_after = FromUnixMicros(1'900'000'000'000'000);
    return options;
  }

  Seen ReadBatchwise(const std::string& text, const LayoutChoice& choice,
                     const DecodeOptions& options) const {
    Seen seen;
    SeeingSink sink(seen);
    auto source = FileSource::Over(*RecordFile::Over(*BytesOf(text), kSeenName, choice, kMaxRecord),
                                   options, sink);
    EXPECT_TRUE(SeeAll(**source, seen).ok());
    seen.records = (*source)->records_read();
    return seen;
  }

  Seen ReadInChunks(size_t threads, const LayoutChoice& choice,
                    const DecodeOptions& options) const {
    Seen seen;
    SeeingSink sink(seen);
    NumberedBatches batches;
    ParallelFiles files({path_}, choice, options, sink,
                        {threads, kChunk, kMaxRecord, batches.seer()});
    batches.Over(files);
    EXPECT_TRUE(SeeAll(batches, seen).ok());
    EXPECT_TRUE(files.errors().empty());
    EXPECT_EQ(files.progress().bytes, files.progress().total.value_or(0));
    seen.records = files.records_read();
    return seen;
  }

  // Reads the text in every way and says whether they agree; `expected` is what they say.
  void ExpectAgreement(const std::string& text, const LayoutChoice& choice,
                       const DecodeOptions& options, Seen& expected) const {
    const auto file = RecordFile::Over(*BytesOf(text), kSeenName, choice, kMaxRecord);
    if (!file.ok() || file->layout() == Layout{}) return;  // nothing but blank lines
    expected = ReadPlainly(text, file->layout(), options, kMaxRecord);
    ASSERT_EQ(ReadBatchwise(text, choice, options), expected);
    std::ofstream(path_, std::ios::binary) << text;
    for (const size_t threads : {1, 2, 4}) {
      ASSERT_EQ(ReadInChunks(threads, choice, options), expected) << threads << " threads";
    }
  }

  std::string path_;
};

}  // namespace ringfence
