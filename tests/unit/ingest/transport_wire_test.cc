#include "ingest/transport/wire.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "ingest/model/crc32c.h"

namespace ringfence::wire {
namespace {

Hello ExampleHello() {
  Hello hello;
  hello.key = {"msc-01", "cdr.csv", 7};
  hello.first_seq = 3;
  hello.format = {"canonical", "record_id,calling", "a=1", ",", "86", "631",
                  "e164",      "Asia/Shanghai"};
  return hello;
}

std::vector<Message> OneOfEach() {
  return {ExampleHello(),
          Welcome{11, 7, {100, 2'000, 0xABCD}, 200'000, 1'048'576},
          Refused{11, RefusalCode::kGap, "go back"},
          Data{11, 100, 2'000, 2, "a\nb\n"},
          Ack{11, 102, 200'000},
          Nack{11, 100},
          Bye{11, 102},
          ByeAck{11, 102}};
}

// A message with any version, type and body, and the checksum that belongs to it.
std::string Sealed(uint8_t version, uint8_t type, std::string_view body) {
  std::string bytes = {'R', 'F', static_cast<char>(version), static_cast<char>(type)};
  const uint32_t crc = ExtendCrc32c(Crc32c(bytes), body);
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(crc >> (8 * i)));
  bytes.append(body);
  return bytes;
}

absl::StatusCode DecodedCode(std::string_view bytes) { return Decode(bytes).status().code(); }

TEST(Wire, EveryMessageDecodesToWhatWasEncoded) {
  for (const Message& message : OneOfEach()) {
    const std::string bytes = Encode(message);
    absl::StatusOr<Message> decoded = Decode(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->index(), message.index());
    EXPECT_EQ(Encode(*decoded), bytes);
  }
}

TEST(Wire, HelloKeepsEveryFieldOfTheFormat) {
  const std::string bytes = Encode(ExampleHello());
  absl::StatusOr<Message> decoded = Decode(bytes);
  ASSERT_TRUE(decoded.ok());
  const Hello& hello = std::get<Hello>(*decoded);
  EXPECT_EQ(hello.key, ExampleHello().key);
  EXPECT_EQ(hello.first_seq, 3u);
  EXPECT_EQ(hello.format, ExampleHello().format);
}

// These bytes stand in docs/wire-protocol.md.
TEST(Wire, BytesAreThoseOfTheDocumentation) {
  EXPECT_EQ(absl::BytesToHexString(Encode(Ack{0x0102, 3, 200'000})),
            "52460105"
            "458ec13e"
            "0201000000000000"
            "0300000000000000"
            "400d0300");
  EXPECT_EQ(absl::BytesToHexString(Encode(Data{0x0102, 3, 16, 2, "a\nb\n"})),
            "52460104"
            "137ab768"
            "0201000000000000"
            "0300000000000000"
            "1000000000000000"
            "02000000"
            "04000000"
            "610a620a");
}

TEST(Wire, DataOverheadIsTheDocumentedOne) {
  EXPECT_EQ(Encode(Data{1, 0, 0, 1, "\n"}).size(), kDataOverheadBytes + 1);
}

TEST(Wire, AnySingleFlippedBitIsFound) {
  for (const Message& message : OneOfEach()) {
    const std::string good = Encode(message);
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string bad = good;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(Decode(bad).ok()) << "bit " << bit;
    }
  }
}

TEST(Wire, AnyCutOffMessageIsFound) {
  for (const Message& message : OneOfEach()) {
    const std::string good = Encode(message);
    for (size_t size = 0; size < good.size(); ++size) {
      EXPECT_FALSE(Decode(std::string_view(good).substr(0, size)).ok()) << size;
      // Also where the checksum fits the shorter body.
      if (size < 8) continue;
      const std::string sealed =
          Sealed(1, static_cast<uint8_t>(good[3]), std::string_view(good).substr(8, size - 8));
      EXPECT_EQ(DecodedCode(sealed), absl::StatusCode::kInvalidArgument) << size;
    }
  }
}

TEST(Wire, BytesAfterTheLastFieldAreRefused) {
  for (const Message& message : OneOfEach()) {
    const std::string good = Encode(message);
    const std::string longer =
        Sealed(1, static_cast<uint8_t>(good[3]), std::string(good.substr(8)) + '\n');
    EXPECT_EQ(DecodedCode(longer), absl::StatusCode::kInvalidArgument);
  }
}

TEST(Wire, AnotherVersionIsUnimplemented) {
  EXPECT_EQ(DecodedCode(Sealed(2, 5, "")), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(DecodedCode(Sealed(0, 5, "")), absl::StatusCode::kUnimplemented);
}

TEST(Wire, DamagedChecksumIsDataLoss) {
  std::string bytes = Encode(Ack{1, 2, 3});
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(DecodedCode(bytes), absl::StatusCode::kDataLoss);
}

TEST(Wire, UnknownTypesAreRefused) {
  EXPECT_EQ(DecodedCode(Sealed(1, 0, "")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodedCode(Sealed(1, 9, "")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodedCode(Sealed(1, 255, "")), absl::StatusCode::kInvalidArgument);
}

TEST(Wire, TextsAtTheirLimitPassAndOneByteMoreIsRefused) {
  Hello hello = ExampleHello();
  hello.key.source.assign(kMaxSourceBytes, 's');
  hello.key.stream.assign(kMaxStreamBytes, 't');
  hello.format.header.assign(kMaxHeaderBytes, 'h');
  EXPECT_TRUE(Decode(Encode(hello)).ok());
  hello.key.source.push_back('s');
  EXPECT_EQ(DecodedCode(Encode(hello)), absl::StatusCode::kInvalidArgument);
  hello = ExampleHello();
  hello.format.header.assign(kMaxHeaderBytes + 1, 'h');
  EXPECT_EQ(DecodedCode(Encode(hello)), absl::StatusCode::kInvalidArgument);
  hello = ExampleHello();
  hello.format.area.assign(kMaxOptionBytes + 1, '1');
  EXPECT_EQ(DecodedCode(Encode(hello)), absl::StatusCode::kInvalidArgument);
}

TEST(Wire, HelloNeedsSourceStreamAndFormat) {
  Hello hello = ExampleHello();
  hello.key.source.clear();
  EXPECT_FALSE(Decode(Encode(hello)).ok());
  hello = ExampleHello();
  hello.key.stream.clear();
  EXPECT_FALSE(Decode(Encode(hello)).ok());
  hello = ExampleHello();
  hello.format.format.clear();
  EXPECT_FALSE(Decode(Encode(hello)).ok());
}

TEST(Wire, LongSentenceIsCut) {
  const std::string bytes = Encode(Refused{0, RefusalCode::kFormat, std::string(5'000, 'x')});
  absl::StatusOr<Message> decoded = Decode(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(std::get<Refused>(*decoded).sentence.size(), kMaxSentenceBytes);
}

TEST(Wire, ImpossibleBatchesAreRefused) {
  EXPECT_FALSE(Decode(Encode(Data{1, 0, 0, 0, "a\n"})).ok()) << "no record";
  EXPECT_FALSE(Decode(Encode(Data{1, 0, 0, 1, ""})).ok()) << "no byte";
  EXPECT_FALSE(Decode(Encode(Data{1, 0, 0, 3, "a\n"})).ok()) << "more records than bytes";
  EXPECT_FALSE(Decode(Encode(Data{1, UINT64_MAX, 0, 1, "a\n"})).ok()) << "sequence overflow";
  EXPECT_FALSE(Decode(Encode(Data{1, 0, UINT64_MAX, 1, "a\n"})).ok()) << "offset overflow";
}

TEST(Wire, PayloadAtTheLimitPassesAndOneByteMoreIsRefused) {
  std::string payload(kMaxPayloadBytes - 1, 'x');
  payload.push_back('\n');
  EXPECT_TRUE(Decode(Encode(Data{1, 0, 0, 1, payload})).ok());
  payload.insert(0, "x");
  EXPECT_FALSE(Decode(Encode(Data{1, 0, 0, 1, payload})).ok());
}

TEST(Crc32c, BothImplementationsGiveThePublishedCheckValue) {
  EXPECT_EQ(crc32c_internal::ExtendByTable(0, "123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  if (crc32c_internal::HardwareAvailable()) {
    EXPECT_EQ(crc32c_internal::ExtendByHardware(0, "123456789"), 0xE3069283u);
  }
}

TEST(Crc32c, ImplementationsAgreeForEveryLengthAndAlignment) {
  if (!crc32c_internal::HardwareAvailable()) GTEST_SKIP() << "no SSE4.2 here";
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes.push_back(static_cast<char>(i * 37));
  for (size_t from = 0; from < 9; ++from) {
    for (size_t size = 0; from + size <= bytes.size(); ++size) {
      std::string_view part = std::string_view(bytes).substr(from, size);
      EXPECT_EQ(crc32c_internal::ExtendByTable(5, part),
                crc32c_internal::ExtendByHardware(5, part));
    }
  }
}

TEST(Crc32c, ImplementationsAgreeForTextsOfManyLanes) {
  if (!crc32c_internal::HardwareAvailable()) GTEST_SKIP() << "no SSE4.2 here";
  std::mt19937 random(1);
  std::string bytes(70'000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (const size_t size : {3071u, 3072u, 3073u, 6143u, 6144u, 6151u, 65'536u, 69'999u}) {
    for (size_t from = 0; from < 2; ++from) {
      const std::string_view part = std::string_view(bytes).substr(from, size);
      const auto crc = static_cast<uint32_t>(random());
      EXPECT_EQ(crc32c_internal::ExtendByTable(crc, part),
                crc32c_internal::ExtendByHardware(crc, part));
    }
  }
}

TEST(Crc32c, ExtendingIsTheSameAsAllAtOnce) {
  EXPECT_EQ(ExtendCrc32c(Crc32c("1234"), "56789"), Crc32c("123456789"));
  EXPECT_EQ(Crc32c(""), 0u);
}

}  // namespace
}  // namespace ringfence::wire
