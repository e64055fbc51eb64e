#!/usr/bin/env bash
# Debian packages of the tree as it stands, changes not committed included. They are made in a copy, and lintian must have nothing
# to say.   debian/build.sh OUT_DIR
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
copy=$out/copy/rmmsim
rm -rf "$out"
mkdir -p "$copy"
if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard
else
        find . -path './build*' -prune -o -type f -print0
fi | tar --create --null --files-from=- --ignore-failed-read 2>/dev/null | tar --extract --directory "$copy"
cd "$copy"
DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:+$DEB_BUILD_OPTIONS }parallel=$(nproc)"
export DEB_BUILD_OPTIONS
dpkg-buildpackage --unsigned-source --unsigned-changes >"$out/log" 2>&1 || {
        tail -n 40 "$out/log" >&2
        exit 1
}
mv "$out"/copy/rmmsim_* "$out"/copy/*.deb "$out"
cd "$out"
rm -rf copy
lintian --allow-root --fail-on error,warning ./*.changes
