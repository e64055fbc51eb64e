#!/usr/bin/env bash
# src/sys.rs from the headers, on stdout.   sys.sh [BINDGEN_OPTION...]     ./sys.sh >src/sys.rs after a change of a header
set -euo pipefail
cd "$(dirname "$0")"
echo '// SPDX-License-Identifier: BSD-3-Clause'
exec bindgen rmmsim.h --no-layout-tests --no-doc-comments --no-prepend-enum-name \
        --allowlist-function 'rmmsim_.*' --allowlist-type 'rmmsim_.*' --allowlist-var '(RMMSIM|rmmsim)_.*' \
        --blocklist-function 'rmmsim_sweep.*' --blocklist-type 'rmmsim_sweep.*' --blocklist-item 'RMMSIM_SWEEP.*' \
        --blocklist-type '.*FILE.*' --raw-line 'pub type FILE = ::std::os::raw::c_void;' "$@" -- -I../../include
