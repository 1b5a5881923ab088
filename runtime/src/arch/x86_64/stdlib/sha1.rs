//! Natives of `crypto/sha1`: the block function with the SHA extensions, and with AVX2 and BMI.
//!
//! **Runs on** g0, for as long as the data last.
#![allow(unused_assignments)] // The last rounds of a block make words that are not used.

use core::arch::x86_64::*;

crate::g0_entry! {
    "crypto/sha1.blockSHANI" => block_sha,
    "crypto/sha1.blockAVX2" => block_bmi,
}

/// blockSHANI(dig *digest, p []byte): `dig` begins with the five words.
extern "C" fn block_sha(h: *mut u32, p: *const u8, n: usize) {
    // SAFETY: the caller has looked for the extensions; h has five words, p n bytes.
    unsafe { sha(h, p, n / 64) }
}

/// blockAVX2(dig *digest, p []byte).
extern "C" fn block_bmi(h: *mut u32, p: *const u8, n: usize) {
    // SAFETY: as above.
    unsafe { bmi(h, p, n / 64) }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
unsafe fn sha(h: *mut u32, mut p: *const u8, blocks: usize) {
    let swap = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    // SAFETY: h has five words, p 64 bytes a block.
    unsafe {
        let mut abcd = _mm_shuffle_epi32::<0x1b>(_mm_loadu_si128(h.cast()));
        let mut e = _mm_set_epi32(*h.add(4) as i32, 0, 0, 0);
        for _ in 0..blocks {
            let before = (abcd, e);
            let data = p.cast::<__m128i>();
            let mut w = [
                _mm_shuffle_epi8(_mm_loadu_si128(data), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(1)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(2)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(3)), swap),
            ];
            let mut sum = _mm_add_epi32(e, w[0]);
            // Four rounds. The words of the next four are ready; those of the last sixteen make new ones.
            macro_rules! rounds {
                ($($i:literal)*) => {$(
                    let last = abcd;
                    abcd = _mm_sha1rnds4_epu32::<{ $i / 5 }>(abcd, sum);
                    if $i < 16 {
                        let part = _mm_sha1msg1_epu32(w[$i % 4], w[($i + 1) % 4]);
                        let part = _mm_xor_si128(part, w[($i + 2) % 4]);
                        w[$i % 4] = _mm_sha1msg2_epu32(part, w[($i + 3) % 4]);
                    }
                    sum = _mm_sha1nexte_epu32(last, if $i < 19 { w[($i + 1) % 4] } else { before.1 });
                )*};
            }
            rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
            e = sum;
            abcd = _mm_add_epi32(abcd, before.0);
            p = p.add(64);
        }
        _mm_storeu_si128(h.cast(), _mm_shuffle_epi32::<0x1b>(abcd));
        *h.add(4) = _mm_extract_epi32::<3>(e) as u32;
    }
}

