// `ringfence` as a process: run to its end, or in the background beside a test.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace ringfence {

struct ProgramEnd {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string out;
  std::string err;
};

// A process in `folder`, with its output in files there; reads from `input` if there is one. It is
// killed if the test forgets it.
class Program {
 public:
  Program(const std::string& folder, std::vector<std::string> arguments, int input = -1)
      : out_(folder + "/stdout.txt"), err_(folder + "/stderr.txt"), input_(input) {
    std::vector<char*> pointers;
    arguments.insert(arguments.begin(), RINGFENCE_PROGRAM);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) Become(folder, pointers);
    end_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    EXPECT_GE(end_, 0);
  }
  ~Program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(end_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }

  // Waits until it has ended by itself.
  ProgramEnd Wait() {
    if (!EndsWithin(std::chrono::seconds(120))) {
      ADD_FAILURE() << "does not end: " << ReadAll(err_);
      kill(pid_, SIGKILL);
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadAll(out_),
            ReadAll(err_)};
  }

  ProgramEnd Stop() { return End(SIGTERM); }
  ProgramEnd End(int signal) {
    kill(pid_, signal);
    return Wait();
  }

  // Asks again and again until `holds`; false when the program ended or 30 s passed.
  bool Await(const std::function<bool()>& holds) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      if (EndsWithin(std::chrono::milliseconds(20))) return false;
      if (std::chrono::steady_clock::now() > deadline) return false;
    }
    return true;
  }

 private:
  [[noreturn]] void Become(const std::string& folder, std::vector<char*>& arguments) const {
    if (input_ >= 0) dup2(input_, STDIN_FILENO);
    const int flags = O_CREAT | O_TRUNC | O_WRONLY;
    dup2(open(out_.c_str(), flags, 0600), STDOUT_FILENO);
    dup2(open(err_.c_str(), flags, 0600), STDERR_FILENO);
    unsetenv("RINGFENCE_DATA");
    if (chdir(folder.c_str()) == 0) execv(arguments[0], arguments.data());
    _exit(127);
  }

  bool EndsWithin(std::chrono::milliseconds bound) const {
    pollfd ended{end_, POLLIN, 0};
    return poll(&ended, 1, static_cast<int>(bound.count())) > 0;
  }

  static std::string ReadAll(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string out_;
  std::string err_;
  int input_;
  pid_t pid_ = -1;
  int end_ = -1;  // pidfd: readable when it has ended
};

// Runs it to its end.
inline ProgramEnd RunProgram(const std::string& folder, std::vector<std::string> arguments) {
  return Program(folder, std::move(arguments)).Wait();
}

}  // namespace ringfence
