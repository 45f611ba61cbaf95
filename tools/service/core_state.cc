#include "tools/service/core_state.h"

#include <xxhash.h>

#include <limits>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/model/bytes.h"

namespace ringfence {
namespace {

constexpr std::string_view kMagic = "RFCORE";
constexpr uint64_t kVersion = 1;
constexpr size_t kChecksumBytes = 8;

void WriteAccount(const Reconciliation& account, ByteWriter& writer) {
  for (const uint64_t count : {account.read, account.accepted, account.duplicates, account.late}) {
    writer.Varint(count);
  }
  writer.Varint(account.rejected.size());
  for (const uint64_t count : account.rejected) writer.Varint(count);
}

// Snapshots of before a reason was added have fewer of them.
bool ReadAccount(ByteReader& reader, Reconciliation& account) {
  for (uint64_t* count : {&account.read, &account.accepted, &account.duplicates, &account.late}) {
    *count = reader.Varint();
  }
  const uint64_t reasons = reader.Count();
  if (reasons > account.rejected.size()) return false;
  for (uint64_t i = 0; i < reasons; ++i) account.rejected[i] = reader.Varint();
  return reader.ok() && account.Balances();
}

bool ReadCrc(ByteReader& reader, uint32_t& crc) {
  const uint64_t value = reader.Varint();
  crc = static_cast<uint32_t>(value);
  return value <= std::numeric_limits<uint32_t>::max();
}

void WriteStreams(const std::vector<KeyedPosition>& streams, ByteWriter& writer) {
  writer.Varint(streams.size());
  for (const KeyedPosition& stream : streams) {
    writer.Text(stream.key.source);
    writer.Text(stream.key.stream);
    writer.Varint(stream.key.epoch);
    writer.Varint(stream.position.next_seq);
    writer.Varint(stream.position.next_offset);
    writer.Varint(stream.position.content_crc);
  }
}

bool ReadStreams(ByteReader& reader, std::vector<KeyedPosition>& streams) {
  const uint64_t count = reader.Count();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    KeyedPosition stream;
    stream.key.source = reader.Text();
    stream.key.stream = reader.Text();
    stream.key.epoch = reader.Varint();
    stream.position.next_seq = reader.Varint();
    stream.position.next_offset = reader.Varint();
    if (!ReadCrc(reader, stream.position.content_crc)) return false;
    if (!streams.empty() && !(streams.back().key < stream.key)) return false;
    streams.push_back(std::move(stream));
  }
  return reader.ok();
}

void WriteFiles(const std::vector<FilePosition>& files, ByteWriter& writer) {
  writer.Varint(files.size());
  for (const FilePosition& file : files) {
    writer.Text(file.path);
    writer.Varint(file.records);
    writer.Varint(file.offset);
    writer.Varint(file.content_crc);
  }
}

uint64_t ChecksumOf(const std::vector<std::string>& pieces) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  XXH3_64bits_reset(state.get());
  for (const std::string& piece : pieces) {
    XXH3_64bits_update(state.get(), piece.data(), piece.size());
  }
  return XXH3_64bits_digest(state.get());
}

bool ReadFiles(ByteReader& reader, std::vector<FilePosition>& files) {
  const uint64_t count = reader.Count();
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    FilePosition file;
    file.path = reader.Text();
    file.records = reader.Varint();
    file.offset = reader.Varint();
    if (!ReadCrc(reader, file.content_crc)) return false;
    files.push_back(std::move(file));
  }
  return reader.ok();
}

}  // namespace

size_t SnapshotPieces::bytes() const {
  size_t bytes = 0;
  for (const std::string& piece : pieces) bytes += piece.size();
  return bytes;
}

std::string SnapshotPieces::Join() const { return absl::StrJoin(pieces, ""); }

SnapshotPieces WriteCoreState(const CoreState& state, std::string detector,
                              std::string deduplicator) {
  ByteWriter writer;
  writer.Raw(kMagic);
  writer.Varint(kVersion);
  writer.Fixed64(state.fingerprint);
  writer.Varint(state.lsn);
  WriteAccount(state.account, writer);
  writer.Varint(state.quarantine.inode);
  writer.Varint(state.quarantine.size);
  WriteStreams(state.streams, writer);
  WriteFiles(state.files, writer);
  writer.Varint(detector.size());
  ByteWriter between;
  between.Varint(deduplicator.size());
  SnapshotPieces snapshot;
  snapshot.pieces.push_back(writer.Take());
  snapshot.pieces.push_back(std::move(detector));
  snapshot.pieces.push_back(between.Take());
  snapshot.pieces.push_back(std::move(deduplicator));
  ByteWriter checksum;
  checksum.Fixed64(ChecksumOf(snapshot.pieces));
  snapshot.pieces.push_back(checksum.Take());
  return snapshot;
}

absl::Status CheckCoreState(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return absl::DataLossError("not a snapshot");
  if (bytes.size() < kMagic.size() + 1 + kChecksumBytes) {
    return absl::DataLossError("snapshot cut off");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (ByteReader(bytes.substr(content.size())).Fixed64() !=
      XXH3_64bits(content.data(), content.size())) {
    return absl::DataLossError("snapshot damaged or cut off: its checksum differs");
  }
  return absl::OkStatus();
}

absl::StatusOr<ReadState> ReadCoreState(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.Raw(kMagic.size()) != kMagic) return absl::DataLossError("not a snapshot");
  const uint64_t version = reader.Varint();
  if (version != kVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("snapshot of version ", version, "; this program reads ", kVersion));
  }
  ReadState read;
  CoreState& state = read.state;
  state.fingerprint = reader.Fixed64();
  state.lsn = reader.Varint();
  bool whole = ReadAccount(reader, state.account);
  state.quarantine.inode = reader.Varint();
  state.quarantine.size = reader.Varint();
  whole = whole && ReadStreams(reader, state.streams) && ReadFiles(reader, state.files);
  read.detector = reader.Text();
  read.deduplicator = reader.Text();
  reader.Fixed64();
  if (!whole || !reader.AtEnd()) return absl::DataLossError("snapshot inconsistent");
  return read;
}

}  // namespace ringfence
