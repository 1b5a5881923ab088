//! Natives of `hash/crc32`.
//!
//! Castagnoli's polynomial has an instruction; three sums at once hide its latency. For the IEEE polynomial the data
//! are *folded*: a block of 128 bits is, modulo the polynomial, what two carry-less products with constants move to the
//! place of a later block. The constants are powers of x modulo the polynomial, in the reversed order of bits that the
//! sum has, and one place to the left because a product of reversed operands is short of one bit.
//!
//! **Runs on** goroutine stacks (the leaves), g0 (`ieee`).

use crate::cpu::{feature, has};
use core::arch::global_asm;
use core::arch::x86_64::*;

global_asm!(
    ".pushsection \".text.hash/crc32.castagnoliSSE42\",\"ax\",@progbits",
    ".balign 32",
    // castagnoliSSE42(crc uint32, p []byte) uint32: edi, rsi, rdx.
    ".globl \"hash/crc32.castagnoliSSE42\"",
    ".type \"hash/crc32.castagnoliSSE42\",@function",
    "\"hash/crc32.castagnoliSSE42\":",
    "mov eax, edi",
    "cmp rdx, 8",
    "jb 3f",
    "2:",
    "crc32 rax, qword ptr [rsi]",
    "add rsi, 8",
    "sub rdx, 8",
    "cmp rdx, 8",
    "jae 2b",
    "3:",
    "test dl, 4",
    "je 4f",
    "crc32 eax, dword ptr [rsi]",
    "add rsi, 4",
    "4:",
    "test dl, 2",
    "je 5f",
    "crc32 eax, word ptr [rsi]",
    "add rsi, 2",
    "5:",
    "test dl, 1",
    "je 6f",
    "crc32 eax, byte ptr [rsi]",
    "6:",
    "ret",
    ".size \"hash/crc32.castagnoliSSE42\", . - \"hash/crc32.castagnoliSSE42\"",
    ".popsection",
    ".pushsection \".text.hash/crc32.castagnoliSSE42Triple\",\"ax\",@progbits",
    ".balign 32",
    // castagnoliSSE42Triple(crcA, crcB, crcC uint32, a, b, c []byte, rounds uint32) (retA, retB, retC uint32):
    // edi, esi, edx, a in rcx, b and c at 8 and 32 of the stack, rounds at 56. A round takes 24 bytes of each.
    ".globl \"hash/crc32.castagnoliSSE42Triple\"",
    ".type \"hash/crc32.castagnoliSSE42Triple\",@function",
    "\"hash/crc32.castagnoliSSE42Triple\":",
    "mov eax, edi",
    "mov esi, esi",
    "mov edx, edx",
    "mov r8, [rsp+8]",
    "mov r9, [rsp+32]",
    "mov r10d, [rsp+56]",
    "2:",
    ".irp at, 0, 8, 16",
    "crc32 rax, qword ptr [rcx+\\at]",
    "crc32 rsi, qword ptr [r8+\\at]",
    "crc32 rdx, qword ptr [r9+\\at]",
    ".endr",
    "add rcx, 24",
    "add r8, 24",
    "add r9, 24",
    "dec r10d",
    "jne 2b",
    "mov rcx, rsi",
    "ret 64",
    ".size \"hash/crc32.castagnoliSSE42Triple\", . - \"hash/crc32.castagnoliSSE42Triple\"",
    ".popsection",
);

crate::g0_entry! {
    "hash/crc32.ieeeCLMUL" => ieee,
}

/// The polynomial without its highest term, the coefficient of x^31 lowest.
const IEEE: u32 = 0xedb8_8320;

/// x^n modulo the polynomial, as an operand.
const fn power(mut n: u32) -> i64 {
    let mut v = 1u32 << 31;
    while n > 0 {
        v = (v >> 1) ^ (IEEE & (v & 1).wrapping_neg());
        n -= 1;
    }
    (v as i64) << 1
}

/// What moves the two halves of a block by a number of bits.
const fn fold(bits: u32) -> (i64, i64) {
    (power(bits + 32), power(bits - 32))
}

/// The quotient of x^64 and the polynomial, reversed, 33 bits.
const MU: i64 = 0x1_f701_1641;
const POLYNOMIAL: i64 = ((IEEE as i64) << 1) | 1;
const _: () =
    assert!(power(64) == 0x1_63cd_6124 && fold(512).0 == 0x1_5444_2bd4 && fold(512).1 == 0x1_c6e4_1596);

/// ieeeCLMUL(crc uint32, p []byte) uint32; at least 64 bytes, a multiple of 16. The machine has PCLMULQDQ and SSE4.1.
extern "C" fn ieee(crc: u32, p: *const u8, n: usize) -> u32 {
    // SAFETY: the caller has looked for the extensions; p has n bytes.
    unsafe { if n >= 256 && has(feature::VPCLMUL512) { ieee_512(crc, p, n) } else { ieee_128(crc, p, n) } }
}

/// A block moved by the bits that `k` stands for, added to the one that is there.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn folded(x: __m128i, k: (i64, i64), next: __m128i) -> __m128i {
    let k = _mm_set_epi64x(k.1, k.0);
    let low = _mm_clmulepi64_si128::<0x00>(x, k);
    let high = _mm_clmulepi64_si128::<0x11>(x, k);
    _mm_xor_si128(_mm_xor_si128(low, high), next)
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
unsafe fn ieee_128(crc: u32, mut p: *const u8, mut n: usize) -> u32 {
    // SAFETY: p has n bytes, of which p and n keep account.
    unsafe {
        let load = |p: *const u8, i: usize| _mm_loadu_si128(p.cast::<__m128i>().add(i));
        let mut x = [load(p, 0), load(p, 1), load(p, 2), load(p, 3)];
        x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128(crc as i32));
        p = p.add(64);
        n -= 64;
        while n >= 64 {
            for (i, x) in x.iter_mut().enumerate() {
                *x = folded(*x, const { fold(512) }, load(p, i));
            }
            p = p.add(64);
            n -= 64;
        }
        let mut y = x[0];
        for &next in &x[1..] {
            y = folded(y, const { fold(128) }, next);
        }
        rest(y, p, n)
    }
}

