#!/usr/bin/env bash
# The Debian packages: they build from the tree as it stands, lintian has nothing to say, and the README's test runs with what is
# in them, unpacked to a folder instead of installed.   packages.sh BUILD_DIR SOURCE_DIR
set -euo pipefail
for tool in dpkg-buildpackage dh lintian ninja cmark-gfm dot; do
        if ! command -v "$tool" >/dev/null; then
                echo "skipped: there is no $tool here"
                exit 77
        fi
done
deb=$1/outside_deb root=$1/outside_deb/root
DEB_BUILD_OPTIONS="nocheck noautodbgsym" "$2/debian/build.sh" "$deb"

libdir=$root/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
for package in "$deb"/*.deb; do
        dpkg-deb --extract "$package" "$root"
done
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir
cd "$root/usr/share/doc/rmmsim-doc"
"$2/debian/tests/readme"

echo "by CMake"
cmake -S "$2/tests/outside/client" -B "$deb/client" -DCMAKE_PREFIX_PATH="$root/usr" >/dev/null
cmake --build "$deb/client" --target client_cpp_shared client_c_rmmsim >/dev/null
"$deb/client/client_cpp_shared"
"$deb/client/client_c_rmmsim"

echo "the program"
"$root/usr/bin/rmmsim" --help | head -n 1
if readelf -d "$root/usr/bin/rmmsim" | grep -E 'R(UN)?PATH'; then
        echo "a program in /usr/bin needs no path to the library" >&2
        exit 1
fi

echo "man pages, each with its links"
unset PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH
{
        nm -D --defined-only "$libdir/librmmsim.so" | awk 'NF == 3 { print "man3/" $3 ".3.gz" }'
        "$root/usr/bin/rmmsim" --help | sed -n 's,^  \([a-z]\+\)  .*,man1/rmmsim-\1.1.gz,p'
} | while read -r page; do
        [ -e "$root/usr/share/man/$page" ] || { echo "there is no $page" >&2; exit 1; }
done

# Where a Debian machine would find it.
pkg_config() {
        PKG_CONFIG_LIBDIR=$libdir/pkgconfig:$(pkg-config --variable=pc_path pkg-config) pkg-config "$@"
}
[ "$(pkg_config --cflags --libs rmmsim | xargs)" = -lrmmsim ]
