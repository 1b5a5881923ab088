//! Which files stand in for assembly: per-package choices.
//!
//! Grus links no Plan 9 assembly. On amd64 the runtime archive exports what the assembly of some packages of the
//! standard library defines: those keep Go's own files for the architecture. Most of the others have a pure Go variant
//! behind a tag (`purego`, `math_big_pure_go`); in the rest the generic variant is chosen by selecting files as if for an
//! architecture that has no assembly there. Functions that the runtime archive provides stand in for Go bodies either
//! way.

/// The architecture whose files are chosen in a package, if not the real one. `generic` is the
/// name of no architecture.
pub fn file_arch(import_path: &str, goarch: &str) -> Option<&'static str> {
    if has_natives(import_path, goarch) {
        return None;
    }
    Some(match import_path {
        "math"
        | "hash/crc32"
        | "internal/runtime/gc/scan"
        | "internal/runtime/sys"
        | "internal/chacha8rand"
        | "internal/abi" => "generic",
        // No features are looked for; every feature bit stays false.
        "vendor/golang.org/x/sys/cpu" | "cmd/vendor/golang.org/x/sys/cpu" | "golang.org/x/sys/cpu" => {
            "mips64le"
        }
        _ => return None,
    })
}

/// Whether the archive has what the package's assembly defines, so that the tags which select pure Go are not set.
pub fn has_natives(import_path: &str, goarch: &str) -> bool {
    goarch == "amd64" && NATIVES_AMD64.contains(&import_path)
}

/// The packages whose assembly is replaced by natives on amd64 (`runtime/NATIVES.md`).
const NATIVES_AMD64: &[&str] = &[
    "crypto/internal/fips140/aes",
    "crypto/internal/fips140/aes/gcm",
    "crypto/internal/fips140/bigmod",
    "crypto/internal/fips140/edwards25519/field",
    "crypto/internal/fips140/nistec",
    "crypto/internal/fips140/sha256",
    "crypto/internal/fips140/sha3",
    "crypto/internal/fips140/sha512",
    "crypto/internal/fips140/subtle",
    "crypto/md5",
    "crypto/sha1",
    "hash/crc32",
    "math/big",
    "vendor/golang.org/x/crypto/chacha20poly1305",
    "vendor/golang.org/x/sys/cpu",
];
