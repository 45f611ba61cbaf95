# Every target of the project is declared by one of these functions.

# ringfence_module(<name> SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
# A library target ringfence_<name> with the alias ringfence::<name>. Headers are included from the
# root of the repository. PUBLIC is for what the module's own headers include; all else is PRIVATE.
function(ringfence_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target ringfence_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(ringfence::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ringfence_flags ${ARG_PRIVATE})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()

# ringfence_test(<name> SUITE unit|integration|property|golden SOURCES <file>... LINK <target>...)
# A GoogleTest program, one ctest entry, found by `ctest -L <suite>`.
function(ringfence_test name)
  cmake_parse_arguments(ARG "" "SUITE" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK} GTest::gmock GTest::gtest_main)
  add_test(NAME ${ARG_SUITE}.${name} COMMAND ${name})
  set_tests_properties(${ARG_SUITE}.${name} PROPERTIES LABELS ${ARG_SUITE} TIMEOUT 600)
endfunction()

# ringfence_bench(<name> SOURCES <file>... LINK <target>...)
# A Google Benchmark program; built with everything else so that it cannot rot, run by tools/bench.
function(ringfence_bench name)
  if(NOT RINGFENCE_BENCH)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK} benchmark::benchmark_main)
endfunction()

# ringfence_fuzzer(<name> SOURCES <file>... LINK <target>... [CORPUS <folder>])
# With RINGFENCE_FUZZ a libFuzzer program; without it the same code replays its corpus as a test, so
# that it cannot rot.
function(ringfence_fuzzer name)
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK})
  if(RINGFENCE_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
  endif()
  if(ARG_CORPUS)
    add_test(NAME fuzz.${name} COMMAND ${name} ${ARG_CORPUS})
    if(RINGFENCE_FUZZ)
      set_tests_properties(fuzz.${name} PROPERTIES DISABLED ON)
    else()
      set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 600)
    endif()
  endif()
endfunction()
