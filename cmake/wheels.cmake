# Adapts a build to ROS 2 installed from Python wheels. Pass it as CMAKE_PROJECT_INCLUDE; a build in
# a ROS 2 workspace does not need it, and CMakeLists.txt knows nothing of it.

# The wheels' targets name include directories of the machine that built the wheels. Those do not
# exist here, and CMake refuses them when it generates. rosidl finds the right Python and numpy
# headers by itself, so the dead entries are dropped once all packages have been found.
function(reasonseg_drop_wheel_builder_includes)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT includes)
      continue()
    endif()
    set(kept)
    foreach(entry IN LISTS includes)
      if(NOT entry MATCHES "^/opt/python/" OR EXISTS "${entry}")
        list(APPEND kept "${entry}")
      endif()
    endforeach()
    set_property(TARGET ${target} PROPERTY INTERFACE_INCLUDE_DIRECTORIES "${kept}")
  endforeach()
endfunction()

# A virtual environment inside the source tree puts the numpy headers there too, and CMake does not
# export include directories of the source tree. They are needed for this build only.
function(reasonseg_keep_source_includes_private)
  get_property(targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT includes)
      continue()
    endif()
    set(kept)
    foreach(entry IN LISTS includes)
      string(FIND "${entry}" "${CMAKE_SOURCE_DIR}/" position)
      if(position EQUAL 0)
        set(entry "$<BUILD_INTERFACE:${entry}>")
      endif()
      list(APPEND kept "${entry}")
    endforeach()
    set_property(TARGET ${target} PROPERTY INTERFACE_INCLUDE_DIRECTORIES "${kept}")
  endforeach()
endfunction()

cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL reasonseg_drop_wheel_builder_includes)
cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL reasonseg_keep_source_includes_private)
