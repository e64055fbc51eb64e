#!/usr/bin/env bash
# Only rmmsim_* is exported, and a client may have functions of every other name that the library uses.
#   names.sh BUILD_DIR SOURCE_DIR CC
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" names
cc=$3

echo "exported names"
nm -g --defined-only "$libdir/librmmsim.a" | awk 'NF == 3 { print $3 }' | sort >"$work/static"
nm -D --defined-only "$libdir/librmmsim.so" | awk 'NF == 3 { print $3 }' | sort >"$work/shared"
for kind in static shared; do
        if grep -v '^rmmsim_' "$work/$kind"; then
                echo "these names are exported by the $kind library and should not be" >&2
                exit 1
        fi
        grep -qx rmmsim_smc "$work/$kind"
done
cmp "$work/static" "$work/shared"

# What the headers declare is what is there.
mapfile -t headers < <(ls "$prefix"/include/rmmsim/*.h)
if [ "$(pkg-config --variable=bind rmmsim)" = no ]; then
        headers=("${headers[@]/*bind.h/}")
fi
# shellcheck disable=SC2068 # a header that is not meant is no word
"$source/man/headers.py" functions ${headers[@]} | sort >"$work/declared"
if comm -23 "$work/declared" "$work/shared" | grep .; then
        echo "these names are declared and not exported" >&2
        exit 1
fi
if comm -13 "$work/declared" "$work/shared" | grep .; then
        echo "these names are exported and not declared in any header" >&2
        exit 1
fi

echo "a client with functions of all names that the library has inside"
# And two that many a kernel has; the library may inline its own.
{
        nm -g --defined-only "$build/librmmsim_internal.a" | awk 'NF == 3 { print $3 }' | grep -v '^rmmsim_'
        printf '%s\n' granule_lock realm_create
} | sort -u >"$work/inside"
[ "$(wc -l <"$work/inside")" -gt 200 ]
awk '{ print "int " $1 "(void);\nint " $1 "(void) { return 1; }"; calls = calls " + " $1 "()" }
     END { print "int client_functions(void);\nint client_functions(void) { return 0" calls "; }" }' "$work/inside" >"$work/namesakes.c"
for flags in "$(pkg-config --cflags --libs rmmsim)" "$(pkg-config --cflags --libs rmmsim-static)"; do
        read -ra words <<<"$flags"
        "$cc" -fno-builtin -DNAMESAKES="$(wc -l <"$work/inside")" "$source/tests/outside/client/client.c" "$work/namesakes.c" -rdynamic \
                "${words[@]}" -o "$work/client"
        "$work/client"
done
wc -l <"$work/inside"
