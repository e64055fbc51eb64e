#!/usr/bin/env bash
# Install the library to a folder of its own, and move that: whoever uses it finds it where it is now.   install.sh BUILD_DIR
set -euo pipefail
work=$1/outside
rm -rf "$work"
mkdir -p "$work"
DESTDIR=$work/dest cmake --install "$1" --prefix /opt/rmmsim >/dev/null
if grep -rl -e "$work/dest" "$work/dest" --include='*.cmake' --include='*.pc'; then
        echo "these files name the folder that DESTDIR stood for" >&2
        exit 1
fi
mv "$work/dest/opt/rmmsim" "$work/prefix"
