//! Leaves that copy, clear and compare memory.
//!
//! Up to 128 bytes without loops, then 64 bytes per turn with SSE2, above 2 KiB `rep movsq`/`rep stosq`. Aligned
//! 8-byte words are never torn: a collector that scans the destination sees old or new pointers.
//!
//! `grus_memmove` and the others are also what the archive's `memcpy` family jumps to.
//!
//! **Runs on** any stack; no stack use.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

/// Pauses a spinning CPU.
#[inline]
pub fn cpu_relax() {
    core::hint::spin_loop();
}

/// Asks for memory that will be read soon.
#[inline]
pub fn prefetch(p: usize) {
    // SAFETY: a hint, which does not fault.
    unsafe { core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(p as *const i8) };
}

global_asm!(
    ".pushsection \".text.grus.memmove\",\"ax\",@progbits",
    ".balign 32",
    ".globl \"runtime.memmove\"",
    ".globl grus_memmove",
    ".type \"runtime.memmove\",@function",
    "\"runtime.memmove\":",
    "grus_memmove:",
    "cmp rdx, 16",
    "ja 4f",
    "cmp rdx, 8",
    "jae 3f",
    "cmp rdx, 4",
    "jae 2f",
    "test rdx, rdx",
    "je 9f",
    "movzx ecx, byte ptr [rsi]",
    "movzx r10d, byte ptr [rsi+rdx-1]",
    "mov r8, rdx",
    "shr r8, 1",
    "movzx r9d, byte ptr [rsi+r8]",
    "mov [rdi], cl",
    "mov [rdi+r8], r9b",
    "mov [rdi+rdx-1], r10b",
    "9: ret",
    "2:",
    "mov ecx, [rsi]",
    "mov r8d, [rsi+rdx-4]",
    "mov [rdi], ecx",
    "mov [rdi+rdx-4], r8d",
    "ret",
    "3:",
    "mov rcx, [rsi]",
    "mov r8, [rsi+rdx-8]",
    "mov [rdi], rcx",
    "mov [rdi+rdx-8], r8",
    "ret",
    "4:",
    "cmp rdx, 32",
    "ja 5f",
    "movdqu xmm0, [rsi]",
    "movdqu xmm1, [rsi+rdx-16]",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+rdx-16], xmm1",
    "ret",
    "5:",
    "cmp rdx, 64",
    "ja 6f",
    "movdqu xmm0, [rsi]",
    "movdqu xmm1, [rsi+16]",
    "movdqu xmm2, [rsi+rdx-32]",
    "movdqu xmm3, [rsi+rdx-16]",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+16], xmm1",
    "movdqu [rdi+rdx-32], xmm2",
    "movdqu [rdi+rdx-16], xmm3",
    "ret",
    "6:",
    "cmp rdx, 128",
    "ja 7f",
    "movdqu xmm0, [rsi]",
    "movdqu xmm1, [rsi+16]",
    "movdqu xmm2, [rsi+32]",
    "movdqu xmm3, [rsi+48]",
    "movdqu xmm4, [rsi+rdx-64]",
    "movdqu xmm5, [rsi+rdx-48]",
    "movdqu xmm6, [rsi+rdx-32]",
    "movdqu xmm7, [rsi+rdx-16]",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+16], xmm1",
    "movdqu [rdi+32], xmm2",
    "movdqu [rdi+48], xmm3",
    "movdqu [rdi+rdx-64], xmm4",
    "movdqu [rdi+rdx-48], xmm5",
    "movdqu [rdi+rdx-32], xmm6",
    "movdqu [rdi+rdx-16], xmm7",
    "ret",
    "7:",
    "mov rcx, rdi",
    "sub rcx, rsi",
    "je 9b",
    "cmp rcx, rdx",
    "jb 12f",
    "cmp rdx, 2048",
    "jae 11f",
    // Forward; the last 64 bytes are read first and written last.
    "movdqu xmm4, [rsi+rdx-64]",
    "movdqu xmm5, [rsi+rdx-48]",
    "movdqu xmm6, [rsi+rdx-32]",
    "movdqu xmm7, [rsi+rdx-16]",
    "lea r8, [rdi+rdx-64]",
    "10:",
    "movdqu xmm0, [rsi]",
    "movdqu xmm1, [rsi+16]",
    "movdqu xmm2, [rsi+32]",
    "movdqu xmm3, [rsi+48]",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+16], xmm1",
    "movdqu [rdi+32], xmm2",
    "movdqu [rdi+48], xmm3",
    "add rsi, 64",
    "add rdi, 64",
    "sub rdx, 64",
    "cmp rdx, 64",
    "ja 10b",
    "movdqu [r8], xmm4",
    "movdqu [r8+16], xmm5",
    "movdqu [r8+32], xmm6",
    "movdqu [r8+48], xmm7",
    "ret",
    "11:",
    "mov r9, [rsi+rdx-8]",
    "lea r8, [rdi+rdx-8]",
    "mov rcx, rdx",
    "shr rcx, 3",
    "rep movsq",
    "mov [r8], r9",
    "ret",
    // Backward; the first 64 bytes are read first and written last.
    "12:",
    "movdqu xmm4, [rsi]",
    "movdqu xmm5, [rsi+16]",
    "movdqu xmm6, [rsi+32]",
    "movdqu xmm7, [rsi+48]",
    "13:",
    "movdqu xmm0, [rsi+rdx-16]",
    "movdqu xmm1, [rsi+rdx-32]",
    "movdqu xmm2, [rsi+rdx-48]",
    "movdqu xmm3, [rsi+rdx-64]",
    "movdqu [rdi+rdx-16], xmm0",
    "movdqu [rdi+rdx-32], xmm1",
    "movdqu [rdi+rdx-48], xmm2",
    "movdqu [rdi+rdx-64], xmm3",
    "sub rdx, 64",
    "cmp rdx, 64",
    "ja 13b",
    "movdqu [rdi], xmm4",
    "movdqu [rdi+16], xmm5",
    "movdqu [rdi+32], xmm6",
    "movdqu [rdi+48], xmm7",
    "ret",
    ".size \"runtime.memmove\", . - \"runtime.memmove\"",
    ".popsection",
);

