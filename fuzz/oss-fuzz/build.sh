#!/bin/bash -eu
# All fuzz targets into $OUT, as OSS-Fuzz and ClusterFuzzLite want them: beside each its seeds, its dictionary, its options. The compilers,
# their flags and the engine are those of the environment, and none of our own are added.
sources=$SRC/rmmsim
build=$WORK/rmmsim

case $SANITIZER in
memory)
        echo "rmmsim: libcrypto and libcbor are not instrumented, so MemorySanitizer would blame what they write" >&2
        exit 1
        ;;
esac
case $ARCHITECTURE in
i386)
        echo "rmmsim: pages of two worlds do not fit into the addresses of i386" >&2
        exit 1
        ;;
esac

# CFLAGS and CXXFLAGS are taken from the environment by CMake, once: so begin anew. A build type would add flags.
rm -rf "$build"
cmake -S "$sources" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
        -DRMMSIM_FUZZ_ENGINE=external -DRMMSIM_FUZZ_ENGINE_LIBRARY="$LIB_FUZZING_ENGINE" \
        -DRMMSIM_TOOLS=OFF -DRMMSIM_MAN=OFF -DRMMSIM_BINDINGS=OFF -DRMMSIM_TESTS=OFF -DRMMSIM_EXAMPLES=OFF -DRMMSIM_BENCH=OFF \
        -DRMMSIM_BIND=OFF -DRMMSIM_WERROR=OFF \
        -DOPENSSL_USE_STATIC_LIBS=ON -DCMAKE_BUILD_RPATH="\$ORIGIN/lib"
cmake --build "$build" --target fuzz_programs fuzz_words

# Where the targets run there is nothing that was installed here. libcrypto is linked statically; libcbor has no static library
# in Debian and Ubuntu, so it goes along, and is looked for beside the program.
mkdir -p "$OUT/lib"
for source in "$sources"/fuzz/target_*.c; do
        name=fuzz_$(basename "$source" .c | sed 's/^target_//')
        cp "$build/fuzz/$name" "$OUT/"
        ldd "$build/fuzz/$name" | awk '$1 ~ /^libcbor\.so/ { print $3 }' | xargs -I FILE cp -L FILE "$OUT/lib/"
        cp "$build/fuzz/rmmsim.dict" "$OUT/$name.dict"
        cp "$sources/fuzz/libfuzzer.options" "$OUT/$name.options"
        seeds=$sources/fuzz/seeds/${name#fuzz_}
        if [ -d "$seeds" ]; then
                rm -f "$OUT/${name}_seed_corpus.zip"
                (cd "$seeds" && zip -q -X -r "$OUT/${name}_seed_corpus.zip" .)
        fi
done
