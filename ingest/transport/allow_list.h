// Which CURVE keys may send, and as which source: a file that people and `ringfence keys` edit.
//
//   # one key per line: public key, source, and what you like behind a #
//   Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID msc-01   # since 2026-11-24
//
// A source may have several keys (that is how a key is replaced), a key has one source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

struct AllowedKey {
  std::string public_key;
  std::string source;
  std::string note;  // behind the #
};

// A value; immutable.
class AllowList {
 public:
  AllowList() = default;
  // InvalidArgument, with the line, for anything that is no key with a source, and for a key that
  // stands twice.
  static absl::StatusOr<AllowList> Parse(std::string_view text);
  // Errors name the file; also FailedPrecondition when group or others may write it.
  static absl::StatusOr<AllowList> Load(const std::string& path);

  // "" for a key that may not send.
  std::string_view SourceOf(std::string_view public_key) const;
  const std::vector<AllowedKey>& keys() const { return keys_; }

 private:
  std::vector<AllowedKey> keys_;
  absl::flat_hash_map<std::string, size_t> by_key_;
};

// Both replace the file in one step, and keep comments and the order of lines.
// Adds a key; makes the file when there is none. AlreadyExists when the key is there.
absl::Status AllowKey(const std::string& path, const AllowedKey& key);
// Removes every line of this key. NotFound when there is none.
absl::Status RevokeKey(const std::string& path, std::string_view public_key);

// What changes when somebody writes or replaces the file; "" when it can't be looked at.
std::string FileStamp(const std::string& path);

}  // namespace ringfence
