#!/usr/bin/env bash
# Each installed header compiles alone, in C11, C17 and C++17, without a warning.   headers.sh BUILD_DIR SOURCE_DIR
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" headers

# LANGUAGE STANDARD COMPILER...: those of the compilers that are here.
check() {
        local compiler header
        for compiler in "${@:3}"; do
                if command -v "$compiler" >/dev/null; then
                        echo "$compiler -std=$2"
                        for header in "$prefix"/include/rmmsim/{,compat/,compat/linux/}*.h; do
                                echo "#include <${header#"$prefix/include/"}>" |
                                        "$compiler" -std="$2" -Wall -Wextra -Wpedantic -Werror -I"$prefix/include" -fsyntax-only -x "$1" -
                        done
                fi
        done
}
check c c11 gcc clang
check c c17 gcc clang
check c++ c++17 g++ clang++