global_asm!(
    ".pushsection \".text.grus.memclr\",\"ax\",@progbits",
    ".balign 32",
    ".globl \"runtime.memclrNoHeapPointers\"",
    ".type \"runtime.memclrNoHeapPointers\",@function",
    "\"runtime.memclrNoHeapPointers\":",
    "xor eax, eax",
    "cmp rsi, 16",
    "ja 4f",
    "cmp rsi, 8",
    "jae 3f",
    "cmp rsi, 4",
    "jae 2f",
    "test rsi, rsi",
    "je 9f",
    "mov r8, rsi",
    "shr r8, 1",
    "mov [rdi], al",
    "mov [rdi+r8], al",
    "mov [rdi+rsi-1], al",
    "9: ret",
    "2:",
    "mov [rdi], eax",
    "mov [rdi+rsi-4], eax",
    "ret",
    "3:",
    "mov [rdi], rax",
    "mov [rdi+rsi-8], rax",
    "ret",
    "4:",
    "pxor xmm0, xmm0",
    "cmp rsi, 32",
    "ja 5f",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+rsi-16], xmm0",
    "ret",
    "5:",
    "cmp rsi, 64",
    "ja 6f",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+16], xmm0",
    "movdqu [rdi+rsi-32], xmm0",
    "movdqu [rdi+rsi-16], xmm0",
    "ret",
    "6:",
    "cmp rsi, 2048",
    "jae 8f",
    "lea r8, [rdi+rsi-64]",
    "7:",
    "movdqu [rdi], xmm0",
    "movdqu [rdi+16], xmm0",
    "movdqu [rdi+32], xmm0",
    "movdqu [rdi+48], xmm0",
    "add rdi, 64",
    "cmp rdi, r8",
    "jb 7b",
    "movdqu [r8], xmm0",
    "movdqu [r8+16], xmm0",
    "movdqu [r8+32], xmm0",
    "movdqu [r8+48], xmm0",
    "ret",
    "8:",
    "lea r8, [rdi+rsi-8]",
    "mov rcx, rsi",
    "shr rcx, 3",
    "rep stosq",
    "mov [r8], rax",
    "ret",
    ".size \"runtime.memclrNoHeapPointers\", . - \"runtime.memclrNoHeapPointers\"",
    ".popsection",
);

