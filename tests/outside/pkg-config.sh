#!/usr/bin/env bash
# Clients built by hand with pkg-config: shared, from the archive beside it, and from a tree that holds nothing else.
#   pkg-config.sh BUILD_DIR SOURCE_DIR CC CXX
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" pkg-config
cc=$3 cxx=$4

# NAME COMPILER SOURCE... : whatever pkg-config says is left as words of its own.
client() {
        echo "$1"
        "${@:2}" -o "$work/$1"
        "$work/$1" >"$work/$1.out"
}
# While there is no 1.0 each minor version has a soname of its own.
version=$(pkg-config --modversion rmmsim)
case $version in
0.*) soname=librmmsim.so.${version%.*} ;;
*) soname=librmmsim.so.${version%%.*} ;;
esac
needs_librmmsim() {
        readelf -d "$work/$1" | grep -qF "[$soname]"
}
read -ra shared < <(pkg-config --cflags --libs rmmsim)
read -ra static < <(pkg-config --cflags --libs rmmsim-static)

client c_shared "$cc" "$source/tests/outside/client/client.c" "${shared[@]}"
needs_librmmsim c_shared
client c_static "$cc" "$source/tests/outside/client/client.c" "${static[@]}"
! ldd "$work/c_static" | grep librmmsim || exit 1
cxx_flags=(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
client cxx_shared "$cxx" -std=c++17 "${cxx_flags[@]}" "$source/tests/outside/client/client.cpp" "${shared[@]}"
client cxx_static "$cxx" -std=c++20 "${cxx_flags[@]}" "$source/tests/outside/client/client.cpp" "${static[@]}"

# Code bases that exist, static and shared; with function pointers where the library has them.
examples=(linux baremetal)
[ "$(pkg-config --variable=bind rmmsim)" = no ] || examples+=(ops check)
for example in "${examples[@]}"; do
        client "$example" "$cc" -I"$(pkg-config --variable=compatdir rmmsim)" "$source/tests/compat/attach/$example.c" "${shared[@]}"
done

# Without a shared library --static says all that the archive needs.
cp -a "$prefix" "$work/archive"
rm "$work/archive/${libdir#"$prefix/"}"/*.so*
read -ra static < <(PKG_CONFIG_PATH=$work/archive/${libdir#"$prefix/"}/pkgconfig pkg-config --static --cflags --libs rmmsim)
client c_archive "$cc" "$source/tests/outside/client/client.c" "${static[@]}"
! ldd "$work/c_archive" | grep librmmsim || exit 1
