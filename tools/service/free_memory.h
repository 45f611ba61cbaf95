// How much memory this process may still take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ringfence {

// In bytes: the least of what the machine can give without swapping and of what the limits of the
// control groups (version 2) around this process leave. None: neither can be seen. Folders: where
// the kernel shows them.
std::optional<uint64_t> FreeMemory(const std::string& proc = "/proc",
                                   const std::string& control_groups = "/sys/fs/cgroup");

}  // namespace ringfence
