//! Natives of `golang.org/x/crypto/chacha20poly1305`.
//!
//! ChaCha20 computes as many blocks as a vector has lanes, word by word; the words are then brought into the order of the
//! key stream by transposing. Poly1305 works on limbs of 44, 44 and 42 bits; four blocks are multiplied by falling powers
//! of r, and the sum of the products is reduced once. With AVX-512 long texts are summed in eight lanes, in limbs of 26
//! bits.
//!
//! **Runs on** g0, for as long as the data last.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

crate::g0_entry_wide! {
    "vendor/golang.org/x/crypto/chacha20poly1305.chacha20Poly1305Seal" [48] => seal,
    "vendor/golang.org/x/crypto/chacha20poly1305.chacha20Poly1305Open" [48] => open,
}

/// chacha20Poly1305Seal(dst []byte, key []uint32, src, ad []byte): `key` is the initial state with counter 0; the tag
/// follows the text.
extern "C" fn seal(words: *const [usize; 6], stack: *const [usize; 6]) {
    // SAFETY: the words are those of a call; dst has 16 bytes more than src.
    unsafe {
        let ([dst, _, _, key, ..], [src, n, _, more, more_n, _]) = (*words, *stack);
        let (dst, more) = (dst as *mut u8, bytes(more as *const u8, more_n));
        let state = *(key as *const [u32; 16]);
        let authenticator = authenticator(&state);
        stream(&state, dst, src as *const u8, n);
        let tag = tag(authenticator, more, bytes(dst, n));
        dst.add(n).cast::<[u8; 16]>().write_unaligned(tag);
    }
}

/// chacha20Poly1305Open(dst []byte, key []uint32, src, ad []byte) bool: the tag follows src. Without the right one nothing
/// is written.
extern "C" fn open(words: *const [usize; 6], stack: *const [usize; 6]) -> usize {
    // SAFETY: the words are those of a call.
    unsafe {
        let ([dst, _, _, key, ..], [src, n, _, more, more_n, _]) = (*words, *stack);
        let (src, more) = (src as *const u8, bytes(more as *const u8, more_n));
        let state = *(key as *const [u32; 16]);
        let want = u128::from_le_bytes(src.add(n).cast::<[u8; 16]>().read_unaligned());
        let tag = tag(authenticator(&state), more, bytes(src, n));
        if u128::from_le_bytes(tag) != want {
            return 0;
        }
        stream(&state, dst as *mut u8, src, n);
        1
    }
}

/// A slice of Go, whose pointer may be nil if it is empty.
unsafe fn bytes<'a>(p: *const u8, n: usize) -> &'a [u8] {
    // SAFETY: p has n bytes.
    if n == 0 { &[] } else { unsafe { core::slice::from_raw_parts(p, n) } }
}

/// The key of Poly1305: the first half of block 0.
fn authenticator(state: &[u32; 16]) -> [u64; 4] {
    let block = block(state);
    [0, 2, 4, 6].map(|i: usize| u64::from(block[i]) | u64::from(block[i + 1]) << 32)
}

fn block(state: &[u32; 16]) -> [u32; 16] {
    let mut x = *state;
    let mut quarter = |a: usize, b: usize, c: usize, d: usize| {
        x[a] = x[a].wrapping_add(x[b]);
        x[d] = (x[d] ^ x[a]).rotate_left(16);
        x[c] = x[c].wrapping_add(x[d]);
        x[b] = (x[b] ^ x[c]).rotate_left(12);
        x[a] = x[a].wrapping_add(x[b]);
        x[d] = (x[d] ^ x[a]).rotate_left(8);
        x[c] = x[c].wrapping_add(x[d]);
        x[b] = (x[b] ^ x[c]).rotate_left(7);
    };
    for _ in 0..10 {
        quarter(0, 4, 8, 12);
        quarter(1, 5, 9, 13);
        quarter(2, 6, 10, 14);
        quarter(3, 7, 11, 15);
        quarter(0, 5, 10, 15);
        quarter(1, 6, 11, 12);
        quarter(2, 7, 8, 13);
        quarter(3, 4, 9, 14);
    }
    for (x, s) in x.iter_mut().zip(state) {
        *x = x.wrapping_add(*s);
    }
    x
}

