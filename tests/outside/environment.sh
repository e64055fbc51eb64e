# Sourced by the tests of the installed library:   . environment.sh BUILD_DIR SOURCE_DIR NAME
# shellcheck shell=bash disable=SC2034
set -euo pipefail
build=$1 source=$2
prefix=$build/outside/prefix
archive=$(find "$prefix" -name librmmsim.a)
libdir=$(dirname "$archive")
export PKG_CONFIG_PATH=$libdir/pkgconfig LD_LIBRARY_PATH=$libdir

# A folder for this test alone.
work=$build/outside/$3
rm -rf "$work"
mkdir -p "$work"
