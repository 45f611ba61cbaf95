// The Python sender of docs/wire-protocol.md, as it stands there, against the real receiver: an
// implementation of the protocol that shares nothing with ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/integration/transport_peers.h"

extern char** environ;

namespace ringfence {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string PythonBlock(const std::string& page) {
  constexpr std::string_view kFence = "```python\n";
  const size_t begin = page.find(kFence);
  if (begin == std::string::npos) return "";
  const size_t from = begin + kFence.size();
  return page.substr(from, page.find("```", from) - from);
}

class TransportExample : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("ringfence-example-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    const std::string script = PythonBlock(ReadFile(RINGFENCE_SOURCE_DIR "/docs/wire-protocol.md"));
    ASSERT_FALSE(script.empty());
    std::ofstream(folder_ / "sender.py") << script;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  pid_t Start(const std::string& endpoint, const std::string& file) {
    std::string program = "/usr/bin/python3";  // the one that Debian's packages belong to
    std::string script = folder_ / "sender.py";
    std::string address = endpoint;
    std::string path = file;
    char* arguments[] = {program.data(), script.data(), address.data(), path.data(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ), 0);
    return pid;
  }

  std::filesystem::path folder_;
};

TEST_F(TransportExample, PythonSenderShipsItsFileAcrossARestartOfTheReceiver) {
  const std::string file = folder_ / "cdr.csv";
  std::ofstream(file) << "record_id,calling,called,setup_time\n" << Records(0, 4'000);
  DurableStore store;
  ReceiverOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.clock = Now;
  auto service = std::make_unique<ServiceThread>(options, store, 3);
  options.endpoint = service->endpoint();
  const pid_t pid = Start(service->endpoint(), file);
  service->Join();
  service.reset();
  options.session_seed = 1'000;
  ServiceThread restarted(options, store);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  restarted.Stop();
  EXPECT_EQ((store.records[{"example", file, 1}]), Records(0, 4'000));
}

}  // namespace
}  // namespace ringfence
