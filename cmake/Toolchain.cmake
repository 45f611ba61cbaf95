# The language, the warnings and the hardening that every target is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(RINGFENCE_CCACHE ccache)
if(RINGFENCE_CCACHE)
  # Without this ccache passes over whatever is built with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros ${RINGFENCE_CCACHE})
endif()

add_library(ringfence_flags INTERFACE)
# As hiredis asks for; where all have it, all can share the precompiled headers.
target_compile_definitions(ringfence_flags INTERFACE _FILE_OFFSET_BITS=64)
target_include_directories(ringfence_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(ringfence_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fPIE -fstack-protector-strong -fcf-protection)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees copies in std::string that overlap or leave it and that are not there (GCC bug
  # 105651); with a precompiled header it no longer knows that they stand in the system's headers.
  # clang and the sanitizers look at the same code.
  target_compile_options(ringfence_flags INTERFACE
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(ringfence_flags INTERFACE -fpch-preprocess)  # for ccache
  # Collecting its own garbage from 128 MB on takes GCC a sixth of its time; no source needs 1 GB.
  target_compile_options(ringfence_flags INTERFACE
    "SHELL:--param ggc-min-heapsize=1000000" "SHELL:--param ggc-min-expand=400")
  if(CMAKE_UNITY_BUILD)
    # A class with a member from an anonymous namespace is fine in a source, which unity calls a header.
    target_compile_options(ringfence_flags INTERFACE -Wno-subobject-linkage)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(ringfence_flags INTERFACE -Wthread-safety)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT RINGFENCE_SANITIZE)
  target_compile_definitions(ringfence_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
target_link_options(ringfence_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)

# What every CDR passes through; the rest of a release is built in half the time with -O1.
set(RINGFENCE_HOT_OPTIONS $<$<CONFIG:Release>:-O3>)

if(RINGFENCE_SANITIZE)
  add_compile_options(-fsanitize=${RINGFENCE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RINGFENCE_SANITIZE})
endif()

# What leads a fuzzer to new ground is the way through the modules, not that through its own file.
if(RINGFENCE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
