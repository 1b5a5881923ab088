//! Leaves of `internal/bytealg`: searching, counting and comparing bytes with SSE2, and AVX2 where there is much to do.
//!
//! Remainders are covered by loads that overlap what was done before. Loads stay within the operands.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.grus.bytealg\",\"ax\",@progbits",
    // A vector that has a byte everywhere.
    ".macro GRUS_BROADCAST x, r",
    "movd \\x, \\r",
    "punpcklbw \\x, \\x",
    "punpcklwd \\x, \\x",
    "pshufd \\x, \\x, 0",
    ".endm",
    ".balign 32",
    // IndexByte(b []byte, c byte): rdi, rsi, (cap rdx), ecx. IndexByteString(s, c): rdi, rsi, edx.
    ".globl \"internal/bytealg.IndexByte\"",
    ".type \"internal/bytealg.IndexByte\",@function",
    "\"internal/bytealg.IndexByte\":",
    "mov edx, ecx",
    ".globl \"internal/bytealg.IndexByteString\"",
    ".type \"internal/bytealg.IndexByteString\",@function",
    "\"internal/bytealg.IndexByteString\":",
    "movzx edx, dl",
    "GRUS_BROADCAST xmm0, edx",
    "cmp rsi, 16",
    "jb 5f",
    "xor eax, eax",
    "cmp rsi, 64",
    "jb 2f",
    "test dword ptr [rip+{features}], {avx2}",
    "jne 10f",
    "2:",
    "lea r8, [rsi-16]",
    "3:",
    "movdqu xmm1, [rdi+rax]",
    "pcmpeqb xmm1, xmm0",
    "pmovmskb ecx, xmm1",
    "test ecx, ecx",
    "jne 4f",
    "add rax, 16",
    "cmp rax, r8",
    "jbe 3b",
    "cmp rax, rsi",
    "je 9f",
    "mov rax, r8",
    "jmp 3b",
    "4:",
    "bsf ecx, ecx",
    "add rax, rcx",
    "ret",
    // Less than 16 bytes: two words that overlap.
    "5:",
    "cmp esi, 8",
    "jb 6f",
    "movq xmm1, qword ptr [rdi]",
    "movq xmm2, qword ptr [rdi+rsi-8]",
    "punpcklqdq xmm1, xmm2",
    "pcmpeqb xmm1, xmm0",
    "pmovmskb eax, xmm1",
    "bsf eax, eax",
    "je 9f",
    "lea ecx, [rax+rsi-16]",
    "cmp eax, 8",
    "cmovae eax, ecx",
    "ret",
    "6:",
    "cmp esi, 4",
    "jb 7f",
    "movd xmm1, dword ptr [rdi]",
    "movd xmm2, dword ptr [rdi+rsi-4]",
    "punpckldq xmm1, xmm2",
    "pcmpeqb xmm1, xmm0",
    "pmovmskb eax, xmm1",
    "and eax, 255",
    "bsf eax, eax",
    "je 9f",
    "lea ecx, [rax+rsi-8]",
    "cmp eax, 4",
    "cmovae eax, ecx",
    "ret",
    "7:",
    "xor eax, eax",
    "8:",
    "cmp rax, rsi",
    "jae 9f",
    "cmp byte ptr [rdi+rax], dl",
    "je 12f",
    "inc rax",
    "jmp 8b",
    "9:",
    "mov rax, -1",
    "12:",
    "ret",
    "10:",
    "vpbroadcastb ymm0, xmm0",
    "lea r8, [rsi-32]",
    "cmp rsi, 256",
    "jb 11f",
    // 128 bytes a turn, until one of them is it; then 32.
    "lea r9, [rsi-128]",
    ".balign 16",
    "14:",
    "vpcmpeqb ymm1, ymm0, [rdi+rax]",
    "vpcmpeqb ymm2, ymm0, [rdi+rax+32]",
    "vpcmpeqb ymm3, ymm0, [rdi+rax+64]",
    "vpcmpeqb ymm4, ymm0, [rdi+rax+96]",
    "vpor ymm5, ymm1, ymm2",
    "vpor ymm6, ymm3, ymm4",
    "vpor ymm5, ymm5, ymm6",
    "vptest ymm5, ymm5",
    "jne 11f",
    "sub rax, -128",
    "cmp rax, r9",
    "jbe 14b",
    "cmp rax, rsi",
    "je 15f",
    "cmp rax, r8",
    "cmova rax, r8",
    "11:",
    "vpcmpeqb ymm1, ymm0, [rdi+rax]",
    "vpmovmskb ecx, ymm1",
    "test ecx, ecx",
    "jne 13f",
    "add rax, 32",
    "cmp rax, r8",
    "jbe 11b",
    "cmp rax, rsi",
    "mov rax, r8",
    "jne 11b",
    "15:",
    "vzeroupper",
    "mov rax, -1",
    "ret",
    "13:",
    "vzeroupper",
    "bsf ecx, ecx",
    "add rax, rcx",
    "ret",
    ".size \"internal/bytealg.IndexByte\", . - \"internal/bytealg.IndexByte\"",
    // Count(b []byte, c byte), CountString(s string, c byte).
    ".balign 32",
    ".globl \"internal/bytealg.Count\"",
    ".type \"internal/bytealg.Count\",@function",
    "\"internal/bytealg.Count\":",
    "mov edx, ecx",
    ".globl \"internal/bytealg.CountString\"",
    ".type \"internal/bytealg.CountString\",@function",
    "\"internal/bytealg.CountString\":",
    "movzx edx, dl",
    "xor eax, eax",
    "cmp rsi, 16",
    "jb 3f",
    "GRUS_BROADCAST xmm0, edx",
    "pxor xmm3, xmm3",
    "pxor xmm5, xmm5",
    "cmp rsi, 64",
    "jb 2f",
    "test dword ptr [rip+{features}], {avx2}",
    "jne 5f",
    "2:",
    "movdqu xmm1, [rdi]",
    "pcmpeqb xmm1, xmm0",
    "pxor xmm4, xmm4",
    "psubb xmm4, xmm1",
    "psadbw xmm4, xmm5",
    "paddq xmm3, xmm4",
    "add rdi, 16",
    "sub rsi, 16",
    "cmp rsi, 16",
    "jae 2b",
    "test rsi, rsi",
    "je 6f",
    // The last 16 bytes, of which those not counted before count.
    "movdqu xmm1, [rdi+rsi-16]",
    "pcmpeqb xmm1, xmm0",
    "lea rcx, [rip+grus_bytealg_mask]",
    "movdqu xmm2, [rcx+rsi]",
    "pand xmm1, xmm2",
    "pxor xmm4, xmm4",
    "psubb xmm4, xmm1",
    "psadbw xmm4, xmm5",
    "paddq xmm3, xmm4",
    "6:",
    "movq rax, xmm3",
    "punpckhqdq xmm3, xmm3",
    "movq rcx, xmm3",
    "add rax, rcx",
    "ret",
    "3:",
    "test rsi, rsi",
    "je 4f",
    "xor ecx, ecx",
    "cmp byte ptr [rdi+rsi-1], dl",
    "sete cl",
    "add rax, rcx",
    "dec rsi",
    "jmp 3b",
    "4:",
    "ret",
    "5:",
    "vpbroadcastb ymm0, xmm0",
    "vpxor xmm3, xmm3, xmm3",
    "vpxor xmm5, xmm5, xmm5",
    "7:",
    "vpcmpeqb ymm1, ymm0, [rdi]",
    "vpsubb ymm4, ymm5, ymm1",
    "vpsadbw ymm4, ymm4, ymm5",
    "vpaddq ymm3, ymm3, ymm4",
    "add rdi, 32",
    "sub rsi, 32",
    "cmp rsi, 32",
    "jae 7b",
    "vextracti128 xmm4, ymm3, 1",
    "vpaddq xmm3, xmm3, xmm4",
    "vzeroupper",
    "cmp rsi, 16",
    "jae 2b",
    "test rsi, rsi",
    "je 6b",
    "movdqu xmm1, [rdi+rsi-16]",
    "pcmpeqb xmm1, xmm0",
    "lea rcx, [rip+grus_bytealg_mask]",
    "movdqu xmm2, [rcx+rsi]",
    "pand xmm1, xmm2",
    "pxor xmm4, xmm4",
    "psubb xmm4, xmm1",
    "psadbw xmm4, xmm5",
    "paddq xmm3, xmm4",
    "jmp 6b",
    ".size \"internal/bytealg.Count\", . - \"internal/bytealg.Count\"",
    // Compare(a, b []byte): rdi rsi (rdx) rcx r8 (r9). cmpstring(a, b string): rdi rsi rdx rcx.
    ".balign 32",
    ".globl \"internal/bytealg.Compare\"",
    ".type \"internal/bytealg.Compare\",@function",
    "\"internal/bytealg.Compare\":",
    "mov rdx, rcx",
    "mov rcx, r8",
    ".globl \"runtime.cmpstring\"",
    ".type \"runtime.cmpstring\",@function",
    "\"runtime.cmpstring\":",
    // r8: the shorter length.
    "mov r8, rsi",
    "cmp rcx, rsi",
    "cmovb r8, rcx",
    "cmp rdi, rdx",
    "je 6f",
    "cmp r8, 8",
    "jb 7f",
    "cmp r8, 16",
    "jb 5f",
    "xor r9d, r9d",
    "sub r8, 16",
    "2:",
    "movdqu xmm0, [rdi+r9]",
    "movdqu xmm1, [rdx+r9]",
    "pcmpeqb xmm0, xmm1",
    "pmovmskb eax, xmm0",
    "xor eax, 0xffff",
    "jne 3f",
    "add r9, 16",
    "cmp r9, r8",
    "jbe 2b",
    "lea rax, [r8+16]",
    "cmp r9, rax",
    "je 6f",
    "mov r9, r8",
    "jmp 2b",
    "3:",
    "bsf eax, eax",
    "add r9, rax",
    "movzx eax, byte ptr [rdi+r9]",
    "movzx r10d, byte ptr [rdx+r9]",
    "cmp eax, r10d",
    "jmp 4f",
    // 8 to 15 bytes: two words that overlap, the first byte most significant.
    "5:",
    "mov rax, [rdi]",
    "mov r10, [rdx]",
    "cmp rax, r10",
    "jne 8f",
    "mov rax, [rdi+r8-8]",
    "mov r10, [rdx+r8-8]",
    "cmp rax, r10",
    "je 6f",
    "8:",
    "bswap rax",
    "bswap r10",
    "cmp rax, r10",
    "jmp 4f",
    "7:",
    "cmp r8, 4",
    "jb 10f",
    "mov eax, [rdi]",
    "mov r10d, [rdx]",
    "cmp eax, r10d",
    "jne 9f",
    "mov eax, [rdi+r8-4]",
    "mov r10d, [rdx+r8-4]",
    "cmp eax, r10d",
    "je 6f",
    "9:",
    "bswap eax",
    "bswap r10d",
    "cmp eax, r10d",
    "jmp 4f",
    "10:",
    "xor r9d, r9d",
    "11:",
    "cmp r9, r8",
    "jae 6f",
    "movzx eax, byte ptr [rdi+r9]",
    "inc r9",
    "cmp al, [rdx+r9-1]",
    "je 11b",
    "jmp 4f",
    // One is a prefix of the other.
    "6:",
    "cmp rsi, rcx",
    "4:",
    "seta al",
    "setb cl",
    "movzx eax, al",
    "movzx ecx, cl",
    "sub rax, rcx",
    "ret",
    ".size \"internal/bytealg.Compare\", . - \"internal/bytealg.Compare\"",
    // Index(a, b []byte): rdi rsi (rdx) rcx r8 (r9). IndexString(a, b string): rdi rsi rdx rcx. b has 2 to 63 bytes.
    //
    // Positions where the first and the last byte of b stand are found 16 at a time; the other bytes are compared
    // there.
    ".balign 32",
    ".globl \"internal/bytealg.Index\"",
    ".type \"internal/bytealg.Index\",@function",
    "\"internal/bytealg.Index\":",
    "mov rdx, rcx",
    "mov rcx, r8",
    ".globl \"internal/bytealg.IndexString\"",
    ".type \"internal/bytealg.IndexString\",@function",
    "\"internal/bytealg.IndexString\":",
    // rsi: the last position; r11: the last one at which 16 can be tested, negative if there is none.
    "sub rsi, rcx",
    "jb 9f",
    "xor eax, eax",
    "lea r11, [rsi-15]",
    "test r11, r11",
    "js 10f",
    "movzx r8d, byte ptr [rdx]",
    "GRUS_BROADCAST xmm0, r8d",
    "movzx r8d, byte ptr [rdx+rcx-1]",
    "GRUS_BROADCAST xmm1, r8d",
    "2:",
    "lea r9, [rdi+rax]",
    "movdqu xmm2, [r9]",
    "movdqu xmm3, [r9+rcx-1]",
    "pcmpeqb xmm2, xmm0",
    "pcmpeqb xmm3, xmm1",
    "pand xmm2, xmm3",
    "pmovmskb r8d, xmm2",
    "test r8d, r8d",
    "jne 4f",
    "3:",
    "add rax, 16",
    "cmp rax, r11",
    "jbe 2b",
    "lea r9, [r11+16]",
    "cmp rax, r9",
    "je 9f",
    "mov rax, r11",
    "jmp 2b",
    "4:",
    "bsf r9d, r8d",
    "lea r10, [rdi+rax]",
    "add r10, r9",
    // Is b at r10?
    "5:",
    "cmp ecx, 8",
    "jae 7f",
    "cmp ecx, 4",
    "jae 6f",
    "movzx r9d, word ptr [r10]",
    "cmp r9w, [rdx]",
    "jne 8f",
    "movzx r9d, byte ptr [r10+rcx-1]",
    "cmp r9b, [rdx+rcx-1]",
    "jne 8f",
    "jmp 14f",
    "6:",
    "mov r9d, [r10]",
    "cmp r9d, [rdx]",
    "jne 8f",
    "mov r9d, [r10+rcx-4]",
    "cmp r9d, [rdx+rcx-4]",
    "jne 8f",
    "jmp 14f",
    "7:",
    "mov r9, [r10+rcx-8]",
    "cmp r9, [rdx+rcx-8]",
    "jne 8f",
    "mov r9, [r10]",
    "cmp r9, [rdx]",
    "jne 8f",
    "cmp ecx, 16",
    "jbe 14f",
    // The rest in steps of 16 from the start; the last 8 bytes are known.
    "xor r9d, r9d",
    "12:",
    "movdqu xmm2, [r10+r9]",
    "movdqu xmm3, [rdx+r9]",
    "pcmpeqb xmm2, xmm3",
    "pmovmskb esi, xmm2",
    "cmp esi, 0xffff",
    "jne 13f",
    "add r9, 16",
    "lea rsi, [r9+16]",
    "cmp rsi, rcx",
    "jbe 12b",
    "movdqu xmm2, [r10+rcx-16]",
    "movdqu xmm3, [rdx+rcx-16]",
    "pcmpeqb xmm2, xmm3",
    "pmovmskb esi, xmm2",
    "cmp esi, 0xffff",
    "je 14f",
    // rsi served as scratch: it is needed where fewer than 16 positions are tested one by one.
    "13:",
    "lea rsi, [r11+15]",
    "8:",
    "test r11, r11",
    "js 11f",
    "lea r9d, [r8-1]",
    "and r8d, r9d",
    "jne 4b",
    "jmp 3b",
    "9:",
    "mov rax, -1",
    "ret",
    // Fewer than 16 positions.
    "10:",
    "movzx r8d, word ptr [rdx]",
    "15:",
    "cmp r8w, [rdi+rax]",
    "lea r10, [rdi+rax]",
    "je 5b",
    "11:",
    "inc rax",
    "cmp rax, rsi",
    "jbe 15b",
    "jmp 9b",
    "14:",
    "mov rax, r10",
    "sub rax, rdi",
    "ret",
    ".size \"internal/bytealg.Index\", . - \"internal/bytealg.Index\"",
    ".popsection",
    ".pushsection \".rodata.grus.bytealg\",\"a\",@progbits",
    ".balign 16",
    "grus_bytealg_mask: .quad 0, 0, -1, -1",
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
        #[link_name = "internal/bytealg.IndexByteString"]
        fn index(p: *const u8, n: usize, c: u8) -> isize;
        #[link_name = "internal/bytealg.CountString"]
        fn count(p: *const u8, n: usize, c: u8) -> isize;
        #[link_name = "internal/bytealg.Compare"]
        fn compare();
        #[link_name = "runtime.cmpstring"]
        fn cmpstring(p: *const u8, n: usize, q: *const u8, m: usize) -> isize;
        #[link_name = "internal/bytealg.IndexString"]
        fn index_string(p: *const u8, n: usize, q: *const u8, m: usize) -> isize;
    }

    fn cmp(a: &[u8], b: &[u8]) -> isize {
        let r: isize;
        // SAFETY: the leaf reads both slices and changes caller-saved registers only.
        unsafe {
            asm!("call {f}", f = sym compare, in("rdi") a.as_ptr(), in("rsi") a.len(), in("rcx") b.as_ptr(),
                in("r8") b.len(), out("rax") r, clobber_abi("C"));
        }
        // SAFETY: as above.
        assert_eq!(unsafe { cmpstring(a.as_ptr(), a.len(), b.as_ptr(), b.len()) }, r);
        r
    }

    fn find_and_count_all() {
        for n in (0..200).chain([255, 256, 257, 300, 383, 384, 385, 500, 512]) {
            let mut v: Vec<u8> = std::vec![b'.'; n];
            // SAFETY: the leaves read n bytes.
            unsafe {
                assert_eq!(index(v.as_ptr(), n, b'x'), -1);
                for i in (0..n).rev() {
                    v[i] = b'x';
                    assert_eq!(index(v.as_ptr(), n, b'x'), i as isize);
                    assert_eq!(count(v.as_ptr(), n, b'x'), (n - i) as isize);
                    assert_eq!(count(v.as_ptr(), n, b'.'), i as isize);
                }
            }
        }
    }

    #[test]
    fn order() {
        for n in 0..70 {
            let a: Vec<u8> = (0..n).map(|i| i as u8 + 100).collect();
            assert_eq!(cmp(&a, &a), 0);
            for i in 0..n as usize {
                assert_eq!(cmp(&a, &a[..i]), 1);
                assert_eq!(cmp(&a[..i], &a), -1);
                let mut b = a.clone();
                b[i] = 200;
                assert_eq!(cmp(&a, &b), -1, "n {n} i {i}");
                assert_eq!(cmp(&b, &a), 1);
            }
        }
    }

    #[test]
    fn with_and_without_extensions() {
        find_and_count_all();
        if is_x86_feature_detected!("avx2") {
            FEATURES.store(feature::AVX2, Ordering::Relaxed);
            find_and_count_all();
            FEATURES.store(0, Ordering::Relaxed);
        }
    }

    #[test]
    fn substrings() {
        let find = |a: &[u8], b: &[u8]| {
            // SAFETY: the leaf reads both slices.
            unsafe { index_string(a.as_ptr(), a.len(), b.as_ptr(), b.len()) }
        };
        let mut x = 1u32;
        let mut random = || {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            x
        };
        for _ in 0..20_000 {
            let letters = 1 + random() % 3;
            let n = 2 + random() as usize % 62;
            let a: Vec<u8> = (0..n + random() as usize % 100).map(|_| (random() % letters) as u8).collect();
            let b: Vec<u8> = if random() % 2 == 0 {
                let at = random() as usize % (a.len() - n + 1);
                a[at..at + n].to_vec()
            } else {
                (0..n).map(|_| (random() % letters) as u8).collect()
            };
            let want = a.windows(n).position(|w| w == b).map_or(-1, |i| i as isize);
            assert_eq!(find(&a, &b), want, "{a:?} {b:?}");
            assert_eq!(find(&a[..n - 1], &b), -1);
        }
    }
}
