// SPDX-License-Identifier: BSD-3-Clause
//! Where librmmsim is: in RMMSIM_LIB_DIR, or where pkg-config says.
use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=RMMSIM_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rustc-link-lib=dylib=rmmsim");
    match env::var("RMMSIM_LIB_DIR") {
        Ok(directory) => {
            // Found again at run time, too: a build tree is in no path of the system's loader.
            println!("cargo:rustc-link-search=native={directory}");
            println!("cargo:rustc-link-arg=-Wl,-rpath,{directory}");
        }
        Err(_) => pkg_config(),
    }
}

fn pkg_config() {
    let output = Command::new("pkg-config")
        .args(["--libs-only-L", "rmmsim"])
        .output()
        .expect("pkg-config cannot be run: install it, or set RMMSIM_LIB_DIR to the folder of librmmsim.so");
    assert!(
        output.status.success(),
        "pkg-config does not know rmmsim: install it, or set RMMSIM_LIB_DIR to the folder of librmmsim.so"
    );
    for flag in String::from_utf8_lossy(&output.stdout).split_whitespace() {
        println!("cargo:rustc-link-search=native={}", flag.trim_start_matches("-L"));
    }
}
