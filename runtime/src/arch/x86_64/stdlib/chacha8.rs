//! Native of `internal/chacha8rand`: four blocks of ChaCha8, word by word in the lanes of a vector. That is the order in
//! which the generator gives them out.
//!
//! **Runs on** g0.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

crate::g0_entry! {
    "internal/chacha8rand.block" => block,
}

/// block(seed *[4]uint64, blocks *[32]uint64, counter uint32).
extern "C" fn block(seed: *const [u32; 8], blocks: *mut __m128i, counter: u32) {
    // SAFETY: seed and blocks have their sizes; the extension is there.
    unsafe {
        if has(feature::AVX512) {
            rotating(seed, blocks, counter);
        } else {
            shifting(seed, blocks, counter);
        }
    }
}

macro_rules! generator {
    ($name:ident, $features:literal, $rol:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name(seed: *const [u32; 8], blocks: *mut __m128i, counter: u32) {
            let all = |v: u32| _mm_set1_epi32(v as i32);
            // SAFETY: passed on.
            let key = unsafe { seed.read_unaligned() }.map(all);
            let zero = _mm_setzero_si128();
            let mut b = [zero; 16];
            b[0] = all(0x6170_7865);
            b[1] = all(0x3320_646e);
            b[2] = all(0x7962_2d32);
            b[3] = all(0x6b20_6574);
            b[4..12].copy_from_slice(&key);
            b[12] = _mm_add_epi32(all(counter), _mm_set_epi32(3, 2, 1, 0));
            macro_rules! quarter {
                ($x:literal $y:literal $z:literal $w:literal) => {
                    b[$x] = _mm_add_epi32(b[$x], b[$y]);
                    b[$w] = $rol!(_mm_xor_si128(b[$w], b[$x]), 16);
                    b[$z] = _mm_add_epi32(b[$z], b[$w]);
                    b[$y] = $rol!(_mm_xor_si128(b[$y], b[$z]), 12);
                    b[$x] = _mm_add_epi32(b[$x], b[$y]);
                    b[$w] = $rol!(_mm_xor_si128(b[$w], b[$x]), 8);
                    b[$z] = _mm_add_epi32(b[$z], b[$w]);
                    b[$y] = $rol!(_mm_xor_si128(b[$y], b[$z]), 7);
                };
            }
            for _ in 0..4 {
                quarter!(0 4 8 12);
                quarter!(1 5 9 13);
                quarter!(2 6 10 14);
                quarter!(3 7 11 15);
                quarter!(0 5 10 15);
                quarter!(1 6 11 12);
                quarter!(2 7 8 13);
                quarter!(3 4 9 14);
            }
            for (v, k) in b[4..12].iter_mut().zip(key) {
                *v = _mm_add_epi32(*v, k);
            }
            for (i, v) in b.into_iter().enumerate() {
                // SAFETY: there are 16 vectors.
                unsafe { _mm_storeu_si128(blocks.add(i), v) };
            }
        }
    };
}

macro_rules! by_rotation {
    ($v:expr, $n:literal) => {
        _mm_rol_epi32::<$n>($v)
    };
}

macro_rules! by_shifts {
    ($v:expr, $n:literal) => {{
        let v = $v;
        _mm_or_si128(_mm_slli_epi32::<$n>(v), _mm_srli_epi32::<{ 32 - $n }>(v))
    }};
}

generator!(rotating, "avx512f,avx512vl", by_rotation);
generator!(shifting, "sse2", by_shifts);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_key() {
        let key = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut out = [0u32; 64];
        // SAFETY: the sizes are right.
        unsafe { shifting(&key, out.as_mut_ptr().cast(), 0) };
        // The first word of the first block, the fifth, to which the key is added, and the last of the last block.
        assert_eq!([out[0], out[16], out[63]], [0xb9e20a5f, 0x1f7b458a, 0x224296c6]);
        if is_x86_feature_detected!("avx512vl") {
            let mut same = [0u32; 64];
            // SAFETY: as above.
            unsafe { rotating(&key, same.as_mut_ptr().cast(), 0) };
            assert_eq!(out, same);
        }
    }
}
