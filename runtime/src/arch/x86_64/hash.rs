//! Leaves of `internal/runtime/maps` that hash memory with AES instructions. They are called only if the machine has
//! AES, SSSE3 and SSE4.1.
//!
//! The seed and the length make a block that one round under a random key of this process scrambles. Each 16 bytes of
//! data are added to a block derived from it in this way, and three rounds spread every bit over the result. Memory of
//! 16 bytes or more is covered by 16-byte loads that may overlap, shorter memory by two overlapping loads: the length
//! in the block tells apart what they read alike.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.grus.hash\",\"ax\",@progbits",
    // memHash32AES(k uint32, h uintptr) uintptr
    ".balign 16",
    ".globl \"internal/runtime/maps.memHash32AES\"",
    ".type \"internal/runtime/maps.memHash32AES\",@function",
    "\"internal/runtime/maps.memHash32AES\":",
    "mov edi, edi",
    // memHash64AES(k uint64, h uintptr) uintptr
    ".globl \"internal/runtime/maps.memHash64AES\"",
    ".type \"internal/runtime/maps.memHash64AES\",@function",
    "\"internal/runtime/maps.memHash64AES\":",
    "movq xmm0, rsi",
    "pinsrq xmm0, rdi, 1",
    "movdqu xmm1, [rip+\"internal/runtime/maps.aeskeysched\"]",
    "movdqu xmm2, [rip+\"internal/runtime/maps.aeskeysched\"+16]",
    "movdqu xmm3, [rip+\"internal/runtime/maps.aeskeysched\"+32]",
    "aesenc xmm0, xmm1",
    "aesenc xmm0, xmm2",
    "aesenc xmm0, xmm3",
    "movq rax, xmm0",
    "ret",
    ".size \"internal/runtime/maps.memHash64AES\", . - \"internal/runtime/maps.memHash64AES\"",
    // memHashAES(p unsafe.Pointer, h, s uintptr) uintptr
    ".balign 32",
    ".globl \"internal/runtime/maps.memHashAES\"",
    ".type \"internal/runtime/maps.memHashAES\",@function",
    "\"internal/runtime/maps.memHashAES\":",
    "movq xmm0, rsi",
    "pinsrq xmm0, rdx, 1",
    "movdqu xmm7, [rip+\"internal/runtime/maps.aeskeysched\"]",
    "cmp rdx, 16",
    "ja 5f",
    "aesenc xmm0, xmm7",
    "jb 2f",
    "movdqu xmm1, [rdi]",
    "jmp 4f",
    "2:",
    "cmp edx, 8",
    "jb 3f",
    "movq xmm1, qword ptr [rdi]",
    "pinsrq xmm1, [rdi+rdx-8], 1",
    "jmp 4f",
    "3:",
    "cmp edx, 4",
    "jb 8f",
    "movd xmm1, dword ptr [rdi]",
    "pinsrd xmm1, [rdi+rdx-4], 1",
    "4:",
    "pxor xmm1, xmm0",
    "movdqu xmm2, [rip+\"internal/runtime/maps.aeskeysched\"+16]",
    "movdqu xmm3, [rip+\"internal/runtime/maps.aeskeysched\"+32]",
    "aesenc xmm1, xmm2",
    "aesenc xmm1, xmm3",
    "aesenc xmm1, xmm0",
    "movq rax, xmm1",
    "ret",
    "8:",
    "test edx, edx",
    "je 9f",
    // One to three bytes: the first, the middle and the last.
    "movzx eax, byte ptr [rdi]",
    "mov ecx, edx",
    "shr ecx, 1",
    "movzx ecx, byte ptr [rdi+rcx]",
    "movzx r8d, byte ptr [rdi+rdx-1]",
    "shl ecx, 8",
    "shl r8d, 16",
    "or eax, ecx",
    "or eax, r8d",
    "movd xmm1, eax",
    "jmp 4b",
    // Nothing to read.
    "9:",
    "aesenc xmm0, xmm7",
    "movq rax, xmm0",
    "ret",
    // More than 16 bytes: a block for each of the four lanes.
    "5:",
    "movdqu xmm4, [rip+\"internal/runtime/maps.aeskeysched\"+16]",
    "movdqu xmm5, [rip+\"internal/runtime/maps.aeskeysched\"+32]",
    "movdqu xmm6, [rip+\"internal/runtime/maps.aeskeysched\"+48]",
    "movdqa xmm1, xmm0",
    "movdqa xmm2, xmm0",
    "movdqa xmm3, xmm0",
    "pxor xmm0, xmm7",
    "pxor xmm1, xmm4",
    "pxor xmm2, xmm5",
    "pxor xmm3, xmm6",
    "aesenc xmm0, xmm7",
    "aesenc xmm1, xmm7",
    "aesenc xmm2, xmm7",
    "aesenc xmm3, xmm7",
    "cmp rdx, 64",
    "jae 6f",
    // 17 to 63 bytes: the first and the last 16; above 32, also those next to them.
    "movdqu xmm8, [rdi]",
    "movdqu xmm9, [rdi+rdx-16]",
    "pxor xmm0, xmm8",
    "pxor xmm1, xmm9",
    "cmp edx, 32",
    "jbe 7f",
    "movdqu xmm8, [rdi+16]",
    "movdqu xmm9, [rdi+rdx-32]",
    "pxor xmm2, xmm8",
    "pxor xmm3, xmm9",
    "jmp 7f",
    // 64 bytes a turn; the last 64 bytes end the loop, whatever was read of them before.
    "6:",
    "lea r8, [rdi+rdx-64]",
    "10:",
    "cmp rdi, r8",
    "jae 11f",
    ".irp n, 0, 1, 2, 3",
    "movdqu xmm8, [rdi+16*\\n]",
    "aesenc xmm\\n, xmm8",
    "aesenc xmm\\n, xmm\\n",
    ".endr",
    "add rdi, 64",
    "jmp 10b",
    "11:",
    ".irp n, 0, 1, 2, 3",
    "movdqu xmm8, [r8+16*\\n]",
    "pxor xmm\\n, xmm8",
    ".endr",
    "7:",
    ".rept 3",
    "aesenc xmm0, xmm4",
    "aesenc xmm1, xmm5",
    "aesenc xmm2, xmm6",
    "aesenc xmm3, xmm7",
    ".endr",
    "pxor xmm0, xmm1",
    "pxor xmm2, xmm3",
    "pxor xmm0, xmm2",
    "aesenc xmm0, xmm4",
    "movq rax, xmm0",
    "ret",
    ".size \"internal/runtime/maps.memHashAES\", . - \"internal/runtime/maps.memHashAES\"",
    // checkMasksAndShiftsAlignment() bool: there are no tables.
    ".balign 16",
    ".globl \"internal/runtime/maps.checkMasksAndShiftsAlignment\"",
    ".type \"internal/runtime/maps.checkMasksAndShiftsAlignment\",@function",
    "\"internal/runtime/maps.checkMasksAndShiftsAlignment\":",
    "mov eax, 1",
    "ret",
    ".popsection",
);

