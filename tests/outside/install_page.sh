#!/usr/bin/env bash
# Every sample of docs/install.md, as it stands there, and that of the README.   install_page.sh BUILD_DIR SOURCE_DIR CC
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" install_page
page=$source/docs/install.md
export CC=$3 CMAKE_BUILD_PARALLEL_LEVEL=2
unset PKG_CONFIG_PATH LD_LIBRARY_PATH

sample() { # HEADING LANGUAGE [NTH]
        awk -f "$source/tests/outside/block.awk" -v heading="$1" -v language="$2" -v nth="${3:-1}" "$page"
}
client() { # a folder with the README's test in it
        mkdir -p "$work/$1"
        cp "$source/examples/first_test.c" "$work/$1/"
        cd "$work/$1" || exit 1
        echo "$1"
}
run() { # the shell commands of a sample
        sample "$@" >"sample.sh"
        PREFIX=$prefix bash -euo pipefail sample.sh
}
build_client() {
        cmake -S . -B build -DCMAKE_BUILD_TYPE=None "$@" >/dev/null # nothing to wait for
        cmake --build build >/dev/null
        ./build/first_test
}

client from_source
ln -s "$source" rmmsim
prefix=$work/prefix run "From source" sh >/dev/null
prefix=$work/prefix

# Of the README: its example is the file, and its command, given a DIR, builds it.
client readme
# shellcheck disable=SC2016
awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$source/README.md" | cmp - first_test.c
sed -n "s,DIR,$prefix,g; s/^    \\(cc first_test.c\\)/\\1/p" "$source/README.md" >sample.sh
bash -euo pipefail sample.sh
./first_test

client pkg_config
PKG_CONFIG_PATH=$prefix/lib/pkgconfig LIBRARY_PATH=$prefix/lib LD_LIBRARY_PATH=$prefix/lib run pkg-config sh
run pkg-config sh 2
run pkg-config sh 3

client cmake_package
sample "CMake package" cmake >CMakeLists.txt
run "CMake package" sh

client sub_project
ln -s "$source" rmmsim
sample "Sub-project" cmake >CMakeLists.txt
build_client
cmake --install build --prefix "$work/nothing" >/dev/null
[ ! -e "$work/nothing" ]

client fetch_content
sample "FetchContent" cmake >CMakeLists.txt
build_client -DFETCHCONTENT_SOURCE_DIR_RMMSIM="$source" -DCMAKE_C_VISIBILITY_PRESET=hidden -DCMAKE_UNITY_BUILD=ON # as some projects have it
