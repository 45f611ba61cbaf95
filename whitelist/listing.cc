#include "whitelist/listing.h"

#include <array>
#include <cstddef>

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 5> kLineClasses = {"ordinary", "hospital", "government",
                                                          "utility", "disaster-warning"};
constexpr std::array<std::string_view, 4> kLineStatuses = {"active", "warned", "suspended",
                                                           "closed"};
constexpr std::array<std::string_view, 3> kProtections = {"none", "public-service",
                                                          "protected-class"};

template <typename Enum, size_t n>
std::optional<Enum> FromName(const std::array<std::string_view, n>& names, std::string_view name) {
  for (size_t i = 0; i < n; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view LineClassName(LineClass line_class) {
  return kLineClasses[static_cast<size_t>(line_class)];
}

std::string_view LineStatusName(LineStatus status) {
  return kLineStatuses[static_cast<size_t>(status)];
}

std::string_view ProtectionName(Protection protection) {
  return kProtections[static_cast<size_t>(protection)];
}

std::vector<std::string> LineClassNames() { return {kLineClasses.begin(), kLineClasses.end()}; }

std::optional<LineClass> LineClassFromName(std::string_view name) {
  return FromName<LineClass>(kLineClasses, name);
}

std::optional<LineStatus> LineStatusFromName(std::string_view name) {
  return FromName<LineStatus>(kLineStatuses, name);
}

}  // namespace ringfence
