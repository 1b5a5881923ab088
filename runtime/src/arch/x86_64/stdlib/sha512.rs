//! Native of `crypto/internal/fips140/sha512`: the block function.
//!
//! The message schedule is computed in vectors, two words at a time, between the rounds that use it sixteen words
//! later. AVX-512 rotates and combines three operands in one instruction each.
//!
//! **Runs on** g0, for as long as the data last.
#![allow(unused_assignments)] // The last rounds of a block make words that are not used.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

crate::g0_entry! {
    "crypto/internal/fips140/sha512.blockAVX2" => block,
}

#[repr(align(16))]
struct Constants([u64; 80]);

/// The first 64 bits of the fractional parts of the cube roots of the first 80 primes.
static K: Constants = Constants([
    0x428a2f98d728ae22,
    0x7137449123ef65cd,
    0xb5c0fbcfec4d3b2f,
    0xe9b5dba58189dbbc,
    0x3956c25bf348b538,
    0x59f111f1b605d019,
    0x923f82a4af194f9b,
    0xab1c5ed5da6d8118,
    0xd807aa98a3030242,
    0x12835b0145706fbe,
    0x243185be4ee4b28c,
    0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f,
    0x80deb1fe3b1696b1,
    0x9bdc06a725c71235,
    0xc19bf174cf692694,
    0xe49b69c19ef14ad2,
    0xefbe4786384f25e3,
    0x0fc19dc68b8cd5b5,
    0x240ca1cc77ac9c65,
    0x2de92c6f592b0275,
    0x4a7484aa6ea6e483,
    0x5cb0a9dcbd41fbd4,
    0x76f988da831153b5,
    0x983e5152ee66dfab,
    0xa831c66d2db43210,
    0xb00327c898fb213f,
    0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2,
    0xd5a79147930aa725,
    0x06ca6351e003826f,
    0x142929670a0e6e70,
    0x27b70a8546d22ffc,
    0x2e1b21385c26c926,
    0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df,
    0x650a73548baf63de,
    0x766a0abb3c77b2a8,
    0x81c2c92e47edaee6,
    0x92722c851482353b,
    0xa2bfe8a14cf10364,
    0xa81a664bbc423001,
    0xc24b8b70d0f89791,
    0xc76c51a30654be30,
    0xd192e819d6ef5218,
    0xd69906245565a910,
    0xf40e35855771202a,
    0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8,
    0x1e376c085141ab53,
    0x2748774cdf8eeb99,
    0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63,
    0x4ed8aa4ae3418acb,
    0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc,
    0x78a5636f43172f60,
    0x84c87814a1f0ab72,
    0x8cc702081a6439ec,
    0x90befffa23631e28,
    0xa4506cebde82bde9,
    0xbef9a3f7b2c67915,
    0xc67178f2e372532b,
    0xca273eceea26619c,
    0xd186b8c721c0c207,
    0xeada7dd6cde0eb1e,
    0xf57d4f7fee6ed178,
    0x06f067aa72176fba,
    0x0a637dc5a2c898a6,
    0x113f9804bef90dae,
    0x1b710b35131c471b,
    0x28db77f523047d84,
    0x32caab7b40c72493,
    0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6,
    0x597f299cfc657e2a,
    0x5fcb6fab3ad6faec,
    0x6c44198c4a475817,
]);

/// blockAVX2(dig *Digest, p []byte): `dig` begins with the eight words.
extern "C" fn block(h: *mut u64, p: *const u8, n: usize) {
    // SAFETY: the caller has looked for AVX2 and BMI; h has eight words, p n bytes.
    unsafe {
        if has(feature::AVX512 | feature::BMI2) {
            avx512(h, p, n / 128);
        } else {
            avx2(h, p, n / 128);
        }
    }
}

