# How everything of ours is compiled: warnings are errors, ccache and mold where they are installed.

find_program(SCALEHOOK_CCACHE ccache)
if(SCALEHOOK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Relative to the source tree, so that another checkout finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${SCALEHOOK_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

find_program(SCALEHOOK_MOLD mold)
if(SCALEHOOK_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(scalehook_warnings INTERFACE)
target_compile_options(scalehook_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

# std::filesystem instead of Boost.Filesystem; Boost 1.81 or later.
add_compile_definitions(BOOST_DLL_USE_STD_FS)

if(SCALEHOOK_SANITIZE)
  add_compile_options(-fsanitize=${SCALEHOOK_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SCALEHOOK_SANITIZE})
  if(SCALEHOOK_SANITIZE MATCHES "thread")
    # Stand-alone fences are unknown to ThreadSanitizer.
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

# One CMake target per folder of core/: scalehook_folder(<name> SOURCES … LINK …) makes
# scalehook::<name>. Headers are included from the top: "core/<name>/<face>.hpp".
function(scalehook_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE_LINK")
  add_library(scalehook_${name} STATIC ${arg_SOURCES})
  add_library(scalehook::${name} ALIAS scalehook_${name})
  target_include_directories(scalehook_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(scalehook_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK}
                                                         scalehook_warnings)
endfunction()