/// The sum of a block and n more bytes, a multiple of 16.
#[target_feature(enable = "pclmulqdq,sse4.1")]
unsafe fn rest(mut y: __m128i, mut p: *const u8, mut n: usize) -> u32 {
    while n >= 16 {
        // SAFETY: p has n bytes.
        unsafe {
            y = folded(y, const { fold(128) }, _mm_loadu_si128(p.cast()));
            p = p.add(16);
        }
        n -= 16;
    }
    // 128 bits to 96, to 64, and the remainder by multiplying with the quotient.
    let k = _mm_set_epi64x(power(64), fold(128).1);
    let low32 = _mm_set_epi32(0, 0, 0, -1);
    let y = _mm_xor_si128(_mm_srli_si128::<8>(y), _mm_clmulepi64_si128::<0x00>(y, k));
    let high = _mm_srli_si128::<4>(y);
    let y = _mm_xor_si128(_mm_clmulepi64_si128::<0x10>(_mm_and_si128(y, low32), k), high);
    let q = _mm_set_epi64x(MU, POLYNOMIAL);
    let t = _mm_clmulepi64_si128::<0x10>(_mm_and_si128(y, low32), q);
    let t = _mm_clmulepi64_si128::<0x00>(_mm_and_si128(t, low32), q);
    _mm_extract_epi32::<1>(_mm_xor_si128(y, t)) as u32
}

#[inline]
#[target_feature(enable = "avx512f,vpclmulqdq")]
fn folded_512(x: __m512i, k: (i64, i64), next: __m512i) -> __m512i {
    let k = _mm512_set4_epi64(k.1, k.0, k.1, k.0);
    let low = _mm512_clmulepi64_epi128::<0x00>(x, k);
    let high = _mm512_clmulepi64_epi128::<0x11>(x, k);
    _mm512_ternarylogic_epi64::<0x96>(low, high, next)
}

#[target_feature(enable = "avx512f,vpclmulqdq,pclmulqdq,sse4.1")]
unsafe fn ieee_512(crc: u32, mut p: *const u8, mut n: usize) -> u32 {
    // SAFETY: p has n bytes, of which p and n keep account.
    unsafe {
        let load = |p: *const u8, i: usize| _mm512_loadu_si512(p.cast::<__m512i>().add(i));
        let mut x = [load(p, 0), load(p, 1), load(p, 2), load(p, 3)];
        x[0] = _mm512_xor_si512(x[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128(crc as i32)));
        p = p.add(256);
        n -= 256;
        while n >= 256 {
            for (i, x) in x.iter_mut().enumerate() {
                *x = folded_512(*x, const { fold(2048) }, load(p, i));
            }
            p = p.add(256);
            n -= 256;
        }
        let mut y = x[0];
        for &next in &x[1..] {
            y = folded_512(y, const { fold(512) }, next);
        }
        while n >= 64 {
            y = folded_512(y, const { fold(512) }, load(p, 0));
            p = p.add(64);
            n -= 64;
        }
        let mut z = _mm512_castsi512_si128(y);
        z = folded(z, const { fold(128) }, _mm512_extracti32x4_epi32::<1>(y));
        z = folded(z, const { fold(128) }, _mm512_extracti32x4_epi32::<2>(y));
        z = folded(z, const { fold(128) }, _mm512_extracti32x4_epi32::<3>(y));
        rest(z, p, n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[allow(improper_ctypes)]
    unsafe extern "C" {
        #[link_name = "hash/crc32.castagnoliSSE42"]
        fn castagnoli(crc: u32, p: *const u8, n: usize) -> u32;
    }

    fn bitwise(mut crc: u32, p: &[u8], polynomial: u32) -> u32 {
        for &b in p {
            crc ^= u32::from(b);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg());
            }
        }
        crc
    }

    fn data(n: usize) -> Vec<u8> {
        (0..n).map(|i| (i * i * 7 + i * 13 + (i >> 8)) as u8).collect()
    }

    #[test]
    fn ieee_is_the_bitwise_sum() {
        if !is_x86_feature_detected!("pclmulqdq") {
            return;
        }
        let wide = is_x86_feature_detected!("vpclmulqdq") && is_x86_feature_detected!("avx512f");
        let v = data(2000);
        for n in (64..1200).step_by(16) {
            for at in 0..17 {
                let want = bitwise(0x1234_5678, &v[at..at + n], IEEE);
                // SAFETY: n bytes are there.
                unsafe {
                    assert_eq!(ieee_128(0x1234_5678, v.as_ptr().add(at), n), want, "{n}");
                    if wide && n >= 256 {
                        assert_eq!(ieee_512(0x1234_5678, v.as_ptr().add(at), n), want, "{n}");
                    }
                }
            }
        }
    }

    #[test]
    fn castagnoli_is_the_bitwise_sum() {
        if !is_x86_feature_detected!("sse4.2") {
            return;
        }
        let v = data(100);
        for n in 0..90 {
            // SAFETY: n bytes are there.
            assert_eq!(unsafe { castagnoli(77, v.as_ptr(), n) }, bitwise(77, &v[..n], 0x82f6_3b78), "{n}");
        }
    }
}