/// Adds the key stream from block 1 on to n bytes.
unsafe fn stream(state: &[u32; 16], dst: *mut u8, src: *const u8, n: usize) {
    let mut state = *state;
    state[12] = 1;
    let mut at = 0;
    // SAFETY: source and destination have n bytes; the extensions are there.
    unsafe {
        if has(feature::AVX512) {
            while n - at >= 1024 {
                sixteen(&state, dst.add(at), src.add(at));
                state[12] = state[12].wrapping_add(16);
                at += 1024;
            }
        }
        while n - at >= 512 {
            eight(&state, dst.add(at), src.add(at));
            state[12] = state[12].wrapping_add(8);
            at += 512;
        }
        let left = n - at;
        if left > 64 {
            let mut buffer = [0u8; 512];
            core::ptr::copy_nonoverlapping(src.add(at), buffer.as_mut_ptr(), left);
            let p = buffer.as_mut_ptr();
            eight(&state, p, p);
            core::ptr::copy_nonoverlapping(p, dst.add(at), left);
        } else if left > 0 {
            let mut buffer = [0u8; 64];
            core::ptr::copy_nonoverlapping(src.add(at), buffer.as_mut_ptr(), left);
            for (b, w) in buffer.as_chunks_mut::<4>().0.iter_mut().zip(block(&state)) {
                *b = (u32::from_le_bytes(*b) ^ w).to_le_bytes();
            }
            core::ptr::copy_nonoverlapping(buffer.as_ptr(), dst.add(at), left);
        }
    }
}

macro_rules! twenty_rounds {
    ($x:ident, $add:ident, $xor:ident, $rol:ident) => {
        macro_rules! quarter {
            ($a:literal $b:literal $c:literal $d:literal) => {
                $x[$a] = $add($x[$a], $x[$b]);
                $x[$d] = $rol!(16, $xor($x[$d], $x[$a]));
                $x[$c] = $add($x[$c], $x[$d]);
                $x[$b] = $rol!(12, $xor($x[$b], $x[$c]));
                $x[$a] = $add($x[$a], $x[$b]);
                $x[$d] = $rol!(8, $xor($x[$d], $x[$a]));
                $x[$c] = $add($x[$c], $x[$d]);
                $x[$b] = $rol!(7, $xor($x[$b], $x[$c]));
            };
        }
        for _ in 0..10 {
            quarter!(0 4 8 12);
            quarter!(1 5 9 13);
            quarter!(2 6 10 14);
            quarter!(3 7 11 15);
            quarter!(0 5 10 15);
            quarter!(1 6 11 12);
            quarter!(2 7 8 13);
            quarter!(3 4 9 14);
        }
    };
}

macro_rules! rol_256 {
    (16, $v:expr) => {
        _mm256_shuffle_epi8(
            $v,
            _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0d0c_0f0e_0908_0b0a, 0x0504_0706_0100_0302)),
        )
    };
    (8, $v:expr) => {
        _mm256_shuffle_epi8(
            $v,
            _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0e0d_0c0f_0a09_080b, 0x0605_0407_0201_0003)),
        )
    };
    ($n:literal, $v:expr) => {{
        let v = $v;
        _mm256_or_si256(_mm256_slli_epi32::<$n>(v), _mm256_srli_epi32::<{ 32 - $n }>(v))
    }};
}

macro_rules! rol_512 {
    ($n:literal, $v:expr) => {
        _mm512_rol_epi32::<$n>($v)
    };
}

