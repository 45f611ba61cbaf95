// Why the machine may not act at present.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ringfence {

enum class DisarmReason : uint8_t {
  kStartUp,    // the journal is read again
  kClock,      // the clock was set
  kDisk,       // the disk is all but full
  kCrashLoop,  // the service crashed again and again; a person has to look
};

// Armed while no reason stands against it. Not thread-safe.
class Arming {
 public:
  // True when armed() or Why() are others than before.
  bool Set(DisarmReason reason, bool stands) {
    bool& standing = standing_[static_cast<size_t>(reason)];
    const bool changed = standing != stands;
    standing = stands;
    return changed;
  }
  bool armed() const {
    for (const bool standing : standing_) {
      if (standing) return false;
    }
    return true;
  }
  // For people: "the clock was set; the disk is all but full". Empty when armed.
  std::string Why() const {
    std::string why;
    for (size_t i = 0; i < kReasons; ++i) {
      if (!standing_[i]) continue;
      if (!why.empty()) why += "; ";
      why += kWords[i];
    }
    return why;
  }

 private:
  static constexpr size_t kReasons = 4;
  static constexpr std::array<const char*, kReasons> kWords = {
      "start-up", "the clock was set", "the disk is all but full",
      "the service crashed several times in a row"};

  std::array<bool, kReasons> standing_{};
};

}  // namespace ringfence
