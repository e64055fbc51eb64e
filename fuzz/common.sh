# shellcheck shell=bash
# What run.sh and replay.sh share: targets by name, and their programs. Sourced, in the project's root.

die() {
        echo "fuzz: $*" >&2
        exit 2
}

is_target() {
        [[ $1 =~ ^[a-z0-9_]+$ ]] && { [ -f "fuzz/target_$1.c" ] || [ -f "tests/fuzz/target_$1.c" ]; }
}

all_targets() {
        local file
        for file in fuzz/target_*.c; do
                [ ! -f "$file" ] || basename "$file" .c | sed 's/^target_//'
        done
}

build() { # PRESET TARGET...
        cmake --preset "$1" >/dev/null
        cmake --build --preset "$1" --target "${@:2}" -- --quiet | { grep -v '^ninja: no work to do' || true; }
}

engine_options() { # what libFuzzer is told, here and where OSS-Fuzz runs it
        sed -n 's/^\([a-z_]*\) *= *\([0-9]*\)$/-\1=\2/p' fuzz/libfuzzer.options
}
