// Keys, and the list of those that may send, in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"

namespace ringfence {

class CurveFolder {
 public:
  CurveFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "ringfence-curve.XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~CurveFolder() { std::filesystem::remove_all(folder_); }
  CurveFolder(const CurveFolder&) = delete;
  CurveFolder& operator=(const CurveFolder&) = delete;

  std::string Path(const std::string& name) const { return folder_ / name; }
  std::string allow_path() const { return Path("allow"); }

  static CurveKeyPair NewKeys() { return *MakeCurveKeys(); }
  void Allow(const CurveKeyPair& keys, const std::string& source) const {
    const absl::Status allowed = AllowKey(allow_path(), {keys.public_key, source, ""});
    EXPECT_TRUE(allowed.ok()) << allowed;
  }
  void Revoke(const CurveKeyPair& keys) const {
    EXPECT_TRUE(RevokeKey(allow_path(), keys.public_key).ok());
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace ringfence
