// A place for the files of one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace ringfence {

// A directory of its own in /tmp (the path of a unix socket must be short), removed at the end.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = "/tmp/ringfence-test-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ringfence
