// snapshot_seeds FOLDER: writes the seeds of corpus/snapshot that have the forms of this version,
// without and with features.
#include <fstream>
#include <iostream>
#include <string>

#include "tests/fuzz/sample_snapshot.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: snapshot_seeds FOLDER\n";
    return 2;
  }
  for (const bool features : {false, true}) {
    const std::string path = absl::StrCat(argv[1], features ? "/form_5" : "/form_4");
    std::ofstream file(path, std::ios::binary);
    file << ringfence::SampleSnapshot(features);
    if (!file.flush()) {
      std::cerr << path << ": can't be written\n";
      return 1;
    }
  }
}
