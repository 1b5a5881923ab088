//! What exists once per program: the panic handler, and the C symbols that `core` refers to.
//!
//! **Runs on** any stack.

use crate::panic::fatal;
use core::arch::global_asm;
use core::panic::PanicInfo;

/// Rust code of the runtime does not panic; if it does, that is a bug of ours.
#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut s = crate::os::output::Sink::stderr();
    s.str("runtime: internal error");
    if let Some(l) = info.location() {
        s.str(" at ").str(l.file()).str(":").dec(l.line() as i64);
    }
    if let Some(text) = info.message().as_str() {
        s.str(": ").str(text);
    }
    s.str("\n");
    drop(s);
    fatal::throw("internal error of the runtime")
}

#[cfg(target_arch = "x86_64")]
global_asm!(
    ".pushsection \".text.grus.libc\",\"ax\",@progbits",
    ".balign 16",
    ".globl memcpy, memmove, memset, memcmp, bcmp, rust_eh_personality",
    ".type memcpy,@function",
    ".type memmove,@function",
    ".type memset,@function",
    ".type memcmp,@function",
    ".type bcmp,@function",
    "memcpy:",
    "memmove:",
    "mov rax, rdi",
    "jmp grus_memmove",
    ".balign 16",
    "memset:",
    "mov r8, rdi",
    "movzx eax, sil",
    "mov r9, 0x0101010101010101",
    "imul rax, r9",
    "cmp rdx, 16",
    "jb 4f",
    "movq xmm0, rax",
    "punpcklqdq xmm0, xmm0",
    "lea rcx, [rdi+rdx-16]",
    "cmp rdx, 1024",
    "jae 5f",
    "3:",
    "movdqu [rdi], xmm0",
    "add rdi, 16",
    "cmp rdi, rcx",
    "jb 3b",
    "movdqu [rcx], xmm0",
    "mov rax, r8",
    "ret",
    "4:",
    "test rdx, rdx",
    "je 6f",
    "mov [rdi+rdx-1], al",
    "dec rdx",
    "jmp 4b",
    "5:",
    "mov rcx, rdx",
    "rep stosb",
    "6:",
    "mov rax, r8",
    "ret",
    ".balign 16",
    "memcmp:",
    "bcmp:",
    "xor ecx, ecx",
    "7:",
    "lea r8, [rcx+8]",
    "cmp r8, rdx",
    "ja 8f",
    "mov rax, [rdi+rcx]",
    "cmp rax, [rsi+rcx]",
    "jne 8f",
    "mov rcx, r8",
    "jmp 7b",
    "8:",
    "cmp rcx, rdx",
    "jae 9f",
    "movzx eax, byte ptr [rdi+rcx]",
    "movzx r8d, byte ptr [rsi+rcx]",
    "inc rcx",
    "sub eax, r8d",
    "je 8b",
    "ret",
    "9:",
    "xor eax, eax",
    "ret",
    "rust_eh_personality:",
    "ud2",
    ".popsection",
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".pushsection \".text.grus.libc\",\"ax\",@progbits",
    ".balign 16",
    ".globl memcpy, memmove, memset, memcmp, bcmp, rust_eh_personality",
    ".type memcpy,@function",
    ".type memmove,@function",
    ".type memset,@function",
    ".type memcmp,@function",
    ".type bcmp,@function",
    "memcpy:",
    "memmove:",
    "b grus_memmove",
    "memset:",
    "mov x9, x0",
    "and x1, x1, #255",
    "mov x10, #0x0101010101010101",
    "mul x10, x10, x1",
    "2:",
    "cmp x2, #8",
    "b.lo 3f",
    "str x10, [x9], #8",
    "sub x2, x2, #8",
    "b 2b",
    "3:",
    "cbz x2, 4f",
    "strb w10, [x9], #1",
    "sub x2, x2, #1",
    "b 3b",
    "4:",
    "ret",
    "memcmp:",
    "bcmp:",
    "mov x9, #0",
    "5:",
    "cmp x9, x2",
    "b.eq 6f",
    "ldrb w10, [x0, x9]",
    "ldrb w11, [x1, x9]",
    "add x9, x9, #1",
    "subs w10, w10, w11",
    "b.eq 5b",
    "mov w0, w10",
    "ret",
    "6:",
    "mov w0, #0",
    "ret",
    "rust_eh_personality:",
    "brk #1",
    ".popsection",
);