/// Eight blocks.
#[target_feature(enable = "avx2")]
unsafe fn eight(state: &[u32; 16], dst: *mut u8, src: *const u8) {
    let mut start = state.map(|w| _mm256_set1_epi32(w as i32));
    start[12] = _mm256_add_epi32(start[12], _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    let mut x = start;
    twenty_rounds!(x, _mm256_add_epi32, _mm256_xor_si256, rol_256);
    for (x, s) in x.iter_mut().zip(start) {
        *x = _mm256_add_epi32(*x, s);
    }
    // Four words of a block in a lane: of block j in the low one, of j + 4 in the high one.
    let lanes = |a, b, c, d| {
        let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
        let (ef, gh) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
        [
            _mm256_unpacklo_epi64(ab, cd),
            _mm256_unpackhi_epi64(ab, cd),
            _mm256_unpacklo_epi64(ef, gh),
            _mm256_unpackhi_epi64(ef, gh),
        ]
    };
    let w0 = lanes(x[0], x[1], x[2], x[3]);
    let w4 = lanes(x[4], x[5], x[6], x[7]);
    let w8 = lanes(x[8], x[9], x[10], x[11]);
    let w12 = lanes(x[12], x[13], x[14], x[15]);
    let mix = |at: usize, key: __m256i| {
        // SAFETY: there are 512 bytes.
        unsafe {
            let v = _mm256_loadu_si256(src.add(at).cast());
            _mm256_storeu_si256(dst.add(at).cast(), _mm256_xor_si256(v, key));
        }
    };
    for j in 0..4 {
        mix(64 * j, _mm256_permute2x128_si256::<0x20>(w0[j], w4[j]));
        mix(64 * j + 32, _mm256_permute2x128_si256::<0x20>(w8[j], w12[j]));
        mix(64 * j + 256, _mm256_permute2x128_si256::<0x31>(w0[j], w4[j]));
        mix(64 * j + 288, _mm256_permute2x128_si256::<0x31>(w8[j], w12[j]));
    }
}

/// Sixteen blocks.
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn sixteen(state: &[u32; 16], dst: *mut u8, src: *const u8) {
    let mut start = state.map(|w| _mm512_set1_epi32(w as i32));
    let numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    start[12] = _mm512_add_epi32(start[12], numbers);
    let mut x = start;
    twenty_rounds!(x, _mm512_add_epi32, _mm512_xor_si512, rol_512);
    for (x, s) in x.iter_mut().zip(start) {
        *x = _mm512_add_epi32(*x, s);
    }
    // Four words of a block in a lane: of blocks j, j + 4, j + 8, j + 12.
    let lanes = |a, b, c, d| {
        let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
        let (ef, gh) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
        [
            _mm512_unpacklo_epi64(ab, cd),
            _mm512_unpackhi_epi64(ab, cd),
            _mm512_unpacklo_epi64(ef, gh),
            _mm512_unpackhi_epi64(ef, gh),
        ]
    };
    let w0 = lanes(x[0], x[1], x[2], x[3]);
    let w4 = lanes(x[4], x[5], x[6], x[7]);
    let w8 = lanes(x[8], x[9], x[10], x[11]);
    let w12 = lanes(x[12], x[13], x[14], x[15]);
    let mix = |block: usize, key: __m512i| {
        // SAFETY: there are 1024 bytes.
        unsafe {
            let v = _mm512_loadu_si512(src.add(64 * block).cast());
            _mm512_storeu_si512(dst.add(64 * block).cast(), _mm512_xor_si512(v, key));
        }
    };
    for j in 0..4 {
        // Lanes 0 and 1, 2 and 3 of the first two words and of the last two, then one block from two of these.
        let low = (_mm512_shuffle_i32x4::<0x44>(w0[j], w4[j]), _mm512_shuffle_i32x4::<0x44>(w8[j], w12[j]));
        let high = (_mm512_shuffle_i32x4::<0xee>(w0[j], w4[j]), _mm512_shuffle_i32x4::<0xee>(w8[j], w12[j]));
        mix(j, _mm512_shuffle_i32x4::<0x88>(low.0, low.1));
        mix(j + 4, _mm512_shuffle_i32x4::<0xdd>(low.0, low.1));
        mix(j + 8, _mm512_shuffle_i32x4::<0x88>(high.0, high.1));
        mix(j + 12, _mm512_shuffle_i32x4::<0xdd>(high.0, high.1));
    }
}

const MASK: u64 = (1 << 44) - 1;
const TOP: u64 = (1 << 42) - 1;

/// A power of r: its limbs, and the upper two times 20: what they are worth two limbs of 44 bits above 2^130.
#[derive(Clone, Copy)]
struct Power([u64; 3], u64, u64);

impl Power {
    fn new(r: [u64; 3]) -> Power {
        Power(r, r[1] * 20, r[2] * 20)
    }
}

#[inline(always)]
fn product(sum: &mut [u128; 3], h: [u64; 3], p: &Power) {
    let mul = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let Power(r, s1, s2) = p;
    sum[0] += mul(h[0], r[0]) + mul(h[1], *s2) + mul(h[2], *s1);
    sum[1] += mul(h[0], r[1]) + mul(h[1], r[0]) + mul(h[2], *s2);
    sum[2] += mul(h[0], r[2]) + mul(h[1], r[1]) + mul(h[2], r[0]);
}

#[inline(always)]
fn reduced(d: [u128; 3]) -> [u64; 3] {
    let d1 = d[1] + (d[0] >> 44);
    let d2 = d[2] + (d1 >> 44);
    let h0 = (d[0] as u64 & MASK) + (d2 >> 42) as u64 * 5;
    [h0 & MASK, (d1 as u64 & MASK) + (h0 >> 44), d2 as u64 & TOP]
}

/// A block's limbs, with a bit above it.
#[inline(always)]
fn limbs(block: &[u8; 16]) -> [u64; 3] {
    let v = u128::from_le_bytes(*block);
    let (low, high) = (v as u64, (v >> 64) as u64);
    [low & MASK, (low >> 44 | high << 20) & MASK, high >> 24 | 1 << 40]
}

#[inline(always)]
fn plus(a: [u64; 3], b: [u64; 3]) -> [u64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// The powers of r from the fourth to the first.
type Powers = [Power; 4];

/// Adds data, filled up with zeros to whole blocks.
#[inline(always)]
fn absorb(mut h: [u64; 3], powers: &Powers, data: &[u8]) -> [u64; 3] {
    let (fours, rest) = data.as_chunks::<64>();
    for four in fours {
        let (blocks, _) = four.as_chunks::<16>();
        let mut sum = [0; 3];
        product(&mut sum, plus(h, limbs(&blocks[0])), &powers[0]);
        product(&mut sum, limbs(&blocks[1]), &powers[1]);
        product(&mut sum, limbs(&blocks[2]), &powers[2]);
        product(&mut sum, limbs(&blocks[3]), &powers[3]);
        h = reduced(sum);
    }
    let (blocks, rest) = rest.as_chunks::<16>();
    for block in blocks {
        h = once(h, powers, block);
    }
    if !rest.is_empty() {
        let mut block = [0; 16];
        for (b, v) in block.iter_mut().zip(rest) {
            *b = *v;
        }
        h = once(h, powers, &block);
    }
    h
}

#[inline(always)]
fn once(h: [u64; 3], powers: &Powers, block: &[u8; 16]) -> [u64; 3] {
    let mut sum = [0; 3];
    product(&mut sum, plus(h, limbs(block)), &powers[3]);
    reduced(sum)
}

/// Bytes of text from which on eight lanes are worth their powers.
const LANES: usize = 512;

/// Eight blocks a turn in limbs of 26 bits, as long as there are eight: the sum of every eighth block by Horner's rule
/// with r^8, in a lane each, then each lane times its power and all lanes together. `data` has at least 128 bytes.
/// Returns the sum and what is left.
#[target_feature(enable = "avx512f")]
fn eight_lanes<'a>(h: [u64; 3], powers: &[[u64; 3]; 8], data: &'a [u8]) -> ([u64; 3], &'a [u8]) {
    const M: u64 = (1 << 26) - 1;
    let narrow = |v: [u64; 3]| {
        [v[0] & M, (v[0] >> 26 | v[1] << 18) & M, (v[1] >> 8) & M, (v[1] >> 34 | v[2] << 10) & M, v[2] >> 16]
    };
    let mask = _mm512_set1_epi64(M as i64);
    let top = _mm512_set1_epi64(1 << 24);
    // The lanes have the blocks 0 4 1 5 2 6 3 7.
    let load = |eight: &[u8; 128]| {
        // SAFETY: 128 bytes are there.
        let (x, y) = unsafe {
            (_mm512_loadu_si512(eight.as_ptr().cast()), _mm512_loadu_si512(eight.as_ptr().add(64).cast()))
        };
        let (low, high) = (_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y));
        let middle = _mm512_or_si512(_mm512_srli_epi64::<52>(low), _mm512_slli_epi64::<12>(high));
        [
            _mm512_and_si512(low, mask),
            _mm512_and_si512(_mm512_srli_epi64::<26>(low), mask),
            _mm512_and_si512(middle, mask),
            _mm512_and_si512(_mm512_srli_epi64::<14>(high), mask),
            _mm512_or_si512(_mm512_srli_epi64::<40>(high), top),
        ]
    };
    let times = |a: [__m512i; 5], b: [__m512i; 5], b5: [__m512i; 5]| {
        let mul = |i: usize, j: usize| _mm512_mul_epu32(a[i], if i + j < 5 { b[j % 5] } else { b5[j % 5] });
        let column = |k: usize| {
            let two = _mm512_add_epi64(mul(0, k), mul(1, (k + 4) % 5));
            let four = _mm512_add_epi64(mul(2, (k + 3) % 5), mul(3, (k + 2) % 5));
            _mm512_add_epi64(_mm512_add_epi64(two, four), mul(4, (k + 1) % 5))
        };
        let mut d = [column(0), column(1), column(2), column(3), column(4)];
        macro_rules! carry {
            ($($k:literal)*) => {$(
                d[$k + 1] = _mm512_add_epi64(d[$k + 1], _mm512_srli_epi64::<26>(d[$k]));
                d[$k] = _mm512_and_si512(d[$k], mask);
            )*};
        }
        carry!(0 1 2 3);
        let over = _mm512_srli_epi64::<26>(d[4]);
        d[4] = _mm512_and_si512(d[4], mask);
        d[0] = _mm512_add_epi64(d[0], _mm512_add_epi64(over, _mm512_slli_epi64::<2>(over)));
        carry!(0);
        d
    };
    let fives = |b: [__m512i; 5]| b.map(|v| _mm512_add_epi64(v, _mm512_slli_epi64::<2>(v)));
    let all = narrow(powers[7]).map(|v| _mm512_set1_epi64(v as i64));
    let all5 = fives(all);
    let (eights, rest) = data.as_chunks::<128>();
    let mut sum = load(&eights[0]);
    for (s, v) in sum.iter_mut().zip(narrow(h)) {
        *s = _mm512_add_epi64(*s, _mm512_set_epi64(0, 0, 0, 0, 0, 0, 0, v as i64));
    }
    for eight in &eights[1..] {
        let mut product = times(sum, all, all5);
        for (p, v) in product.iter_mut().zip(load(eight)) {
            *p = _mm512_add_epi64(*p, v);
        }
        sum = product;
    }
    let lane = [0, 4, 1, 5, 2, 6, 3, 7].map(|block: usize| narrow(powers[7 - block]));
    let each = [0, 1, 2, 3, 4].map(|i: usize| {
        let l = lane.map(|p| p[i] as i64);
        _mm512_set_epi64(l[7], l[6], l[5], l[4], l[3], l[2], l[1], l[0])
    });
    let l = times(sum, each, fives(each)).map(|v| _mm512_reduce_add_epi64(v) as u64);
    // Below 2^30 each.
    let x = u128::from(l[0]) + (u128::from(l[1]) << 26) + (u128::from(l[2]) << 52);
    let y = (x >> 44) + (u128::from(l[3]) << 34) + (u128::from(l[4]) << 60);
    let z = (y >> 44) as u64;
    let h0 = (x as u64 & MASK) + (z >> 42) * 5;
    ([h0 & MASK, (y as u64 & MASK) + (h0 >> 44), z & TOP], rest)
}

