# Every target of the project is declared by one of these functions.

# What `ninja <name>` builds in one go: the tests of a suite, those that use threads, the fuzzers and
# the benchmarks. tools/test uses them to build no more than a suite needs.
foreach(group unit_tests property_tests golden_tests integration_tests threads_tests fuzzers benches)
  add_custom_target(${group})
endforeach()

# ringfence_module(<name> [HOT] SOURCES <file>... [PUBLIC <target>...] [PRIVATE <target>...])
# A library target ringfence_<name> with the alias ringfence::<name>. Headers are included from the
# root of the repository. PUBLIC is for what the module's own headers include; all else is PRIVATE.
# HOT marks a module that every CDR passes through: a release optimises it as far as it can.
function(ringfence_module name)
  cmake_parse_arguments(ARG "HOT" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target ringfence_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(ringfence::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ringfence_flags ${ARG_PRIVATE})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  if(ARG_HOT)
    target_compile_options(${target} PRIVATE ${RINGFENCE_HOT_OPTIONS})
    target_precompile_headers(${target} REUSE_FROM ringfence_hot_headers)
  else()
    target_precompile_headers(${target} REUSE_FROM ringfence_headers)
  endif()
endfunction()

# ringfence_test(<name> SUITE unit|integration|property|golden [THREADS]
#                SOURCES <file>... LINK <target>...)
# A GoogleTest program, one ctest entry, found by `ctest -L <suite>`. THREADS marks a program that
# starts threads: it also gets the label `threads` and is run under ThreadSanitizer.
function(ringfence_test name)
  cmake_parse_arguments(ARG "THREADS" "SUITE" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK} GTest::gmock GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM ringfence_test_headers)
  add_test(NAME ${ARG_SUITE}.${name} COMMAND ${name})
  add_dependencies(${ARG_SUITE}_tests ${name})
  set(labels ${ARG_SUITE})
  if(ARG_THREADS)
    list(APPEND labels threads)
    add_dependencies(threads_tests ${name})
  endif()
  set_tests_properties(${ARG_SUITE}.${name} PROPERTIES LABELS "${labels}" TIMEOUT 600)
endfunction()

# ringfence_bench_program(<name> SOURCES <file>... LINK <target>...)
# A program that the drivers in tests/bench run: optimised like what it measures.
function(ringfence_bench_program name)
  if(NOT RINGFENCE_BENCH)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)  # each has its own idea of a batch
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${RINGFENCE_HOT_OPTIONS})
  add_dependencies(benches ${name})
endfunction()

# ringfence_bench(<name> SOURCES <file>... LINK <target>...)
# A Google Benchmark program, run by `tools/bench --filter`. `ctest -L bench-smoke` runs each
# benchmark for a moment on a hundredth of its input (tests/bench/scale.h), so that it cannot rot.
function(ringfence_bench name)
  if(NOT RINGFENCE_BENCH)
    return()
  endif()
  ringfence_bench_program(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE benchmark::benchmark_main)
  if(RINGFENCE_TESTS)
    add_test(NAME bench-smoke.${name} COMMAND ${name} --benchmark_min_time=0.001)
    set_tests_properties(bench-smoke.${name} PROPERTIES LABELS bench-smoke TIMEOUT 600
                         ENVIRONMENT RINGFENCE_BENCH_SMOKE=1)
  endif()
endfunction()

# ringfence_fuzzer(<name> SOURCES <file>... LINK <target>... [CORPUS <folder>])
# With RINGFENCE_FUZZ a libFuzzer program, which tools/test runs for some seconds; without it the
# same code replays its corpus as a test, so that it cannot rot. Not in a release, which has no use
# for them.
function(ringfence_fuzzer name)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  endif()
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ringfence_flags ${ARG_LINK})
  add_dependencies(fuzzers ${name})
  if(RINGFENCE_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set(label libfuzzer)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    set(label fuzz)
  endif()
  if(ARG_CORPUS OR RINGFENCE_FUZZ)
    if(ARG_CORPUS)
      cmake_path(ABSOLUTE_PATH ARG_CORPUS BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
    add_test(NAME ${label}.${name} COMMAND ${name} ${ARG_CORPUS})
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT 600)
  endif()
endfunction()