// In a program the variable is Go's.
#[cfg(not(grus_archive))]
global_asm!(
    ".pushsection \".data.grus.hash\",\"aw\",@progbits",
    ".weak \"internal/runtime/maps.aeskeysched\"",
    "\"internal/runtime/maps.aeskeysched\":",
    ".irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16",
    ".quad 0x9e3779b97f4a7c15 * \\n",
    ".endr",
    ".popsection",
);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::vec::Vec;

    unsafe extern "C" {
        #[link_name = "internal/runtime/maps.memHashAES"]
        fn hash(p: *const u8, h: u64, n: usize) -> u64;
        #[link_name = "internal/runtime/maps.memHash64AES"]
        fn hash64(k: u64, h: u64) -> u64;
        #[link_name = "internal/runtime/maps.memHash32AES"]
        fn hash32(k: u32, h: u64) -> u64;
    }

    fn supported() -> bool {
        is_x86_feature_detected!("aes") && is_x86_feature_detected!("sse4.1")
    }

    #[test]
    fn every_byte_length_and_seed_counts() {
        if !supported() {
            return;
        }
        let mut seen = HashSet::new();
        for n in 0..300usize {
            let mut v: Vec<u8> = std::vec![0; n];
            // SAFETY: the leaf reads n bytes.
            unsafe {
                let h = hash(v.as_ptr(), 1, n);
                assert!(seen.insert(h), "length {n}");
                assert_ne!(hash(v.as_ptr(), 2, n), h);
                for i in 0..n {
                    v[i] = 1;
                    let changed = hash(v.as_ptr(), 1, n);
                    assert!(seen.insert(changed), "n {n} byte {i}");
                    let distance = (changed ^ h).count_ones();
                    assert!((8..56).contains(&distance), "n {n} byte {i}: {distance} bits change");
                    v[i] = 0;
                }
            }
        }
    }

    #[test]
    fn only_the_operand_is_read() {
        if !supported() {
            return;
        }
        for n in 0..200usize {
            let mut v: Vec<u8> = std::vec![7; n + 32];
            // SAFETY: the leaf reads n bytes.
            unsafe {
                let h = hash(v.as_ptr().add(16), 1, n);
                v[..16].fill(9);
                v[16 + n..].fill(9);
                assert_eq!(hash(v.as_ptr().add(16), 1, n), h);
            }
        }
    }

    #[test]
    fn words_spread() {
        if !supported() {
            return;
        }
        let (mut low, mut high, mut all) = (HashSet::new(), HashSet::new(), HashSet::new());
        for k in 0..1 << 12 {
            // SAFETY: the leaves read their registers.
            let (a, b) = unsafe { (hash64(k << 40, 5), hash32(k as u32, 5)) };
            low.insert(a & 0xfff);
            high.insert(b >> 52);
            all.insert(a);
        }
        assert_eq!(all.len(), 1 << 12);
        // 1 - 1/e of the values are expected.
        assert!((2400..2800).contains(&low.len()) && (2400..2800).contains(&high.len()));
    }
}
