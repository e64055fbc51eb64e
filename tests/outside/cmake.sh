#!/usr/bin/env bash
# Clients built by CMake, static and shared, against the installed package.   cmake.sh BUILD_DIR SOURCE_DIR CC CXX
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" cmake

cmake -S "$source/tests/outside/client" -B "$work" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$3" -DCMAKE_CXX_COMPILER="$4" >/dev/null
cmake --build "$work" >/dev/null
for program in "$work"/{client,attach}_*; do
        basename "$program"
        "$program" >/dev/null
done