/// The constant of 20 rounds.
const K: [u32; 4] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn bmi(h: *mut u32, mut p: *const u8, blocks: usize) {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    // SAFETY: h has five words, p 64 bytes a block.
    unsafe {
        let h = &mut *h.cast::<[u32; 5]>();
        for _ in 0..blocks {
            let [mut a, mut b, mut c, mut d, mut e] = *h;
            let data = p.cast::<__m128i>();
            let mut w = [_mm_setzero_si128(); 8];
            for (i, w) in w[..4].iter_mut().enumerate() {
                *w = _mm_shuffle_epi8(_mm_loadu_si128(data.add(i)), swap);
            }
            // Words 4 * i are in w[i % 8].
            macro_rules! round {
                ($part:expr, $a:ident $b:ident $c:ident $d:ident $e:ident, $w:expr) => {
                    let f = match $part {
                        0 => ($b & $c).wrapping_add(!$b & $d),
                        2 => ($b & $c).wrapping_add(($b ^ $c) & $d),
                        _ => $b ^ $c ^ $d,
                    };
                    $e = $e.wrapping_add($w).wrapping_add(f).wrapping_add($a.rotate_left(5));
                    $b = $b.rotate_left(30);
                };
            }
            macro_rules! four {
                ($i:literal, $a:ident $b:ident $c:ident $d:ident $e:ident) => {
                    let x = _mm_add_epi32(w[$i % 8], _mm_set1_epi32(K[$i / 5] as i32));
                    if $i < 16 {
                        w[($i + 4) % 8] = match $i {
                            0..4 => first_schedule(w[$i % 8], w[($i + 1) % 8], w[($i + 2) % 8], w[($i + 3) % 8]),
                            _ => later_schedule(
                                [w[($i + 4) % 8], w[($i + 5) % 8], w[$i % 8], w[($i + 1) % 8]],
                                w[($i + 2) % 8],
                                w[($i + 3) % 8],
                            ),
                        };
                    }
                    let (x01, x23) = (_mm_cvtsi128_si64(x) as u64, _mm_extract_epi64::<1>(x) as u64);
                    round!($i / 5, $a $b $c $d $e, x01 as u32);
                    round!($i / 5, $e $a $b $c $d, (x01 >> 32) as u32);
                    round!($i / 5, $d $e $a $b $c, x23 as u32);
                    round!($i / 5, $c $d $e $a $b, (x23 >> 32) as u32);
                };
            }
            macro_rules! twenty {
                ($i0:literal $i1:literal $i2:literal $i3:literal $i4:literal) => {
                    four!($i0, a b c d e);
                    four!($i1, b c d e a);
                    four!($i2, c d e a b);
                    four!($i3, d e a b c);
                    four!($i4, e a b c d);
                };
            }
            twenty!(0 1 2 3 4);
            twenty!(5 6 7 8 9);
            twenty!(10 11 12 13 14);
            twenty!(15 16 17 18 19);
            for (h, v) in h.iter_mut().zip([a, b, c, d, e]) {
                *h = h.wrapping_add(v);
            }
            p = p.add(64);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotated<const LEFT: i32, const RIGHT: i32>(v: __m128i) -> __m128i {
    _mm_or_si128(_mm_slli_epi32::<LEFT>(v), _mm_srli_epi32::<RIGHT>(v))
}

/// Four words from the last sixteen: `w[t] = rol1(w[t-3] ^ w[t-8] ^ w[t-14] ^ w[t-16])`. The last one depends on the
/// first.
#[inline]
#[target_feature(enable = "avx2")]
fn first_schedule(w0: __m128i, w1: __m128i, w2: __m128i, w3: __m128i) -> __m128i {
    let x = _mm_xor_si128(_mm_srli_si128::<4>(w3), w2);
    let x = _mm_xor_si128(_mm_xor_si128(x, _mm_alignr_epi8::<8>(w1, w0)), w0);
    let first = _mm_slli_si128::<12>(x);
    _mm_xor_si128(rotated::<1, 31>(x), rotated::<2, 30>(first))
}

/// Four words from those long before: `w[t] = rol2(w[t-6] ^ w[t-16] ^ w[t-28] ^ w[t-32])`; `w` has those from t-32, t-28,
/// t-16 and t-12 on.
#[inline]
#[target_feature(enable = "avx2")]
fn later_schedule(w: [__m128i; 4], w8: __m128i, w4: __m128i) -> __m128i {
    let x = _mm_xor_si128(_mm_xor_si128(w[0], w[1]), w[2]);
    rotated::<2, 30>(_mm_xor_si128(x, _mm_alignr_epi8::<8>(w4, w8)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const START: [u32; 5] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

    fn plain(h: &mut [u32; 5], p: &[u8]) {
        for block in p.chunks_exact(64) {
            let mut w = [0u32; 80];
            for (i, b) in block.chunks_exact(4).enumerate() {
                w[i] = u32::from_be_bytes(b.try_into().unwrap());
            }
            for i in 16..80 {
                w[i] = (w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]).rotate_left(1);
            }
            let [mut a, mut b, mut c, mut d, mut e] = *h;
            for (i, w) in w.iter().enumerate() {
                let f = match i / 20 {
                    0 => (b & c) | (!b & d),
                    2 => (b & c) | (b & d) | (c & d),
                    _ => b ^ c ^ d,
                };
                let t = a.rotate_left(5).wrapping_add(f).wrapping_add(e);
                let t = t.wrapping_add(*w).wrapping_add(K[i / 20]);
                (e, d, c, b, a) = (d, c, b.rotate_left(30), a, t);
            }
            for (h, v) in h.iter_mut().zip([a, b, c, d, e]) {
                *h = h.wrapping_add(v);
            }
        }
    }

    #[test]
    fn blocks() {
        let v: Vec<u8> = (0..1000).map(|i| (i * i * 7 + i * 13) as u8).collect();
        for n in 0..9 {
            for at in [0, 1, 15] {
                let mut want = START;
                plain(&mut want, &v[at..at + 64 * n]);
                if is_x86_feature_detected!("sha") {
                    let mut h = START;
                    block_sha(h.as_mut_ptr(), v[at..].as_ptr(), 64 * n);
                    assert_eq!(h, want);
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
                    let mut h = START;
                    block_bmi(h.as_mut_ptr(), v[at..].as_ptr(), 64 * n);
                    assert_eq!(h, want);
                }
            }
        }
        let mut abc = [0u8; 64];
        abc[..4].copy_from_slice(b"abc\x80");
        abc[63] = 24;
        let mut h = START;
        plain(&mut h, &abc);
        assert_eq!((h[0], h[4]), (0xa9993e36, 0x9cd0d89d));
    }
}
