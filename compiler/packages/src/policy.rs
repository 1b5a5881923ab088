//! Which files stand in for assembly: per-package choices.
//!
//! Grus links no Plan 9 assembly. Most packages of the standard library have a pure Go variant
//! behind a tag (`purego`, `math_big_pure_go`); in the others the generic variant is chosen by
//! selecting files as if for an architecture that has no assembly there. Functions that the runtime
//! archive provides stand in for Go bodies either way.

/// The architecture whose files are chosen in a package, if not the real one. `generic` is the
/// name of no architecture.
pub fn file_arch(import_path: &str) -> Option<&'static str> {
    Some(match import_path {
        "math"
        | "hash/crc32"
        | "internal/runtime/gc/scan"
        | "internal/runtime/sys"
        | "internal/chacha8rand"
        | "internal/abi" => "generic",
        // No cpuid assembly; every feature bit stays false.
        "vendor/golang.org/x/sys/cpu" | "cmd/vendor/golang.org/x/sys/cpu" | "golang.org/x/sys/cpu" => {
            "mips64le"
        }
        _ => return None,
    })
}
