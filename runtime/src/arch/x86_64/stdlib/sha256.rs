//! Natives of `crypto/internal/fips140/sha256`: the block function with the SHA extensions, and with BMI.
//!
//! **Runs on** g0, for as long as the data last.
#![allow(unused_assignments)] // The last rounds of a block make words that are not used.

use core::arch::x86_64::*;

crate::g0_entry! {
    "crypto/internal/fips140/sha256.blockSHANI" => block_sha,
    "crypto/internal/fips140/sha256.blockAVX2" => block_bmi,
}

#[repr(align(16))]
struct Constants([u32; 64]);

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static K: Constants = Constants([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/// blockSHANI(dig *Digest, p []byte): `dig` begins with the eight words.
extern "C" fn block_sha(h: *mut u32, p: *const u8, n: usize) {
    // SAFETY: the caller has looked for the extensions; h has eight words, p n bytes.
    unsafe { sha(h, p, n / 64) }
}

/// blockAVX2(dig *Digest, p []byte).
extern "C" fn block_bmi(h: *mut u32, p: *const u8, n: usize) {
    // SAFETY: as above.
    unsafe { bmi(h, p, n / 64) }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
unsafe fn sha(h: *mut u32, mut p: *const u8, blocks: usize) {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let (low, high) = (h.cast::<__m128i>(), h.cast::<__m128i>().wrapping_add(1));
    // SAFETY: h has eight words, p 64 bytes a block.
    unsafe {
        // The instructions want the words as ABEF and CDGH, the first one highest.
        let abcd = _mm_shuffle_epi32::<0xb1>(_mm_loadu_si128(low));
        let efgh = _mm_shuffle_epi32::<0x1b>(_mm_loadu_si128(high));
        let mut abef = _mm_alignr_epi8::<8>(abcd, efgh);
        let mut cdgh = _mm_blend_epi16::<0xf0>(efgh, abcd);
        for _ in 0..blocks {
            let before = (abef, cdgh);
            let data = p.cast::<__m128i>();
            let mut w = [
                _mm_shuffle_epi8(_mm_loadu_si128(data), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(1)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(2)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(3)), swap),
            ];
            // Four rounds; all but the last four times, the words sixteen rounds later.
            macro_rules! rounds {
                ($($i:literal)*) => {$(
                    let k = _mm_load_si128(K.0.as_ptr().cast::<__m128i>().add($i));
                    let x = _mm_add_epi32(w[$i % 4], k);
                    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, x);
                    if $i < 12 {
                        let mid = _mm_alignr_epi8::<4>(w[($i + 3) % 4], w[($i + 2) % 4]);
                        let part = _mm_sha256msg1_epu32(w[$i % 4], w[($i + 1) % 4]);
                        w[$i % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(part, mid), w[($i + 3) % 4]);
                    }
                    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0x0e>(x));
                )*};
            }
            rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            abef = _mm_add_epi32(abef, before.0);
            cdgh = _mm_add_epi32(cdgh, before.1);
            p = p.add(64);
        }
        let feba = _mm_shuffle_epi32::<0x1b>(abef);
        let dchg = _mm_shuffle_epi32::<0xb1>(cdgh);
        _mm_storeu_si128(low, _mm_blend_epi16::<0xf0>(feba, dchg));
        _mm_storeu_si128(high, _mm_alignr_epi8::<8>(dchg, feba));
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
unsafe fn bmi(h: *mut u32, mut p: *const u8, blocks: usize) {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    // SAFETY: h has eight words, p 64 bytes a block.
    unsafe {
        let h = &mut *h.cast::<[u32; 8]>();
        for _ in 0..blocks {
            let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut hh] = *h;
            let data = p.cast::<__m128i>();
            let mut w = [
                _mm_shuffle_epi8(_mm_loadu_si128(data), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(1)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(2)), swap),
                _mm_shuffle_epi8(_mm_loadu_si128(data.add(3)), swap),
            ];
            macro_rules! round {
                ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $w:expr) => {
                    let s1 = $e.rotate_right(6) ^ $e.rotate_right(11) ^ $e.rotate_right(25);
                    let ch = ($e & $f).wrapping_add(!$e & $g);
                    let t1 = $h.wrapping_add($w).wrapping_add(s1).wrapping_add(ch);
                    let s0 = $a.rotate_right(2) ^ $a.rotate_right(13) ^ $a.rotate_right(22);
                    let maj = ($a & $b) ^ (($a ^ $b) & $c);
                    $d = $d.wrapping_add(t1);
                    $h = t1.wrapping_add(s0).wrapping_add(maj);
                };
            }
            macro_rules! rounds {
                ($($i:literal)*) => {$(
                    let k = _mm_load_si128(K.0.as_ptr().cast::<__m128i>().add($i));
                    let x = _mm_add_epi32(w[$i % 4], k);
                    if $i < 12 {
                        w[$i % 4] = schedule(w[$i % 4], w[($i + 1) % 4], w[($i + 2) % 4], w[($i + 3) % 4]);
                    }
                    let (x01, x23) = (_mm_cvtsi128_si64(x) as u64, _mm_extract_epi64::<1>(x) as u64);
                    if $i % 2 == 0 {
                        round!(a b c d e f g hh, x01 as u32);
                        round!(hh a b c d e f g, (x01 >> 32) as u32);
                        round!(g hh a b c d e f, x23 as u32);
                        round!(f g hh a b c d e, (x23 >> 32) as u32);
                    } else {
                        round!(e f g hh a b c d, x01 as u32);
                        round!(d e f g hh a b c, (x01 >> 32) as u32);
                        round!(c d e f g hh a b, x23 as u32);
                        round!(b c d e f g hh a, (x23 >> 32) as u32);
                    }
                )*};
            }
            rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
            for (h, v) in h.iter_mut().zip([a, b, c, d, e, f, g, hh]) {
                *h = h.wrapping_add(v);
            }
            p = p.add(64);
        }
    }
}

