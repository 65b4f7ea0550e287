# scalehook_add_plugin(<target> NAME <plugin-name> SOURCES <file>… [LINK <library>…])
#
# Makes <plugin-name>.so, which exports scalehook_plugin_v1 and nothing else, and in which every
# other symbol is defined at link. Two variables, read where the function is called:
#   SCALEHOOK_PLUGIN_OUTPUT_DIRECTORY  where it is built; the current build folder if unset
#   SCALEHOOK_PLUGIN_INSTALL_DIR       where it is installed, relative to the prefix; not if unset

function(scalehook_add_plugin target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "SOURCES;LINK")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "scalehook_add_plugin(${target}): unknown: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_NAME MATCHES "^[a-z0-9-]+$" OR NOT arg_SOURCES)
    message(FATAL_ERROR "scalehook_add_plugin(${target}): give NAME ([a-z0-9-]+, the same as in "
                        "the plugin's source) and SOURCES")
  endif()

  add_library(${target} MODULE ${arg_SOURCES})
  if(CMAKE_CXX_COMPILER_LOADED)
    target_compile_features(${target} PRIVATE cxx_std_20)  # plugin.hpp; plugin.h is content with C11
  endif()
  target_link_libraries(${target} PRIVATE scalehook::sdk ${arg_LINK})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${arg_NAME} SUFFIX .so
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(SCALEHOOK_PLUGIN_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY ${SCALEHOOK_PLUGIN_OUTPUT_DIRECTORY})
  endif()

  # Whatever the builder's umask: scalehook refuses a plugin that its group may write.
  add_custom_command(TARGET ${target} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${target}> VERBATIM)

  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_options(${target} PRIVATE LINKER:--version-script=${map})
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${map})
  # clang links its sanitizers' runtime into the program only, so a library has to leave them open.
  get_directory_property(options COMPILE_OPTIONS)
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang"
          AND "${options} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize"))
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()

  if(SCALEHOOK_PLUGIN_INSTALL_DIR)
    install(TARGETS ${target} LIBRARY DESTINATION ${SCALEHOOK_PLUGIN_INSTALL_DIR})
  endif()
endfunction()