macro_rules! blocks {
    ($name:ident, $features:literal, $schedule:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name(h: *mut u64, mut p: *const u8, blocks: usize) {
            let swap = _mm_set_epi64x(0x0809_0a0b_0c0d_0e0f, 0x0001_0203_0405_0607);
            // SAFETY: h has eight words, p 128 bytes a block.
            unsafe {
                let h = &mut *h.cast::<[u64; 8]>();
                for _ in 0..blocks {
                    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut hh] = *h;
                    let data = p.cast::<__m128i>();
                    let mut w = [_mm_setzero_si128(); 8];
                    for (i, w) in w.iter_mut().enumerate() {
                        *w = _mm_shuffle_epi8(_mm_loadu_si128(data.add(i)), swap);
                    }
                    macro_rules! round {
                        ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $w:expr) => {
                            let s1 = $e.rotate_right(14) ^ $e.rotate_right(18) ^ $e.rotate_right(41);
                            let ch = ($e & $f).wrapping_add(!$e & $g);
                            let t1 = $h.wrapping_add($w).wrapping_add(ch).wrapping_add(s1);
                            let s0 = $a.rotate_right(28) ^ $a.rotate_right(34) ^ $a.rotate_right(39);
                            let maj = ($a & $b).wrapping_add(($a ^ $b) & $c);
                            $d = $d.wrapping_add(t1);
                            $h = t1.wrapping_add(maj).wrapping_add(s0);
                        };
                    }
                    // Two rounds, and the words sixteen rounds later.
                    macro_rules! two {
                        ($more:expr, $at:expr, $i:literal,
                         $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
                            let k = _mm_load_si128(K.0.as_ptr().cast::<__m128i>().add($at + $i));
                            let x = _mm_add_epi64(w[$i], k);
                            if $more {
                                w[$i] = $schedule(
                                    [w[$i], w[($i + 1) % 8], w[($i + 4) % 8], w[($i + 5) % 8], w[($i + 7) % 8]],
                                );
                            }
                            round!($a $b $c $d $e $f $g $h, _mm_cvtsi128_si64(x) as u64);
                            round!($h $a $b $c $d $e $f $g, _mm_extract_epi64::<1>(x) as u64);
                        };
                    }
                    macro_rules! sixteen {
                        ($more:expr, $at:expr) => {
                            two!($more, $at, 0, a b c d e f g hh);
                            two!($more, $at, 1, g hh a b c d e f);
                            two!($more, $at, 2, e f g hh a b c d);
                            two!($more, $at, 3, c d e f g hh a b);
                            two!($more, $at, 4, a b c d e f g hh);
                            two!($more, $at, 5, g hh a b c d e f);
                            two!($more, $at, 6, e f g hh a b c d);
                            two!($more, $at, 7, c d e f g hh a b);
                        };
                    }
                    for at in [0, 8, 16, 24] {
                        sixteen!(true, at);
                    }
                    sixteen!(false, 32);
                    for (h, v) in h.iter_mut().zip([a, b, c, d, e, f, g, hh]) {
                        *h = h.wrapping_add(v);
                    }
                    p = p.add(128);
                }
            }
        }
    };
}

blocks!(avx2, "avx2,bmi1,bmi2", schedule_avx2);
blocks!(avx512, "avx512f,avx512vl,avx2,bmi1,bmi2", schedule_avx512);

