#!/usr/bin/env bash
# Does the comparison of counters notice regressions? Plants some in a copy of the tree, one at a time.
#   alarm.sh SOURCE_DIR WORK_DIR COMPILER BUILD_TYPE
set -euo pipefail
source=$1 work=$2 compiler=$3 type=$4
rows='rec/irq'

# No file of the copy is older than it was in the last run, so what did not change is not built again.
mkdir -p "$work/tree"
for part in CMakeLists.txt cmake include libsim bench; do
        rm -rf "$work/tree/$part"
        cp -rp "$source/$part" "$work/tree/$part"
done
cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_C_COMPILER="$compiler" -DCMAKE_BUILD_TYPE="$type" \
        -DRMMSIM_TOOLS=OFF -DRMMSIM_MAN=OFF -DRMMSIM_BINDINGS=OFF -DRMMSIM_TESTS=OFF -DRMMSIM_EXAMPLES=OFF -DRMMSIM_FUZZ=OFF >/dev/null
make() {
        cmake --build "$work/build" --target bench_counters -j2 -- --quiet
}
count() {
        "$work/build/bench/bench_counters" "$rows" --instructions callgrind "$@"
}

smc=libsim/api/smc.c
make
count --json "$work/before.json"
count --baseline "$work/before.json" >"$work/same" || { cat "$work/same"; echo "alarm: two counts of the same program differ"; exit 1; }

status=0
# PLANT: what has to be said about it.
while read -r plant words; do
        sed 's/^int rmmsim_smc(/static int planted_smc(/' "$source/$smc" >"$work/tree/$smc"
        cmp -s "$source/$smc" "$work/tree/$smc" && { echo "alarm: rmmsim_smc() is no longer in $smc"; exit 1; }
        cat "$source/bench/plant/$plant.c" >>"$work/tree/$smc"
        make
        found=0
        count --baseline "$work/before.json" >"$work/$plant" || found=$?
        if [ "$found" -eq 1 ] && grep -q "$words" "$work/$plant"; then
                echo "alarm: $plant noticed: $(grep -m 1 "$words" "$work/$plant")"
        else
                echo "alarm: $plant NOT noticed (exit $found):"
                cat "$work/$plant"
                status=1
        fi
done <<'PLANTS'
allocation allocations rose
copy pages rose
mutex mutexes rose
spinlock atomics rose
PLANTS
exit $status
