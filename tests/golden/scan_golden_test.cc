// Bad input given to `ringfence scan`: the exit code and every word that it says. To renew the
// expected files after a change that is meant: RINGFENCE_RENEW_GOLDEN=1 and look at the diff.
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/program.h"

namespace ringfence {
namespace {

namespace fs = std::filesystem;

constexpr char kHeader[] =
    "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";

// Four calls of one number, ids beginning with `tag`: one more than the threshold of the tests.
std::string GoodRows(const std::string& tag, const std::string& end = "\n") {
  std::string rows;
  for (int i = 0; i < 4; ++i) {
    rows += tag + std::to_string(i) + ",06315550001,06315550999,2025-06-10T10:00:0" +
            std::to_string(i) + "+08:00,,,16,TG1" + end;
  }
  return rows;
}

std::string Gzip(const std::string& text) {
  std::string packed(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class ScanGolden : public testing::Test {
 protected:
  ScanGolden() {
    std::string pattern = testing::TempDir() + "/ringfence-scan-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~ScanGolden() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  // Runs scan in the folder and compares what it says with tests/golden/scan/<test>.txt.
  void Expect(std::vector<std::string> arguments) {
    const std::vector<std::string> scan = {"scan", "--threshold", "3", "--output", "json"};
    arguments.insert(arguments.begin(), scan.begin(), scan.end());
    const ProgramEnd end = RunProgram(folder_.string(), arguments);
    const std::string text = "exit code " + std::to_string(end.exit_code) +
                             "\n--- standard output\n" + end.out + "--- standard error\n" + end.err;
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    const fs::path path = fs::path(RINGFENCE_GOLDEN_DIR) / "scan" / (name + ".txt");
    if (std::getenv("RINGFENCE_RENEW_GOLDEN") != nullptr) std::ofstream(path) << text;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream expected;
    expected << file.rdbuf();
    EXPECT_EQ(text, expected.str());
  }

  fs::path folder_;
};

TEST_F(ScanGolden, TruncatedGzip) {
  std::string many = kHeader + GoodRows("a");
  for (int i = 0; i < 2000; ++i) {
    many += "b" + std::to_string(i) + ",0631555" + std::to_string(1000 + i * 7919 % 8999) +
            ",06315550999,2025-06-10T11:00:00+08:00,,,16,TG1\n";
  }
  const std::string packed = Gzip(many);
  Write("cut.csv.gz", packed.substr(0, packed.size() / 2));
  Expect({"cut.csv.gz"});
}

TEST_F(ScanGolden, GzipOfNothing) {
  Write("cut.csv.gz", Gzip(kHeader).substr(0, 6));
  Expect({"cut.csv.gz"});
}

TEST_F(ScanGolden, BinaryFile) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 37 % 256);
  Write("core.bin", bytes);
  Expect({"core.bin"});
}

TEST_F(ScanGolden, BinaryFileReadAsCanonical) {
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 37 % 256);
  Write("core.bin", bytes);
  Expect({"--format", "canonical", "core.bin"});
}

TEST_F(ScanGolden, WrongColumns) {
  Write("other.csv", "name,street,town\nWang,Test Road 1,Weihai\nLi,Test Road 2,Weihai\n");
  Expect({"other.csv"});
}

TEST_F(ScanGolden, HeaderInGbkAndWithWhatWouldSteerATerminal) {
  Write("other.csv", "\xD0\xD5\xC3\xFB,\x7F[2J,street with a name of more than 24 bytes\n1,2,3\n");
  Expect({"other.csv"});
}

TEST_F(ScanGolden, MissingColumnInTheHeader) {
  Write("half.csv", "record_id,calling,setup_time\n1,06315550001,2025-06-10T10:00:00+08:00\n");
  Expect({"half.csv"});
}

TEST_F(ScanGolden, ColumnsThatAreNotThere) {
  Write("calls.txt", "2025-06-10 10:00:00;06315550001;06315550999\n");
  Expect({"--columns", "setup_time=1,calling=2,called=9", "--delimiter", ";", "calls.txt"});
}

TEST_F(ScanGolden, LineOf100Megabytes) {
  {
    std::ofstream file(folder_ / "long.csv", std::ios::binary);
    file << kHeader << "x,";
    const std::string piece(1'000'000, '5');
    for (int i = 0; i < 100; ++i) file << piece;
    file << "\n" << GoodRows("a");
  }
  Expect({"long.csv"});
  EXPECT_LT(fs::file_size(folder_ / "ringfence-quarantine.jsonl"), 1'000'000u);
}

TEST_F(ScanGolden, DatesOf1970And2099) {
  Write("dates.csv", kHeader + GoodRows("a") +
                         "b,06315550001,06315550999,1970-01-01T00:00:00Z,,,16,TG1\n"
                         "c,06315550001,06315550999,0,,,16,TG1\n"
                         "d,06315550001,06315550999,2099-01-01T00:00:00+08:00,,,16,TG1\n"
                         "e,06315550001,06315550999,4070908800,,,16,TG1\n"
                         "f,06315550001,06315550999,2025-02-30T00:00:00+08:00,,,16,TG1\n");
  Expect({"dates.csv"});
}

TEST_F(ScanGolden, MissingAndUnreadableFilesAmongGoodOnes) {
  Write("good1.csv", kHeader + GoodRows("a"));
  fs::create_directory(folder_ / "a-folder");
  Write("good2.csv",
        std::string(kHeader) + "z,06315550001,06315550999,2025-06-10T10:00:09+08:00,,,16,TG1\n");
  Expect({"good1.csv", "missing.csv", "a-folder", "good2.csv"});
}

TEST_F(ScanGolden, EmptyFile) {
  Write("empty.csv", "");
  Expect({"empty.csv"});
}

TEST_F(ScanGolden, HeaderAlone) {
  Write("header.csv", kHeader);
  Expect({"header.csv"});
}

TEST_F(ScanGolden, ByteOrderMarkAndCarriageReturns) {
  std::string header = kHeader;
  header.insert(header.size() - 1, "\r");
  Write("windows.csv", "\xEF\xBB\xBF" + header + GoodRows("a", "\r\n"));
  Expect({"windows.csv"});
}

TEST_F(ScanGolden, TextInGbk) {
  // The customer's name, 测试公司, in a column that is not read, and 主叫 where a number must be.
  Write("gbk.csv",
        "calling,called,setup_time,customer\n"
        "06315550001,06315550999,2025-06-10T10:00:00+08:00,\xB2\xE2\xCA\xD4\xB9\xAB\xCB\xBE\n"
        "\xD6\xF7\xBD\xD0,06315550999,2025-06-10T10:00:01+08:00,x\n");
  Expect({"gbk.csv"});
}

TEST_F(ScanGolden, RejectsOfEveryKindAreCountedByReason) {
  Write("bad.csv", kHeader + GoodRows("a") +
                       "b,,06315550999,2025-06-10T10:00:00+08:00,,,16,TG1\n"
                       "c,06315550001,,2025-06-10T10:00:00+08:00,,,16,TG1\n"
                       "d,anonymous,06315550999,2025-06-10T10:00:00+08:00,,,16,TG1\n"
                       "e,06315550001,06315550999,yesterday,,,16,TG1\n"
                       "f,06315550001\n"
                       "a0,06315550001,06315550999,2025-06-10T10:00:00+08:00,,,16,TG1\n"
                       "g,06315550001,06315550999,2025-06-10T10:00:30+08:00,"
                       "2025-06-10T10:00:20+08:00,,16,TG1\n"
                       "h,06315550001,06315550999,2025-06-10T06:00:00+08:00,,,16,TG1\n");
  Expect({"bad.csv"});
}

TEST_F(ScanGolden, UnreadableWhitelistHoldsEveryAction) {
  Write("good.csv", kHeader + GoodRows("a"));
  Expect({"--whitelist", "no-such-list.csv", "good.csv"});
}

TEST_F(ScanGolden, BrokenLedgerRowIsNamed) {
  Write("good.csv", kHeader + GoodRows("a"));
  Write("ledger.csv", "line_id,number,customer_id,class\nL1,06315550001,C-1,hospitl\n");
  Expect({"--ledger", "ledger.csv", "good.csv"});
}

TEST_F(ScanGolden, QuarantineThatCantBeWritten) {
  Write("bad.csv", kHeader + GoodRows("a") + "b,,,,,,,\n");
  Expect({"--quarantine", "no-such-folder/q.jsonl", "bad.csv"});
}

}  // namespace
}  // namespace ringfence
