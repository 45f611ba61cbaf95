// Names of the lists' keys in Redis. The schema is a contract: docs/redis-keys.md.
#pragma once

namespace ringfence {

inline constexpr char kWhitelistKey[] = "rf:whitelist";  // hash: number -> EncodeEntry()
inline constexpr char kLedgerKey[] = "rf:ledger";        // hash: number -> EncodeOwner()
inline constexpr char kManifestKey[] = "rf:manifest";    // hash: Manifest

}  // namespace ringfence
