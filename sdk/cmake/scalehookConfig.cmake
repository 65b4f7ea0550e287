# find_package(scalehook): scalehook::sdk and scalehook_add_plugin(). Depends on nothing.
include(${CMAKE_CURRENT_LIST_DIR}/scalehookTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ScalehookPlugin.cmake)
# What includes plugin.hpp or testing.hpp needs C++20; a project of C alone cannot be asked for it.
if(CMAKE_CXX_COMPILER_LOADED)
  target_compile_features(scalehook::sdk INTERFACE cxx_std_20)
endif()
