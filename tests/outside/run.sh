#!/usr/bin/env bash
# Install the library to a folder of its own and use it from there, as a stranger would.
#   run.sh BUILD_DIR SOURCE_DIR CC CXX
set -euo pipefail
build=$1 source=$2 cc=$3 cxx=$4
work=$build/outside
rm -rf "$work"
cmake --install "$build" --prefix "$work/prefix" >/dev/null
libdir=$(dirname "$(find "$work/prefix" -name librmmsim.a)")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir

echo "CMake package, static and shared"
cmake -S "$source/tests/outside" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$cc" >/dev/null
cmake --build "$work/build" >/dev/null
"$work/build/outside_rmmsim"
"$work/build/outside_shared"
for program in "$work"/build/attach_*; do
        "$program" >/dev/null
done

echo "pkg-config, shared and static"
bind=$(pkg-config --variable=bind rmmsim)
ffi=$([ "$bind" = yes ] && echo libffi || true)
# shellcheck disable=SC2046
"$cc" "$source/tests/outside/outside.c" -o "$work/by_pkg_config" $(pkg-config --cflags --libs rmmsim)
"$work/by_pkg_config"
# shellcheck disable=SC2046
"$cc" "$source/tests/outside/outside.c" -o "$work/by_pkg_config_static" $(pkg-config --cflags rmmsim) "$libdir/librmmsim.a" \
        $(pkg-config --libs libcrypto libcbor $ffi) -lpthread
"$work/by_pkg_config_static"

echo "other code bases: kernel-style, bare metal, and through function pointers"
examples=(linux baremetal)
if [ "$bind" = yes ]; then
        examples+=(ops check)
fi
for example in "${examples[@]}"; do
        # shellcheck disable=SC2046
        "$cc" -I"$(pkg-config --variable=compatdir rmmsim)" "$source/tests/compat/attach/$example.c" -o "$work/$example" \
                $(pkg-config --cflags --libs rmmsim)
        "$work/$example" >/dev/null
done

echo "the example of the README, word for word"
sed -n '/^```c$/,/^```$/p' "$source/README.md" | sed '1d' | sed '/^```$/,$d' | cmp - "$source/examples/first_test.c"
sed -n '/^    cc first_test.c/s/^ *//p' "$source/README.md" | grep -q pkg-config

echo "exported names"
for names in "$(nm -g --defined-only "$libdir/librmmsim.a" | awk 'NF == 3 {print $3}')" \
             "$(nm -D --defined-only "$libdir/librmmsim.so" | awk 'NF == 3 {print $3}')"; do
        if grep -v '^rmmsim_' <<<"$names"; then
                echo "these names are exported and should not be" >&2
                exit 1
        fi
        grep -q '^rmmsim_smc$' <<<"$names"
done

echo "each header alone, in C11, C17 and C++17"
for header in "$work"/prefix/include/rmmsim/{,compat/,compat/linux/}*.h; do
        for std in c11 c17; do
                "$cc" -std=$std -Wall -Wextra -Wpedantic -Werror -I"$work/prefix/include" -fsyntax-only -x c "$header"
        done
        "$cxx" -std=c++17 -Wall -Wextra -Wpedantic -Werror -I"$work/prefix/include" -fsyntax-only -x c++ "$header"
done