/// Two words of the message schedule from those 16, 14, 8, 6 and 2 words before.
#[inline]
#[target_feature(enable = "avx2")]
fn schedule_avx2(w: [__m128i; 5]) -> __m128i {
    let w15 = _mm_alignr_epi8::<8>(w[1], w[0]);
    let w7 = _mm_alignr_epi8::<8>(w[3], w[2]);
    let right = _mm_xor_si128(_mm_srli_epi64::<1>(w15), _mm_srli_epi64::<8>(w15));
    let left = _mm_xor_si128(_mm_slli_epi64::<63>(w15), _mm_slli_epi64::<56>(w15));
    let s0 = _mm_xor_si128(_mm_xor_si128(right, left), _mm_srli_epi64::<7>(w15));
    let right = _mm_xor_si128(_mm_srli_epi64::<19>(w[4]), _mm_srli_epi64::<61>(w[4]));
    let left = _mm_xor_si128(_mm_slli_epi64::<45>(w[4]), _mm_slli_epi64::<3>(w[4]));
    let s1 = _mm_xor_si128(_mm_xor_si128(right, left), _mm_srli_epi64::<6>(w[4]));
    _mm_add_epi64(_mm_add_epi64(_mm_add_epi64(w[0], w7), s0), s1)
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn schedule_avx512(w: [__m128i; 5]) -> __m128i {
    let w15 = _mm_alignr_epi8::<8>(w[1], w[0]);
    let w7 = _mm_alignr_epi8::<8>(w[3], w[2]);
    let xor = _mm_ternarylogic_epi64::<0x96>;
    let s0 = xor(_mm_ror_epi64::<1>(w15), _mm_ror_epi64::<8>(w15), _mm_srli_epi64::<7>(w15));
    let s1 = xor(_mm_ror_epi64::<19>(w[4]), _mm_ror_epi64::<61>(w[4]), _mm_srli_epi64::<6>(w[4]));
    _mm_add_epi64(_mm_add_epi64(_mm_add_epi64(w[0], w7), s0), s1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const START: [u64; 8] = [
        0x6a09e667f3bcc908,
        0xbb67ae8584caa73b,
        0x3c6ef372fe94f82b,
        0xa54ff53a5f1d36f1,
        0x510e527fade682d1,
        0x9b05688c2b3e6c1f,
        0x1f83d9abfb41bd6b,
        0x5be0cd19137e2179,
    ];

    fn plain(h: &mut [u64; 8], p: &[u8]) {
        for block in p.chunks_exact(128) {
            let mut w = [0u64; 80];
            for (i, b) in block.chunks_exact(8).enumerate() {
                w[i] = u64::from_be_bytes(b.try_into().unwrap());
            }
            for i in 16..80 {
                let s0 = w[i - 15].rotate_right(1) ^ w[i - 15].rotate_right(8) ^ (w[i - 15] >> 7);
                let s1 = w[i - 2].rotate_right(19) ^ w[i - 2].rotate_right(61) ^ (w[i - 2] >> 6);
                w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
            }
            let mut v = *h;
            for (w, k) in w.iter().zip(K.0) {
                let s1 = v[4].rotate_right(14) ^ v[4].rotate_right(18) ^ v[4].rotate_right(41);
                let t1 = v[7]
                    .wrapping_add(s1)
                    .wrapping_add((v[4] & v[5]) ^ (!v[4] & v[6]))
                    .wrapping_add(k)
                    .wrapping_add(*w);
                let s0 = v[0].rotate_right(28) ^ v[0].rotate_right(34) ^ v[0].rotate_right(39);
                let t2 = s0.wrapping_add((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
                v.rotate_right(1);
                v[4] = v[4].wrapping_add(t1);
                v[0] = t1.wrapping_add(t2);
            }
            for (h, v) in h.iter_mut().zip(v) {
                *h = h.wrapping_add(v);
            }
        }
    }

    #[test]
    fn blocks() {
        let v: Vec<u8> = (0..2000).map(|i| (i * i * 7 + i * 13) as u8).collect();
        for n in 0..9 {
            for at in [0, 1, 15] {
                let mut want = START;
                plain(&mut want, &v[at..at + 128 * n]);
                // SAFETY: the extensions are there, and n blocks.
                unsafe {
                    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") {
                        let mut h = START;
                        avx2(h.as_mut_ptr(), v[at..].as_ptr(), n);
                        assert_eq!(h, want);
                    }
                    if is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("bmi2") {
                        let mut h = START;
                        avx512(h.as_mut_ptr(), v[at..].as_ptr(), n);
                        assert_eq!(h, want);
                    }
                }
            }
        }
        let mut abc = [0u8; 128];
        abc[..4].copy_from_slice(b"abc\x80");
        abc[127] = 24;
        let mut h = START;
        plain(&mut h, &abc);
        assert_eq!((h[0], h[7]), (0xddaf35a193617aba, 0x2a9ac94fa54ca49f));
    }
}
