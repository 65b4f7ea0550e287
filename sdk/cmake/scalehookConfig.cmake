# find_package(scalehook): scalehook::sdk and scalehook_add_plugin(). Depends on nothing.
include(${CMAKE_CURRENT_LIST_DIR}/scalehookTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/ScalehookPlugin.cmake)
