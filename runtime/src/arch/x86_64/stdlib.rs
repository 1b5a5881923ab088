//! What packages of the standard library have assembly for: ciphers, hashes, arithmetic. An architecture that has none of
//! this gets the packages' pure Go files (`compiler/packages/src/policy.rs`).

mod aes;
mod bigint;
mod chacha20poly1305;
mod chacha8;
mod crc32;
mod field25519;
mod fma;
mod gcm;
mod keccak;
mod md5;
mod p256;
mod sha1;
mod sha256;
mod sha512;
mod xor;
