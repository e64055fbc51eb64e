# What `cmake --install` puts where. The tree may be moved afterwards: CMake package and pkg-config file find it from where they are.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rmmsim)

install(DIRECTORY include/rmmsim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(TARGETS rmmsim rmmsim_shared rmmsim_compat EXPORT rmmsim)

# Compatible is what has the same soname: the same minor version while the major one is 0.
set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
endif()
install(EXPORT rmmsim NAMESPACE rmmsim:: FILE rmmsim-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/rmmsim-config.cmake.in rmmsim-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(rmmsim-config-version.cmake COMPATIBILITY ${compatibility})
install(FILES ${PROJECT_BINARY_DIR}/rmmsim-config.cmake ${PROJECT_BINARY_DIR}/rmmsim-config-version.cmake
  DESTINATION ${package_dir})

# Folders are named from where the pkg-config file is, unless they are absolute and so outside of the prefix. What belongs to
# the system stays where it is, and only by its plain name does pkg-config know /usr/include, which needs no -I.
file(RELATIVE_PATH up_to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX}/)
string(REGEX REPLACE "(.)/$" "\\1" pc_prefix "\${pcfiledir}/${up_to_prefix}")
if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
  set(pc_prefix /usr)
endif()
cmake_path(APPEND pc_libdir "\${prefix}" ${CMAKE_INSTALL_LIBDIR})
cmake_path(APPEND pc_includedir "\${prefix}" ${CMAKE_INSTALL_INCLUDEDIR})
foreach(name rmmsim rmmsim-static)
  configure_file(cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
