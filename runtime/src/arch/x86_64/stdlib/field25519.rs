//! Natives of `crypto/internal/fips140/edwards25519/field`: products and squares modulo 2^255 - 19.
//!
//! An element has five limbs of 51 bits, which may be a little larger. The products of two limbs are added in columns of
//! 128 bits; what is above 2^255 comes back times 19. Two passes of carries end below 2^52, as Go's portable functions
//! do, with the same limbs.
//!
//! **Runs on** goroutine stacks (`feMul`, `feSquare`: 120 bytes below SP, caller-saved registers only), g0 (`feSquareN`).

use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.grus.field25519\",\"ax\",@progbits",
    // A column: the first product, another one, and its end, which leaves the low limb and the carry below SP.
    ".macro GRUS_FE_FIRST x, i, y, j",
    "mov rax, [\\x+8*\\i]",
    "mul qword ptr [\\y+8*\\j]",
    "mov r8, rax",
    "mov r9, rdx",
    ".endm",
    ".macro GRUS_FE_NEXT x, i, y, j",
    "mov rax, [\\x+8*\\i]",
    "mul qword ptr [\\y+8*\\j]",
    "add r8, rax",
    "adc r9, rdx",
    ".endm",
    ".macro GRUS_FE_END k",
    "shld r9, r8, 13",
    "and r8, r10",
    "mov [rsp-80+8*\\k], r8",
    "mov [rsp-120+8*\\k], r9",
    ".endm",
    // All carries by one limb, twice; r10 is the mask of 51 bits.
    ".macro GRUS_FE_CARRY",
    "mov rax, [rsp-80]",
    "mov rcx, [rsp-72]",
    "mov rdx, [rsp-64]",
    "mov r8, [rsp-56]",
    "mov r9, [rsp-48]",
    "imul rsi, [rsp-88], 19",
    "add rcx, [rsp-120]",
    "add rdx, [rsp-112]",
    "add r8, [rsp-104]",
    "add r9, [rsp-96]",
    "add rax, rsi",
    "mov rsi, rax",
    "shr rsi, 51",
    "and rax, r10",
    "mov r11, rcx",
    "shr r11, 51",
    "and rcx, r10",
    "add rcx, rsi",
    "mov rsi, rdx",
    "shr rsi, 51",
    "and rdx, r10",
    "add rdx, r11",
    "mov r11, r8",
    "shr r11, 51",
    "and r8, r10",
    "add r8, rsi",
    "mov rsi, r9",
    "shr rsi, 51",
    "and r9, r10",
    "add r9, r11",
    "imul rsi, rsi, 19",
    "add rax, rsi",
    "mov [rdi], rax",
    "mov [rdi+8], rcx",
    "mov [rdi+16], rdx",
    "mov [rdi+24], r8",
    "mov [rdi+32], r9",
    "ret",
    ".endm",
    // feMul(out, a, b *Element): rdi, rsi, rdx. 19 times b is below SP.
    ".balign 32",
    ".globl \"crypto/internal/fips140/edwards25519/field.feMul\"",
    ".type \"crypto/internal/fips140/edwards25519/field.feMul\",@function",
    "\"crypto/internal/fips140/edwards25519/field.feMul\":",
    "mov rcx, rdx",
    "movabs r10, 0x7ffffffffffff",
    ".irp j, 1, 2, 3, 4",
    "imul rax, [rcx+8*\\j], 19",
    "mov [rsp-40+8*\\j], rax",
    ".endr",
    "GRUS_FE_FIRST rsi, 0, rcx, 0",
    "GRUS_FE_NEXT rsi, 1, rsp-40, 4",
    "GRUS_FE_NEXT rsi, 2, rsp-40, 3",
    "GRUS_FE_NEXT rsi, 3, rsp-40, 2",
    "GRUS_FE_NEXT rsi, 4, rsp-40, 1",
    "GRUS_FE_END 0",
    "GRUS_FE_FIRST rsi, 0, rcx, 1",
    "GRUS_FE_NEXT rsi, 1, rcx, 0",
    "GRUS_FE_NEXT rsi, 2, rsp-40, 4",
    "GRUS_FE_NEXT rsi, 3, rsp-40, 3",
    "GRUS_FE_NEXT rsi, 4, rsp-40, 2",
    "GRUS_FE_END 1",
    "GRUS_FE_FIRST rsi, 0, rcx, 2",
    "GRUS_FE_NEXT rsi, 1, rcx, 1",
    "GRUS_FE_NEXT rsi, 2, rcx, 0",
    "GRUS_FE_NEXT rsi, 3, rsp-40, 4",
    "GRUS_FE_NEXT rsi, 4, rsp-40, 3",
    "GRUS_FE_END 2",
    "GRUS_FE_FIRST rsi, 0, rcx, 3",
    "GRUS_FE_NEXT rsi, 1, rcx, 2",
    "GRUS_FE_NEXT rsi, 2, rcx, 1",
    "GRUS_FE_NEXT rsi, 3, rcx, 0",
    "GRUS_FE_NEXT rsi, 4, rsp-40, 4",
    "GRUS_FE_END 3",
    "GRUS_FE_FIRST rsi, 0, rcx, 4",
    "GRUS_FE_NEXT rsi, 1, rcx, 3",
    "GRUS_FE_NEXT rsi, 2, rcx, 2",
    "GRUS_FE_NEXT rsi, 3, rcx, 1",
    "GRUS_FE_NEXT rsi, 4, rcx, 0",
    "GRUS_FE_END 4",
    "GRUS_FE_CARRY",
    ".size \"crypto/internal/fips140/edwards25519/field.feMul\", . - \"crypto/internal/fips140/edwards25519/field.feMul\"",
    // feSquare(out, a *Element): rdi, rsi. Below SP: twice a0 and a1, 38 times a2 and a3, 19 times a4; 19 times a3 is in
    // the place of the last one while it is needed, and 38 times a4 is twice the other factor.
    ".balign 32",
    ".globl \"crypto/internal/fips140/edwards25519/field.feSquare\"",
    ".type \"crypto/internal/fips140/edwards25519/field.feSquare\",@function",
    "\"crypto/internal/fips140/edwards25519/field.feSquare\":",
    "movabs r10, 0x7ffffffffffff",
    "mov rax, [rsi]",
    "mov rcx, [rsi+8]",
    "add rax, rax",
    "add rcx, rcx",
    "mov [rsp-40], rax",
    "mov [rsp-32], rcx",
    "imul rax, [rsi+24], 19",
    "imul rcx, [rsi+32], 19",
    "mov [rsp-24], rax",
    "mov [rsp-8], rcx",
    "add rax, rax",
    "add rcx, rcx",
    "mov [rsp-16], rax",
    // 38 times a4, in the place that no column's end has written when it is read.
    "mov [rsp-88], rcx",
    "GRUS_FE_FIRST rsi, 0, rsi, 0",
    "GRUS_FE_NEXT rsi, 1, rsp-88, 0",
    "GRUS_FE_NEXT rsi, 2, rsp-40, 3",
    "GRUS_FE_END 0",
    "GRUS_FE_FIRST rsp-40, 0, rsi, 1",
    "GRUS_FE_NEXT rsi, 2, rsp-88, 0",
    "GRUS_FE_NEXT rsi, 3, rsp-40, 2",
    "GRUS_FE_END 1",
    "GRUS_FE_FIRST rsp-40, 0, rsi, 2",
    "GRUS_FE_NEXT rsi, 1, rsi, 1",
    "GRUS_FE_NEXT rsi, 3, rsp-88, 0",
    "GRUS_FE_END 2",
    "GRUS_FE_FIRST rsp-40, 0, rsi, 3",
    "GRUS_FE_NEXT rsp-40, 1, rsi, 2",
    "GRUS_FE_NEXT rsi, 4, rsp-40, 4",
    "GRUS_FE_END 3",
    "GRUS_FE_FIRST rsp-40, 0, rsi, 4",
    "GRUS_FE_NEXT rsp-40, 1, rsi, 3",
    "GRUS_FE_NEXT rsi, 2, rsi, 2",
    "GRUS_FE_END 4",
    "GRUS_FE_CARRY",
    ".size \"crypto/internal/fips140/edwards25519/field.feSquare\", . - \"crypto/internal/fips140/edwards25519/field.feSquare\"",
    ".popsection",
);

