#include "ingest/journal/posix_disk.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/integration/scratch_directory.h"

namespace ringfence {
namespace {

TEST(PosixDisk, ReadsAllOfAFileWhateverItsSize) {
  const ScratchDirectory scratch;
  const auto disk = PosixDisk::At(scratch.path()).value();
  for (const size_t size : {0, 1, 4096, 1'000'000}) {
    const std::string bytes(size, 'b');
    const auto file = disk->Create("file").value();
    ASSERT_TRUE(file->Write(0, bytes).ok());
    const auto read = file->ReadAll();
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->view, bytes);
  }
}

TEST(PosixDisk, WhatWasReadStaysWhenTheFileIsClosedAndRemoved) {
  const ScratchDirectory scratch;
  const auto disk = PosixDisk::At(scratch.path()).value();
  FileBytes read;
  {
    const auto file = disk->Create("file").value();
    ASSERT_TRUE(file->Write(0, "bytes").ok());
    read = file->ReadAll().value();
  }
  ASSERT_TRUE(disk->Remove("file").ok());
  EXPECT_EQ(read.view, "bytes");
}

}  // namespace
}  // namespace ringfence
