#!/usr/bin/env bash
# The tests of other languages, each on the library of a build tree. What is not installed here is skipped. `update` makes again what
# Rust has of headers and rows, after a change of either.
#   test.sh python|rust|sys|page|lint|update BUILD_DIR [CC [SANITIZERS]]
set -euo pipefail
what=$1 build=$(cd "$2" && pwd) cc=${3:-cc} sanitizers=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
include=$here/../include
work=$build/bindings/work
mkdir -p "$work"

skip() {
        echo "skipped: $*"
        exit 77
}

have() {
        local tool
        for tool in "$@"; do
                command -v "$tool" >/dev/null || skip "there is no $tool here"
        done
}

# An instrumented library needs its sanitizer's runtime before all else in the process: neither python3 nor rustc's programs have it.
plain() {
        [ -z "$sanitizers" ] || skip "the library is built with -fsanitize=$sanitizers, and $1 is not"
}

in_python() {
        RMMSIM_LIBRARY=$build/librmmsim.so PYTHONPATH=$here/python PYTHONDONTWRITEBYTECODE=1 CC=$cc python3 "$@"
}

python() {
        plain python3
        have python3
        in_python -W error -m unittest discover -s "$here/python/tests"
        local example
        for example in "$here"/python/examples/*.py; do
                in_python -W error "$example"
        done
        [ -f "$build/bindings/_soname.py" ] || return 0
        echo "the same as installed"
        rm -rf "$work/prefix"
        cmake --install "$build" --component python --prefix "$work/prefix" >/dev/null
        local module
        module=$(dirname "$(find "$work/prefix" -name __init__.py)")
        PYTHONPATH=$(dirname "$module") LD_LIBRARY_PATH=$build PYTHONDONTWRITEBYTECODE=1 python3 "$example"
        echo "and beside the library, where the loader does not look"
        local libdir
        libdir=$module/$(PYTHONPATH=$module PYTHONDONTWRITEBYTECODE=1 python3 -c 'import _soname; print(_soname.LIBDIR)')
        mkdir -p "$libdir"
        cp "$build"/librmmsim.so.*.* "$libdir"
        PYTHONPATH=$(dirname "$module") LD_LIBRARY_PATH='' PYTHONDONTWRITEBYTECODE=1 python3 "$example"
}

rust() {
        plain rustc
        have cargo rustc
        export RMMSIM_LIB_DIR=$build CARGO_TARGET_DIR=$work/rust
        cd "$here/rust"
        cargo test --quiet --offline
        cargo run --quiet --offline --example first_test
}

# Of ./dev lint: what is to be said depends on the version of clippy.
lint() {
        export RMMSIM_LIB_DIR=$build CARGO_TARGET_DIR=$work/rust
        cd "$here/rust"
        if cargo fmt --version >/dev/null 2>&1; then
                cargo fmt --check
        fi
        if cargo clippy --version >/dev/null 2>&1; then
                cargo clippy --quiet --offline --all-targets -- -D warnings
        fi
        RUSTDOCFLAGS='-D warnings' cargo doc --quiet --offline --no-deps
}

# ---- bindgen ------------------------------------------------------------------------------------------------------------

# Spaces and commas are rustfmt's, which is not everywhere.
same() { # GENERATED COMMITTED
        cmp -s <(tr -d ' \n,' <"$1") <(tr -d ' \n,' <"$2")
}

# All public headers but those that stand in for other people's.
every_header() {
        local header
        for header in "$include"/rmmsim/*.h; do
                echo "#include <rmmsim/$(basename "$header")>"
        done
}

# Constants have the values that C gives them.
constants_hold() { # RUST_FILE
        {
                every_header
                echo '#include <stdio.h>'
                echo 'int main(void) { int wrong = 0;'
                sed -nE 's/^ *pub const ((RMMSIM|rmmsim_fid)_[A-Za-z0-9_]+): [a-z0-9_:]+ = (-?[0-9]+);.*/\1 \3/p' "$1" |
                        while read -r name value; do
                                printf 'if ((uint64_t)%s != (uint64_t)%sll) wrong |= puts("%s is not %s") >= 0;\n' \
                                        "$name" "$value" "$name" "$value"
                        done
                echo 'return wrong; }'
        } >"$work/constants.c"
        [ "$(grep -c '^if' "$work/constants.c")" -gt 500 ] || { echo "constants are missing" && return 1; }
        "$cc" -std=c11 -I"$include" "$work/constants.c" -o "$work/constants"
        "$work/constants"
}

# Each macro that is a number has come through, or stands in rust/rmmsim.h; three are too large, or of no use.
macros_came_through() { # RUST_FILE
        local name missing=0
        while read -r name; do
                grep -qE "pub const $name:" "$1" || grep -q "CONSTANT(${name#RMMSIM_})" "$here/rust/rmmsim.h" ||
                        [[ $name =~ ^RMMSIM_(NOT_SUPPORTED|REGISTER_UNSET|SYSREG_MASK)$ ]] || {
                        echo "bindgen does not see $name: rust/rmmsim.h should have it"
                        missing=1
                }
        done < <(every_header | "$cc" -I"$include" -dM -E -x c - | sed -nE 's/^#define (RMMSIM_[A-Z0-9_]+) .+/\1/p')
        return $missing
}

sys() {
        have bindgen rustc rustfmt
        every_header >"$work/all.h"
        bindgen "$work/all.h" --no-prepend-enum-name --allowlist-function 'rmmsim_.*' --allowlist-type 'rmmsim_.*' \
                --allowlist-var '(RMMSIM|rmmsim)_.*' -o "$work/all.rs" -- -I"$include"
        echo "every header, through bindgen and rustc, with the layouts that bindgen tests"
        rustc --edition 2021 --test -A warnings "$work/all.rs" -o "$work/all"
        "$work/all" -q
        constants_hold "$work/all.rs"
        macros_came_through "$work/all.rs"

        "$here/rust/sys.sh" >"$work/sys.rs"
        if [ "$(sed -n 2p "$work/sys.rs")" != "$(sed -n 2p "$here/rust/src/sys.rs")" ]; then
                echo "rust/src/sys.rs was made by another bindgen: not compared"
        elif [ "$(uname -m)" != x86_64 ]; then
                echo "rust/src/sys.rs was made on another machine: not compared"
        else
                same "$work/sys.rs" "$here/rust/src/sys.rs" ||
                        { echo "rust/src/sys.rs is not what bindgen makes: bindings/test.sh update $build" && exit 1; }
        fi
        if [ -z "$sanitizers" ] && command -v python3 >/dev/null; then
                in_python "$here/rust/commands.py" | cmp - "$here/rust/src/commands.rs" ||
                        { echo "rust/src/commands.rs is not what the rows make: bindings/test.sh update $build" && exit 1; }
        fi
}

update() {
        "$here/rust/sys.sh" >"$work/sys.rs"
        in_python "$here/rust/commands.py" >"$work/commands.rs"
        mv "$work/sys.rs" "$work/commands.rs" "$here/rust/src/"
}

# The examples on the page are the files, word for word behind their first line.
page() {
        local page=$here/../docs/other-languages.md example
        for example in python/examples/first_test.py rust/examples/first_test.rs; do
                echo "$example"
                awk -v file="bindings/$example" '
                        index($0, file) { found = 1; next }
                        found && /^```$/ { exit }
                        found && inside { print }
                        found && /^```[a-z]+$/ { inside = 1 }' "$page" | cmp - <(sed 1d "$here/$example")
        done
}

"$what"