crate::g0_entry! {
    "crypto/internal/fips140/edwards25519/field.feSquareN" => square_n,
}

type Limbs = [u64; 5];

/// feSquareN(v, a *Element, n int): a squared n times.
extern "C" fn square_n(v: *mut Limbs, a: *const Limbs, n: isize) {
    // SAFETY: both are elements.
    let mut x = unsafe { *a };
    for _ in 0..n {
        x = squared(x);
    }
    // SAFETY: as above.
    unsafe { *v = x };
}

#[inline]
fn squared([a, b, c, d, e]: Limbs) -> Limbs {
    let mul = |x: u64, y: u64| u128::from(x) * u128::from(y);
    let (a2, b2, d19, e19) = (a * 2, b * 2, d * 19, e * 19);
    let columns = [
        mul(a, a) + mul(b, e19 * 2) + mul(c, d19 * 2),
        mul(a2, b) + mul(c, e19 * 2) + mul(d, d19),
        mul(a2, c) + mul(b, b) + mul(d, e19 * 2),
        mul(a2, d) + mul(b2, c) + mul(e, e19),
        mul(a2, e) + mul(b2, d) + mul(c, c),
    ];
    const MASK: u64 = (1 << 51) - 1;
    let low = columns.map(|v| v as u64 & MASK);
    let carry = columns.map(|v| (v >> 51) as u64);
    let r =
        [low[0] + 19 * carry[4], low[1] + carry[0], low[2] + carry[1], low[3] + carry[2], low[4] + carry[3]];
    let (low, carry) = (r.map(|v| v & MASK), r.map(|v| v >> 51));
    [low[0] + 19 * carry[4], low[1] + carry[0], low[2] + carry[1], low[3] + carry[2], low[4] + carry[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        #[link_name = "crypto/internal/fips140/edwards25519/field.feMul"]
        fn mul(out: *mut Limbs, a: *const Limbs, b: *const Limbs);
        #[link_name = "crypto/internal/fips140/edwards25519/field.feSquare"]
        fn square(out: *mut Limbs, a: *const Limbs);
    }

    fn plain(a: &Limbs, b: &Limbs) -> Limbs {
        let mut columns = [0u128; 5];
        for i in 0..5 {
            for j in 0..5 {
                let factor = if i + j >= 5 { 19 } else { 1 };
                columns[(i + j) % 5] += u128::from(a[i]) * u128::from(b[j]) * factor;
            }
        }
        const MASK: u64 = (1 << 51) - 1;
        let mut r = [0u64; 5];
        for i in 0..5 {
            r[i] += columns[i] as u64 & MASK;
            r[(i + 1) % 5] += (columns[i] >> 51) as u64 * if i == 4 { 19 } else { 1 };
        }
        let mut v = [0u64; 5];
        for i in 0..5 {
            v[i] += r[i] & MASK;
            v[(i + 1) % 5] += (r[i] >> 51) * if i == 4 { 19 } else { 1 };
        }
        v
    }

    #[test]
    fn limbs() {
        let mut x = 1u64;
        let mut random = || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            if x.is_multiple_of(5) { (1 << 52) - 1 } else { x >> 12 }
        };
        for _ in 0..2000 {
            let (a, b): (Limbs, Limbs) = ([0; 5].map(|_| random()), [0; 5].map(|_| random()));
            let mut out = a;
            // SAFETY: all are elements.
            unsafe {
                mul(&mut out, &out, &b);
                assert_eq!(out, plain(&a, &b));
                out = a;
                square(&mut out, &out);
                assert_eq!(out, plain(&a, &a));
            }
            let twice = plain(&out, &out);
            square_n(&mut out, &a, 2);
            assert_eq!(out, twice);
        }
    }
}
