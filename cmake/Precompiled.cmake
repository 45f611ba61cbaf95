# Headers that nearly every source reads, compiled once: two of three seconds of a usual file.
# Sources include what they use all the same; the presets `debug` and `fuzz` build without this.
function(ringfence_precompiled name)
  file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE ringfence_flags absl::flat_hash_map absl::statusor
                                        absl::strings absl::time)
  target_precompile_headers(${name} PRIVATE
    <algorithm> <array> <chrono> <cstdint> <functional> <memory> <optional> <string> <string_view>
    <utility> <vector> <absl/container/flat_hash_map.h> <absl/status/statusor.h>
    <absl/strings/str_cat.h> <absl/strings/str_format.h> <absl/time/time.h> ${ARGN})
endfunction()

ringfence_precompiled(ringfence_headers)
ringfence_precompiled(ringfence_hot_headers)  # a precompiled header keeps the level it was made with
target_compile_options(ringfence_hot_headers PRIVATE ${RINGFENCE_HOT_OPTIONS})
if(RINGFENCE_TESTS)
  ringfence_precompiled(ringfence_test_headers <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(ringfence_test_headers PRIVATE GTest::gmock GTest::gtest)
endif()
