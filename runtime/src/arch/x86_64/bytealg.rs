//! Leaves of `internal/bytealg`: searching, counting and comparing bytes with SSE2.
//!
//! **Runs on** goroutine stacks; no stack use. Loads stay within the operands.

use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.grus.bytealg\",\"ax\",@progbits",
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
    "cmp rsi, 16",
    "jb 5f",
    "movd xmm0, edx",
    "punpcklbw xmm0, xmm0",
    "punpcklwd xmm0, xmm0",
    "pshufd xmm0, xmm0, 0",
    "lea r8, [rsi-16]",
    "xor eax, eax",
    "2:",
    "movdqu xmm1, [rdi+rax]",
    "pcmpeqb xmm1, xmm0",
    "pmovmskb ecx, xmm1",
    "test ecx, ecx",
    "jne 4f",
    "add rax, 16",
    "cmp rax, r8",
    "jbe 2b",
    "cmp rax, rsi",
    "je 6f",
    "mov rax, r8",
    "jmp 2b",
    "4:",
    "bsf ecx, ecx",
    "add rax, rcx",
    "ret",
    "5:",
    "xor eax, eax",
    "7:",
    "cmp rax, rsi",
    "jae 6f",
    "cmp byte ptr [rdi+rax], dl",
    "je 8f",
    "inc rax",
    "jmp 7b",
    "6:",
    "mov rax, -1",
    "8:",
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
    "movd xmm0, edx",
    "punpcklbw xmm0, xmm0",
    "punpcklwd xmm0, xmm0",
    "pshufd xmm0, xmm0, 0",
    "pxor xmm2, xmm2",
    "pxor xmm3, xmm3",
    "pxor xmm5, xmm5",
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
    "movq rax, xmm3",
    "punpckhqdq xmm3, xmm3",
    "movq rcx, xmm3",
    "add rax, rcx",
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
    ".size \"internal/bytealg.Count\", . - \"internal/bytealg.Count\"",
    // Compare(a, b []byte): rdi rsi (rdx) rcx r8 (r9).
    ".balign 32",
    ".globl \"internal/bytealg.Compare\"",
    ".type \"internal/bytealg.Compare\",@function",
    "\"internal/bytealg.Compare\":",
    "mov r9, r8",
    "mov rdx, rcx",
    "mov rcx, r9",
    // rdi, rsi: a; rdx, rcx: b.
    "mov r8, rsi",
    "cmp rcx, rsi",
    "cmovb r8, rcx",
    "xor r9d, r9d",
    "2:",
    "lea r10, [r9+16]",
    "cmp r10, r8",
    "ja 4f",
    "movdqu xmm0, [rdi+r9]",
    "movdqu xmm1, [rdx+r9]",
    "pcmpeqb xmm0, xmm1",
    "pmovmskb eax, xmm0",
    "xor eax, 0xffff",
    "jne 3f",
    "mov r9, r10",
    "jmp 2b",
    "3:",
    "bsf eax, eax",
    "add r9, rax",
    "jmp 5f",
    "4:",
    "cmp r9, r8",
    "jae 6f",
    "movzx eax, byte ptr [rdi+r9]",
    "cmp al, [rdx+r9]",
    "jne 5f",
    "inc r9",
    "jmp 4b",
    "5:",
    "movzx eax, byte ptr [rdi+r9]",
    "movzx r10d, byte ptr [rdx+r9]",
    "cmp eax, r10d",
    "jmp 7f",
    "6:",
    "cmp rsi, rcx",
    "7:",
    "seta al",
    "setb cl",
    "movzx eax, al",
    "movzx ecx, cl",
    "sub rax, rcx",
    "ret",
    ".size \"internal/bytealg.Compare\", . - \"internal/bytealg.Compare\"",
    ".popsection",
);

#[cfg(test)]
mod tests {
    use core::arch::asm;
    use std::vec::Vec;

    unsafe extern "C" {
        #[link_name = "internal/bytealg.IndexByteString"]
        fn index(p: *const u8, n: usize, c: u8) -> isize;
        #[link_name = "internal/bytealg.CountString"]
        fn count(p: *const u8, n: usize, c: u8) -> isize;
        #[link_name = "internal/bytealg.Compare"]
        fn compare();
    }

    fn cmp(a: &[u8], b: &[u8]) -> isize {
        let r: isize;
        // SAFETY: the leaf reads both slices and changes caller-saved registers only.
        unsafe {
            asm!("call {f}", f = sym compare, in("rdi") a.as_ptr(), in("rsi") a.len(), in("rcx") b.as_ptr(),
                in("r8") b.len(), out("rax") r, clobber_abi("C"));
        }
        r
    }

    #[test]
    fn find_and_count() {
        for n in 0..100 {
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
}
