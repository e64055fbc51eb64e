#!/usr/bin/env bash
# The installed man pages: every function of the library has one, each is rendered without a complaint, and fits a terminal.
#   man.sh BUILD_DIR SOURCE_DIR
# shellcheck source=tests/outside/environment.sh
. "$(dirname "$0")/environment.sh" "$1" "$2" man
if ! command -v lexgrog >/dev/null; then
        echo "skipped: there is no man here"
        exit 77
fi
pages=$prefix/share/man
export LC_ALL=C.UTF-8 MANWIDTH=80

mapfile -t whole < <(grep -rL '^\.so ' "$pages")
for page in "${whole[@]}"; do
        name=$(basename "$page")
        lexgrog "$page" >/dev/null || { echo "$name: NAME cannot be read" >&2; exit 1; }
        man --warnings -l "$page" 2>&1 >"$work/$name" | tee "$work/complaints"
        [ ! -s "$work/complaints" ] || { echo "$name: see above" >&2; exit 1; }
        if [[ $name = *.3 ]] && grep -E '^.{81}' "$work/$name"; then
                echo "$name: wider than 80 columns" >&2
                exit 1
        fi
done

# A page is found by the name of each function, and declares it.
functions=$("$source/man/headers.py" functions "$prefix"/include/rmmsim/*.h)
for name in $functions; do
        page=$(man -M "$pages" -w 3 "$name") || exit 1
        page=$(basename "$page")
        grep -q "[ *]$name(" "$work/$page" || { echo "$page does not declare $name()" >&2; exit 1; }
done
if [ -e "$prefix/bin/rmmsim" ]; then # and one by the name of each sub-command, and what it says of its options
        "$prefix/bin/rmmsim" --help | sed -n 's/^  \([a-z]\+\)  .*/\1/p' >"$work/sub-commands"
        [ -s "$work/sub-commands" ]
        while read -r name; do
                man -M "$pages" -w 1 "rmmsim-$name" >/dev/null || exit 1
                grep -q "rmmsim-$name(1)" "$work/rmmsim.1" || { echo "rmmsim.1 does not name rmmsim-$name(1)" >&2; exit 1; }
                for option in $("$prefix/bin/rmmsim" "$name" --help | sed -n 's/^  \(--[a-z]\+\).*/\1/p'); do
                        grep -q -e "^ *$option" "$work/rmmsim-$name.1" || { echo "rmmsim-$name.1 is silent on $option" >&2; exit 1; }
                done
        done <"$work/sub-commands"
fi
echo "${#whole[@]} pages, $(wc -w <<<"$functions") functions"

# What a header says of a function is what its page says: words and declaration of one, and nothing of its neighbour in between.
tr -s ' \n' ' ' <"$work/rmmsim.3" | grep -qF 'int rmmsim_smc(struct rmmsim *sim, unsigned pe, struct rmmsim_regs *regs); Perform one SMC as the host,'
