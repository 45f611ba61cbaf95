// Every layout's golden file gives exactly the CDRs and rejects of its expected file. To renew them
// after a change that is meant: RINGFENCE_RENEW_GOLDEN=1 and look at the diff.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "ingest/model/fixed_record.h"
#include "tests/unit/ingest/read_text.h"

namespace ringfence {
namespace {

const std::string kFolder = RINGFENCE_GOLDEN_DIR;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ReadResult ReadGolden(const std::string& name, NumberStyle style) {
  return ReadText(ReadWhole(kFolder + "/data/" + name), {}, TestOptions(style));
}

class ReaderGolden : public testing::TestWithParam<std::pair<const char*, NumberStyle>> {};

TEST_P(ReaderGolden, GivesTheExpectedRecords) {
  const auto& [name, style] = GetParam();
  const ReadResult read = ReadGolden(name, style);
  std::string text;
  for (const std::string& cdr : read.cdrs) text += cdr + "\n";
  for (const std::string& reject : read.rejects) text += "reject " + reject + "\n";
  text += read.error;
  const std::string path = kFolder + "/expected/" + std::string(name) + ".txt";
  if (std::getenv("RINGFENCE_RENEW_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, ReadWhole(path));
}

INSTANTIATE_TEST_SUITE_P(Files, ReaderGolden,
                         testing::Values(std::pair("canonical.csv", NumberStyle::kAuto),
                                         std::pair("kamailio-flatstore.log", NumberStyle::kE164),
                                         std::pair("kamailio-stream.tsv", NumberStyle::kE164),
                                         std::pair("asterisk-master.csv", NumberStyle::kAuto),
                                         std::pair("freeswitch.csv", NumberStyle::kAuto),
                                         std::pair("cucm.csv", NumberStyle::kAuto),
                                         std::pair("calls.jsonl", NumberStyle::kAuto),
                                         std::pair("calls.bin", NumberStyle::kAuto)));

// One switch wrote the same calls twice; flatstore has whole seconds and loses ringing time.
TEST(ReaderGolden, BothKamailioFilesHoldTheSameCalls) {
  const ReadResult flatstore = ReadGolden("kamailio-flatstore.log", NumberStyle::kE164);
  const ReadResult stream = ReadGolden("kamailio-stream.tsv", NumberStyle::kE164);
  ASSERT_EQ(flatstore.cdrs.size(), stream.cdrs.size());
  // "+1… > +1… 11-24T01:15:00.534 …": numbers, setup to the second, cause, trunk and id agree.
  const auto essence = [](const ReadResult& read) {
    std::map<std::pair<uint64_t, uint64_t>, std::string> calls;
    for (size_t i = 0; i < read.cdrs.size(); ++i) {
      std::istringstream words(read.cdrs[i]);
      std::string calling, arrow, called, setup, answer, release, rest;
      words >> calling >> arrow >> called >> setup >> answer >> release;
      std::getline(words, rest);
      calls[{read.keys[i].high, read.keys[i].low}] = calling + called + setup.substr(0, 14) + rest;
    }
    return calls;
  };
  EXPECT_EQ(essence(flatstore), essence(stream));
}

// The first code block of each layout's section in docs/cdr-formats.md is recognised and read.
TEST(Documentation, ExamplesOfTheLayoutsAreRead) {
  const std::string document = ReadWhole(kFolder + "/../../docs/cdr-formats.md");
  for (const char* name : {"canonical", "kamailio-flatstore", "kamailio-stream", "asterisk",
                           "freeswitch", "cucm", "json-lines"}) {
    const size_t section = document.find("\n## " + std::string(name) + "\n");
    ASSERT_NE(section, std::string::npos) << name;
    const size_t begin = document.find("```\n", section) + 4;
    std::string example = document.substr(begin, document.find("```", begin) - begin);
    const std::string tab = "⇥";
    for (size_t at = 0; (at = example.find(tab)) != std::string::npos;) {
      example.replace(at, tab.size(), "\t");
    }
    const auto file = RecordFile::Over(*BytesOf(example), name, {});
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(CdrFormatName(file->layout().format), name);
    const bool e164 = std::string(name).starts_with("kamailio");
    const ReadResult read =
        ReadText(example, {}, TestOptions(e164 ? NumberStyle::kE164 : NumberStyle::kAuto));
    EXPECT_FALSE(read.cdrs.empty()) << name;
    EXPECT_TRUE(read.rejects.empty()) << name << ": " << testing::PrintToString(read.rejects);
  }
}

std::string BytesOfHex(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return absl::HexStringToBytes(text);
}

// The bytes of the binary section are the call that stands beside them.
TEST(Documentation, ExampleOfABinaryRecordIsTheCallBesideIt) {
  const std::string document = ReadWhole(kFolder + "/../../docs/cdr-formats.md");
  const auto between = [&](const std::string& from, const std::string& to, size_t after) {
    const size_t begin = document.find(from, after) + from.size();
    return document.substr(begin, document.find(to, begin) - begin);
  };
  const size_t section = document.find("\n## binary\n");
  const std::string row = between("An example of 96 bytes: `", "`", section);
  const std::string record = BytesOfHex(between("```\n", "```", section));
  const ReadResult text = ReadText(
      "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n" + row + "\n");
  const ReadResult binary = ReadText(BinaryHeaderRecord(96) + record);
  ASSERT_EQ(text.cdrs.size(), 1u);
  EXPECT_EQ(binary.cdrs, text.cdrs);
  EXPECT_EQ(binary.keys, text.keys);
}

}  // namespace
}  // namespace ringfence