fn tag(key: [u64; 4], more: &[u8], text: &[u8]) -> [u8; 16] {
    // SAFETY: the callers of the natives have looked for AVX2 and BMI2.
    unsafe { tag_bmi(key, more, text, has(feature::AVX512)) }
}

#[target_feature(enable = "bmi1,bmi2")]
fn tag_bmi(key: [u64; 4], more: &[u8], text: &[u8], lanes: bool) -> [u8; 16] {
    let (low, high) = (key[0] & 0x0fff_fffc_0fff_ffff, key[1] & 0x0fff_fffc_0fff_fffc);
    let r = [low & MASK, (low >> 44 | high << 20) & MASK, high >> 24];
    let first = Power::new(r);
    let next = |p: [u64; 3]| {
        let mut sum = [0; 3];
        product(&mut sum, p, &first);
        reduced(sum)
    };
    let second = next(r);
    let third = next(second);
    let fourth = next(third);
    let powers = [Power::new(fourth), Power::new(third), Power::new(second), first];
    let mut h = absorb([0; 3], &powers, more);
    let mut rest = text;
    if text.len() >= LANES && lanes {
        let fifth = next(fourth);
        let sixth = next(fifth);
        let seventh = next(sixth);
        let all = [r, second, third, fourth, fifth, sixth, seventh, next(seventh)];
        // SAFETY: the caller has looked for AVX-512.
        (h, rest) = unsafe { eight_lanes(h, &all, text) };
    }
    let h = absorb(h, &powers, rest);
    let lengths = u128::from(more.len() as u64) | u128::from(text.len() as u64) << 64;
    let h = once(h, &powers, &lengths.to_le_bytes());
    // All carries, then less 2^130 - 5 if it is not less.
    let h1 = h[1] + (h[0] >> 44);
    let h2 = h[2] + (h1 >> 44);
    let h0 = (h[0] & MASK) + (h2 >> 42) * 5;
    let h1 = (h1 & MASK) + (h0 >> 44);
    let h2 = (h2 & TOP) + (h1 >> 44);
    let (h0, h1) = (h0 & MASK, h1 & MASK);
    let g0 = h0 + 5;
    let g1 = h1 + (g0 >> 44);
    let g2 = h2 + (g1 >> 44);
    let keep = (g2 >> 42).wrapping_sub(1);
    let pick = |g: u64, h: u64, mask: u64| (g & mask & !keep) | (h & keep);
    let (h0, h1, h2) = (pick(g0, h0, MASK), pick(g1, h1, MASK), pick(g2, h2, TOP));
    let h = u128::from(h0 | h1 << 44) | u128::from(h1 >> 20 | h2 << 24) << 64;
    let pad = u128::from(key[2]) | u128::from(key[3]) << 64;
    h.wrapping_add(pad).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn pattern(seed: usize, n: usize) -> Vec<u8> {
        (0..n).map(|i| (((i + seed) * (i + 3 * seed + 1)) >> 2) as u8).collect()
    }

    /// Poly1305 bit by bit: numbers below 2^130 - 5 as 64-bit words.
    fn slow_tag(key: [u64; 4], more: &[u8], text: &[u8]) -> [u8; 16] {
        type N = [u64; 3];
        let add = |a: N, b: N| {
            let t = u128::from(a[0]) + u128::from(b[0]);
            let u = u128::from(a[1]) + u128::from(b[1]) + (t >> 64);
            [t as u64, u as u64, a[2] + b[2] + (u >> 64) as u64]
        };
        let modulo = |mut a: N| {
            while a[2] >= 4 {
                let over = a[2] >> 2;
                a[2] &= 3;
                a = add(a, [over * 5, 0, 0]);
            }
            let b = add(a, [5, 0, 0]);
            if b[2] >= 4 { [b[0], b[1], b[2] & 3] } else { a }
        };
        let r = [key[0] & 0x0fff_fffc_0fff_ffff, key[1] & 0x0fff_fffc_0fff_fffc];
        let mut h = [0; 3];
        let mut data = Vec::new();
        for part in [more, text] {
            data.extend_from_slice(part);
            data.resize(data.len().next_multiple_of(16), 0);
        }
        data.extend_from_slice(&(more.len() as u64).to_le_bytes());
        data.extend_from_slice(&(text.len() as u64).to_le_bytes());
        for block in data.chunks_exact(16) {
            let v = u128::from_le_bytes(block.try_into().unwrap());
            h = modulo(add(h, [v as u64, (v >> 64) as u64, 1]));
            let mut p = [0; 3];
            for i in (0..128).rev() {
                p = modulo(add(p, p));
                if r[i / 64] >> (i % 64) & 1 == 1 {
                    p = modulo(add(p, h));
                }
            }
            h = p;
        }
        let pad = u128::from(key[2]) | u128::from(key[3]) << 64;
        (u128::from(h[0]) | u128::from(h[1]) << 64).wrapping_add(pad).to_le_bytes()
    }

    #[test]
    fn tags() {
        if !is_x86_feature_detected!("bmi2") {
            return;
        }
        for (i, key) in
            [[u64::MAX; 4], [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, 5, u64::MAX]].iter().enumerate()
        {
            for n in (0..70).chain([127, 128, 129, 200, 255]) {
                let text = if i == 0 { std::vec![0xff; n] } else { pattern(n, n) };
                assert_eq!(tag(*key, &text[..n / 3], &text), slow_tag(*key, &text[..n / 3], &text), "{n}");
            }
        }
    }

    /// Tags of long texts, with the extension and without.
    #[test]
    fn lanes() {
        if !is_x86_feature_detected!("bmi2") || !is_x86_feature_detected!("avx512f") {
            return;
        }
        for n in (512..1200).step_by(17).chain([4096, 8192]) {
            for (seed, key) in [
                (1, [u64::MAX; 4]),
                (n, [(n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15), !(n as u64) << 7, 5, 6]),
            ] {
                let text = if seed == 1 { std::vec![0xff; n] } else { pattern(seed, n) };
                // SAFETY: the extensions are there.
                unsafe {
                    assert_eq!(tag_bmi(key, &text[..9], &text, true), tag_bmi(key, &text[..9], &text, false))
                };
            }
        }
    }

    /// The example of RFC 8439, section 2.3.2, and long streams against it block by block.
    #[test]
    fn streams() {
        let mut state = [0u32; 16];
        state[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        for (i, w) in state[4..12].iter_mut().enumerate() {
            *w = u32::from_le_bytes([0, 1, 2, 3].map(|b| (4 * i + b) as u8));
        }
        state[12..].copy_from_slice(&[1, 0x0900_0000, 0x4a00_0000, 0]);
        let first = block(&state);
        assert_eq!((first[0], first[15]), (0xe4e7_f110, 0x4e3c_50a2));
        let mut key = Vec::new();
        for i in 1..50 {
            state[12] = i;
            key.extend(block(&state).into_iter().flat_map(u32::to_le_bytes));
        }
        if !is_x86_feature_detected!("avx2") {
            return;
        }
        let wide = is_x86_feature_detected!("avx512vl");
        let src = pattern(5, 3000);
        state[12] = 1;
        for n in (0..70).chain([127, 129, 511, 512, 513, 600, 1023, 1024, 1025, 2000, 3000]) {
            let mut dst = std::vec![0; n];
            // SAFETY: both have n bytes.
            unsafe { stream(&state, dst.as_mut_ptr(), src.as_ptr(), n) };
            assert!(dst.iter().zip(&src).zip(&key).all(|((d, s), k)| d ^ s == *k), "{n}");
        }
        if wide {
            let mut dst = [0u8; 1024];
            // SAFETY: both have 1024 bytes.
            unsafe { sixteen(&state, dst.as_mut_ptr(), src.as_ptr()) };
            assert!(dst.iter().zip(&src).zip(&key).all(|((d, s), k)| d ^ s == *k));
        }
    }
}
