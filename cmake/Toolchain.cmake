# The language, the warnings and the hardening that every target is built with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(RINGFENCE_CCACHE ccache)
if(RINGFENCE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RINGFENCE_CCACHE})
endif()

add_library(ringfence_flags INTERFACE)
target_include_directories(ringfence_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(ringfence_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fstack-protector-strong -fcf-protection)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in std::string that are not there (GCC bug 105651).
  target_compile_options(ringfence_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(ringfence_flags INTERFACE -Wthread-safety)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT RINGFENCE_SANITIZE)
  target_compile_definitions(ringfence_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
target_link_options(ringfence_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

if(RINGFENCE_SANITIZE)
  add_compile_options(-fsanitize=${RINGFENCE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${RINGFENCE_SANITIZE})
endif()
