//! Leaf of `crypto/internal/fips140/subtle`: the exclusive or of two byte vectors.
//!
//! The destination may be one of the operands. The last bytes are computed first and stored last, so that the
//! overlapping loads of the remainder do not see results.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.crypto/internal/fips140/subtle.xorBytes\",\"ax\",@progbits",
    ".balign 32",
    // xorBytes(dst, a, b *byte, n int): rdi, rsi, rdx, rcx; n > 0.
    ".globl \"crypto/internal/fips140/subtle.xorBytes\"",
    ".type \"crypto/internal/fips140/subtle.xorBytes\",@function",
    "\"crypto/internal/fips140/subtle.xorBytes\":",
    "cmp rcx, 16",
    "jb 5f",
    "movdqu xmm4, [rsi+rcx-16]",
    "movdqu xmm5, [rdx+rcx-16]",
    "pxor xmm4, xmm5",
    "lea r8, [rdi+rcx-16]",
    "cmp rcx, 256",
    "jae 4f",
    "2:",
    "sub rcx, 16",
    "jbe 8f",
    "3:",
    "movdqu xmm0, [rsi]",
    "movdqu xmm1, [rdx]",
    "pxor xmm0, xmm1",
    "movdqu [rdi], xmm0",
    "add rsi, 16",
    "add rdx, 16",
    "add rdi, 16",
    "sub rcx, 16",
    "ja 3b",
    "8:",
    "movdqu [r8], xmm4",
    "ret",
    "4:",
    "test dword ptr [rip+{features}], {avx2}",
    "je 9f",
    ".balign 16",
    "10:",
    ".irp n, 0, 1, 2, 3",
    "vmovdqu ymm\\n, [rsi+32*\\n]",
    ".endr",
    ".irp n, 0, 1, 2, 3",
    "vpxor ymm\\n, ymm\\n, [rdx+32*\\n]",
    ".endr",
    ".irp n, 0, 1, 2, 3",
    "vmovdqu [rdi+32*\\n], ymm\\n",
    ".endr",
    "sub rsi, -128",
    "sub rdx, -128",
    "sub rdi, -128",
    "add rcx, -128",
    "cmp rcx, 128",
    "jae 10b",
    "vzeroupper",
    "test rcx, rcx",
    "jne 11f",
    "ret",
    // Fewer than 16 bytes may be left, of which all but the last are done.
    "11:",
    "cmp rcx, 16",
    "jae 2b",
    "movdqu [r8], xmm4",
    "ret",
    "9:",
    ".irp at, 0, 16, 32, 48",
    "movdqu xmm0, [rsi+\\at]",
    "movdqu xmm1, [rdx+\\at]",
    "pxor xmm0, xmm1",
    "movdqu [rdi+\\at], xmm0",
    ".endr",
    "add rsi, 64",
    "add rdx, 64",
    "add rdi, 64",
    "sub rcx, 64",
    "cmp rcx, 64",
    "jae 9b",
    "test rcx, rcx",
    "jne 11b",
    "ret",
    "5:",
    "cmp ecx, 8",
    "jb 6f",
    "mov rax, [rsi]",
    "mov r8, [rsi+rcx-8]",
    "xor rax, [rdx]",
    "xor r8, [rdx+rcx-8]",
    "mov [rdi], rax",
    "mov [rdi+rcx-8], r8",
    "ret",
    "6:",
    "cmp ecx, 4",
    "jb 7f",
    "mov eax, [rsi]",
    "mov r8d, [rsi+rcx-4]",
    "xor eax, [rdx]",
    "xor r8d, [rdx+rcx-4]",
    "mov [rdi], eax",
    "mov [rdi+rcx-4], r8d",
    "ret",
    "7:",
    "movzx eax, byte ptr [rsi+rcx-1]",
    "xor al, [rdx+rcx-1]",
    "mov [rdi+rcx-1], al",
    "dec ecx",
    "jne 7b",
    "ret",
    ".size \"crypto/internal/fips140/subtle.xorBytes\", . - \"crypto/internal/fips140/subtle.xorBytes\"",
    ".popsection",
    features = sym FEATURES,
    avx2 = const feature::AVX2,
);

#[cfg(test)]
mod tests {
    use super::{FEATURES, feature};
    use core::sync::atomic::Ordering;
    use std::vec::Vec;

    unsafe extern "C" {
        #[link_name = "crypto/internal/fips140/subtle.xorBytes"]
        fn xor(dst: *mut u8, a: *const u8, b: *const u8, n: usize);
    }

    fn check() {
        for n in (1..700).chain([1000, 4096]) {
            for at in [0, 1, 9] {
                let a: Vec<u8> = (0..n + at).map(|i| (i * 7) as u8).collect();
                let b: Vec<u8> = (0..n + at).map(|i| (i * 31 + 5) as u8).collect();
                let want: Vec<u8> = a[at..].iter().zip(&b).map(|(x, y)| x ^ y).collect();
                let mut dst = std::vec![9; n + 2];
                let mut both = a.clone();
                // SAFETY: all have n bytes.
                unsafe {
                    xor(dst.as_mut_ptr().add(1), a[at..].as_ptr(), b.as_ptr(), n);
                    let p = both.as_mut_ptr().add(at);
                    xor(p, p, b.as_ptr(), n);
                }
                assert_eq!(dst[1..=n], want, "{n}");
                assert_eq!((dst[0], dst[n + 1]), (9, 9));
                assert_eq!(both[at..], want, "{n}");
                let mut both = b.clone();
                // SAFETY: as above.
                unsafe { xor(both.as_mut_ptr(), a[at..].as_ptr(), both.as_ptr(), n) };
                assert_eq!(both[..n], want, "{n}");
            }
        }
    }

    #[test]
    fn with_and_without_extensions() {
        check();
        if is_x86_feature_detected!("avx2") {
            FEATURES.store(feature::AVX2, Ordering::Relaxed);
            check();
            FEATURES.store(0, Ordering::Relaxed);
        }
    }
}
