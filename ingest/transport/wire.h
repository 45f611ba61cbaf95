// The messages between a sender of CDRs and the receiver, as bytes. The format is documented in
// docs/wire-protocol.md; what is changed here is changed there, with another kWireVersion.
//
// One message is one ZeroMQ frame: 'R' 'F', version, type, CRC32C, body. All integers are
// little-endian. The decoder takes any bytes and never reads past them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "ingest/transport/stream.h"

namespace ringfence::wire {

inline constexpr uint8_t kWireVersion = 1;

// Limits that both ends keep; all inclusive, in bytes.
inline constexpr size_t kMaxSourceBytes = 64;
inline constexpr size_t kMaxStreamBytes = 512;
inline constexpr size_t kMaxHeaderBytes = 32 * 1024;
inline constexpr size_t kMaxColumnsBytes = 4 * 1024;
inline constexpr size_t kMaxOptionBytes = 64;  // every other field of FormatSpec
inline constexpr size_t kMaxSentenceBytes = 1024;
inline constexpr size_t kMaxPayloadBytes = 4 * 1024 * 1024;
inline constexpr size_t kDataOverheadBytes = 40;  // of a DATA message around its payload
inline constexpr size_t kMaxMessageBytes = kMaxPayloadBytes + 4096;

enum class Type : uint8_t {
  kHello = 1,
  kWelcome = 2,
  kRefused = 3,
  kData = 4,
  kAck = 5,
  kNack = 6,
  kBye = 7,
  kByeAck = 8,
};

enum class RefusalCode : uint16_t {
  kVersion = 1,     // the receiver does not speak this protocol version; final
  kMalformed = 2,   // the message breaks the format or a limit; final
  kNoSession = 3,   // unknown or replaced session: say HELLO (again)
  kStreams = 4,     // the receiver's table of streams is full; try later
  kGap = 5,         // the sender no longer has the records that the receiver needs next; final
  kFormat = 6,      // the receiver can't read this format; final
  kPastCredit = 7,  // DATA beyond the credit that was granted; not accepted, send it again later
  kTotal = 8,       // BYE names another total than the receiver holds; final
  kNotAllowed = 9,  // the sender's key is not one of this source; final
};

// "Here is a stream; I still have its records from first_seq on."
struct Hello {
  StreamKey key;
  uint64_t first_seq = 0;
  FormatSpec format;
};

// "Go on from there." `credit`: records numbered below position.next_seq + credit may be sent.
struct Welcome {
  uint64_t session = 0;  // stands for the stream in all further messages of this connection
  uint64_t epoch = 0;    // of the HELLO that is answered
  StreamPosition position;
  uint32_t credit = 0;
  uint32_t max_payload = 0;  // bytes
};

struct Refused {
  uint64_t session = 0;  // 0: the message named none that is known
  RefusalCode code = RefusalCode::kMalformed;
  std::string sentence;  // for people
};

// Records first_seq … first_seq + count - 1.
struct Data {
  uint64_t session = 0;
  uint64_t first_seq = 0;
  uint64_t offset = 0;  // of the first record in its file (decoded text); 0 if there is no file
  uint32_t count = 0;   // at least 1
  // `count` records, as the format of the stream has them; borrowed from the decoded bytes.
  std::string_view payload;
};

// "Everything before next_seq is durable here."
struct Ack {
  uint64_t session = 0;
  uint64_t next_seq = 0;
  uint32_t credit = 0;
};

// "I saw a record after next_seq, but next_seq itself is missing: go on from there."
struct Nack {
  uint64_t session = 0;
  uint64_t next_seq = 0;
};

// "The stream has `total` records and is complete." Sent when all of them are acknowledged.
struct Bye {
  uint64_t session = 0;
  uint64_t total = 0;
};

struct ByeAck {
  uint64_t session = 0;
  uint64_t total = 0;
};

using Message = std::variant<Hello, Welcome, Refused, Data, Ack, Nack, Bye, ByeAck>;

// A text longer than its limit is cut (Refused) or makes the message one that Decode refuses.
std::string Encode(const Message& message);

// Errors: Unimplemented (another protocol version), DataLoss (the checksum differs),
// InvalidArgument (anything else that breaks the format or a limit). A decoded Data borrows
// `bytes`.
absl::StatusOr<Message> Decode(std::string_view bytes);

}  // namespace ringfence::wire
