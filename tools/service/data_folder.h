// Where things lie in the service's data folder.
#pragma once

#include <string>

namespace ringfence {

struct DataFolder {
  std::string root;

  std::string Store() const { return root + "/ringfence.db"; }
  std::string Redis() const { return root + "/redis"; }  // folder of the embedded server
  std::string Quarantine() const { return root + "/quarantine.jsonl"; }
  std::string Status() const { return root + "/status.json"; }
  // A name from the configuration: in the folder unless it is an absolute path.
  std::string File(const std::string& name) const {
    return name.starts_with('/') ? name : root + "/" + name;
  }
};

}  // namespace ringfence