/// The next four words of the message schedule from the last sixteen.
#[inline]
#[target_feature(enable = "avx2")]
fn schedule(w0: __m128i, w1: __m128i, w2: __m128i, w3: __m128i) -> __m128i {
    let w15 = _mm_alignr_epi8::<4>(w1, w0);
    let w7 = _mm_alignr_epi8::<4>(w3, w2);
    let right = _mm_xor_si128(_mm_srli_epi32::<7>(w15), _mm_srli_epi32::<18>(w15));
    let left = _mm_xor_si128(_mm_slli_epi32::<25>(w15), _mm_slli_epi32::<14>(w15));
    let s0 = _mm_xor_si128(_mm_xor_si128(right, left), _mm_srli_epi32::<3>(w15));
    let sum = _mm_add_epi32(_mm_add_epi32(w0, w7), s0);
    // The last two words depend on the first two. A rotation of 32 bits is a shift of the word repeated.
    let s1 = |pair: __m128i| {
        let rotated = _mm_xor_si128(_mm_srli_epi64::<17>(pair), _mm_srli_epi64::<19>(pair));
        _mm_xor_si128(rotated, _mm_srli_epi32::<10>(pair))
    };
    let first = _mm_shuffle_epi32::<0x08>(s1(_mm_shuffle_epi32::<0xfa>(w3)));
    let first = _mm_add_epi32(sum, _mm_move_epi64(first));
    let last = _mm_shuffle_epi32::<0x80>(s1(_mm_shuffle_epi32::<0x50>(first)));
    _mm_add_epi32(first, _mm_and_si128(last, _mm_set_epi32(-1, -1, 0, 0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const START: [u32; 8] =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    fn plain(h: &mut [u32; 8], p: &[u8]) {
        for block in p.chunks_exact(64) {
            let mut w = [0u32; 64];
            for (i, b) in block.chunks_exact(4).enumerate() {
                w[i] = u32::from_be_bytes(b.try_into().unwrap());
            }
            for i in 16..64 {
                let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
                let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
                w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
            }
            let mut v = *h;
            for (w, k) in w.iter().zip(K.0) {
                let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
                let t1 = v[7]
                    .wrapping_add(s1)
                    .wrapping_add((v[4] & v[5]) ^ (!v[4] & v[6]))
                    .wrapping_add(k)
                    .wrapping_add(*w);
                let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
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
        assert_eq!((h[0], h[7]), (0xba7816bf, 0xf20015ad));
    }
}