global_asm!(
    ".pushsection \".text.grus.memequal\",\"ax\",@progbits",
    ".balign 32",
    ".globl \"runtime.memequal\"",
    ".type \"runtime.memequal\",@function",
    "\"runtime.memequal\":",
    "cmp rdi, rsi",
    "je 8f",
    "cmp rdx, 16",
    "jae 4f",
    "cmp rdx, 8",
    "jae 3f",
    "cmp rdx, 4",
    "jae 2f",
    "test rdx, rdx",
    "je 8f",
    "movzx eax, byte ptr [rdi]",
    "cmp al, [rsi]",
    "jne 9f",
    "mov rcx, rdx",
    "shr rcx, 1",
    "movzx eax, byte ptr [rdi+rcx]",
    "cmp al, [rsi+rcx]",
    "jne 9f",
    "movzx eax, byte ptr [rdi+rdx-1]",
    "cmp al, [rsi+rdx-1]",
    "sete al",
    "ret",
    "2:",
    "mov eax, [rdi]",
    "mov ecx, [rdi+rdx-4]",
    "xor eax, [rsi]",
    "xor ecx, [rsi+rdx-4]",
    "or eax, ecx",
    "sete al",
    "ret",
    "3:",
    "mov rax, [rdi]",
    "mov rcx, [rdi+rdx-8]",
    "xor rax, [rsi]",
    "xor rcx, [rsi+rdx-8]",
    "or rax, rcx",
    "sete al",
    "ret",
    "4:",
    "lea r8, [rdx-16]",
    "xor ecx, ecx",
    "cmp rdx, 256",
    "jae 10f",
    "5:",
    "cmp rcx, r8",
    "jae 6f",
    "movdqu xmm0, [rdi+rcx]",
    "movdqu xmm1, [rsi+rcx]",
    "pcmpeqb xmm0, xmm1",
    "pmovmskb eax, xmm0",
    "cmp eax, 0xffff",
    "jne 9f",
    "add rcx, 16",
    "jmp 5b",
    "6:",
    "movdqu xmm0, [rdi+r8]",
    "movdqu xmm1, [rsi+r8]",
    "pcmpeqb xmm0, xmm1",
    "pmovmskb eax, xmm0",
    "cmp eax, 0xffff",
    "sete al",
    "ret",
    "8:",
    "mov eax, 1",
    "ret",
    "9:",
    "xor eax, eax",
    "ret",
    "10:",
    "test dword ptr [rip+{features}], {avx2}",
    "je 5b",
    // 128 bytes a turn.
    "lea r9, [rdx-128]",
    ".balign 16",
    "11:",
    ".irp n, 0, 1, 2, 3",
    "vmovdqu ymm\\n, [rdi+rcx+32*\\n]",
    ".endr",
    ".irp n, 0, 1, 2, 3",
    "vpcmpeqb ymm\\n, ymm\\n, [rsi+rcx+32*\\n]",
    ".endr",
    "vpand ymm0, ymm0, ymm1",
    "vpand ymm2, ymm2, ymm3",
    "vpand ymm0, ymm0, ymm2",
    "vpmovmskb eax, ymm0",
    "inc eax",
    "jne 12f",
    "sub rcx, -128",
    "cmp rcx, r9",
    "jbe 11b",
    "vzeroupper",
    "jmp 5b",
    "12:",
    "vzeroupper",
    "xor eax, eax",
    "ret",
    ".size \"runtime.memequal\", . - \"runtime.memequal\"",
    ".popsection",
    features = sym FEATURES,
    avx2 = const feature::AVX2,
);

#[cfg(test)]
mod tests {
    use super::{FEATURES, feature};
    use core::arch::asm;
    use core::sync::atomic::Ordering;
    use std::vec::Vec;

    unsafe extern "C" {
        #[link_name = "runtime.memmove"]
        fn memmove(to: *mut u8, from: *const u8, n: usize);
        #[link_name = "runtime.memclrNoHeapPointers"]
        fn memclr(p: *mut u8, n: usize);
    }

    fn memequal(p: *const u8, q: *const u8, n: usize) -> bool {
        unsafe extern "C" {
            #[link_name = "runtime.memequal"]
            fn f();
        }
        let r: u64;
        // SAFETY: the leaf reads n bytes at both addresses and changes caller-saved registers only.
        unsafe {
            asm!("call {f}", f = sym f, in("rdi") p, in("rsi") q, in("rdx") n, out("rax") r, clobber_abi("C"));
        }
        r as u8 == 1
    }

    const SIZES: [usize; 24] =
        [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 2048, 5003];

    #[test]
    fn move_in_every_direction() {
        for &n in &SIZES {
            for shift in [0isize, 1, 7, 8, 63, 64, 100, -1, -8, -70] {
                let mut a: Vec<u8> = (0..8192).map(|i| (i * 7 + i / 256) as u8).collect();
                let mut want = a.clone();
                let (from, to) = (1000usize, (1000 + shift) as usize);
                want.copy_within(from..from + n, to);
                // SAFETY: both ranges lie in the vector.
                unsafe { memmove(a.as_mut_ptr().add(to), a.as_ptr().add(from), n) };
                assert!(a == want, "n {n} shift {shift}");
            }
        }
    }

    #[test]
    fn clear_touches_its_range_only() {
        for &n in &SIZES {
            let mut a = std::vec![0xAAu8; 6000];
            // SAFETY: the range lies in the vector.
            unsafe { memclr(a.as_mut_ptr().add(100), n) };
            assert!(a[..100].iter().all(|&b| b == 0xAA), "n {n}");
            assert!(a[100..100 + n].iter().all(|&b| b == 0), "n {n}");
            assert!(a[100 + n..].iter().all(|&b| b == 0xAA), "n {n}");
        }
    }

    #[test]
    fn equal_sees_every_byte() {
        every_byte();
        if is_x86_feature_detected!("avx2") {
            FEATURES.store(feature::AVX2, Ordering::Relaxed);
            every_byte();
            FEATURES.store(0, Ordering::Relaxed);
        }
    }

    fn every_byte() {
        for &n in &SIZES {
            let a: Vec<u8> = (0..n).map(|i| i as u8).collect();
            let mut b = a.clone();
            assert!(memequal(a.as_ptr(), b.as_ptr(), n));
            for i in 0..n {
                b[i] ^= 0x80;
                assert!(!memequal(a.as_ptr(), b.as_ptr(), n), "n {n} byte {i}");
                b[i] ^= 0x80;
            }
        }
    }
}
