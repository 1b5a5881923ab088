//! Native of `crypto/internal/fips140/sha3`: the permutation Keccak-f[1600].
//!
//! With AVX-512 each of the 25 lanes is in a vector register of its own, for the sake of the number of registers and of
//! instructions that combine three operands.
//!
//! **Runs on** g0.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

crate::g0_entry! {
    "crypto/internal/fips140/sha3.keccakF1600" => keccak,
}

static CONSTANTS: [u64; 24] = [
    0x0000000000000001,
    0x0000000000008082,
    0x800000000000808a,
    0x8000000080008000,
    0x000000000000808b,
    0x0000000080000001,
    0x8000000080008081,
    0x8000000000008009,
    0x000000000000008a,
    0x0000000000000088,
    0x0000000080008009,
    0x000000008000000a,
    0x000000008000808b,
    0x800000000000008b,
    0x8000000000008089,
    0x8000000000008003,
    0x8000000000008002,
    0x8000000000000080,
    0x000000000000800a,
    0x800000008000000a,
    0x8000000080008081,
    0x8000000000008080,
    0x0000000080000001,
    0x8000000080008008,
];

/// keccakF1600(a *[200]byte).
extern "C" fn keccak(a: *mut [u64; 25]) {
    // SAFETY: the state has 25 words; the extensions are there.
    unsafe {
        if has(feature::AVX512) {
            vectors(a);
        } else if has(feature::BMI2) {
            words_bmi(a);
        } else {
            words(a);
        }
    }
}

/// All rounds on 25 lanes, in terms of: the sum of three, the sum of one and two others' theta, rotation, chi, iota.
macro_rules! rounds {
    ($a:ident, $xor3:expr, $xor:expr, $rol:ident, $chi:expr, $constant:expr) => {
        for round in 0..24 {
            let column = |x: usize| $xor3($xor3($a[x], $a[x + 5], $a[x + 10]), $a[x + 15], $a[x + 20]);
            let c = [column(0), column(1), column(2), column(3), column(4)];
            let r = [$rol!(c[0], 1), $rol!(c[1], 1), $rol!(c[2], 1), $rol!(c[3], 1), $rol!(c[4], 1)];
            // A lane with its theta, rotated.
            macro_rules! lane {
                ($i:literal, $n:literal) => {
                    $rol!($xor3($a[$i], c[($i + 4) % 5], r[($i + 1) % 5]), $n)
                };
            }
            let b = [
                [$xor3($a[0], c[4], r[1]), lane!(6, 44), lane!(12, 43), lane!(18, 21), lane!(24, 14)],
                [lane!(3, 28), lane!(9, 20), lane!(10, 3), lane!(16, 45), lane!(22, 61)],
                [lane!(1, 1), lane!(7, 6), lane!(13, 25), lane!(19, 8), lane!(20, 18)],
                [lane!(4, 27), lane!(5, 36), lane!(11, 10), lane!(17, 15), lane!(23, 56)],
                [lane!(2, 62), lane!(8, 55), lane!(14, 39), lane!(15, 41), lane!(21, 2)],
            ];
            for y in 0..5 {
                for x in 0..5 {
                    $a[5 * y + x] = $chi(b[y][x], b[y][(x + 1) % 5], b[y][(x + 2) % 5]);
                }
            }
            $a[0] = $xor($a[0], $constant(CONSTANTS[round]));
        }
    };
}

macro_rules! rol_word {
    ($v:expr, $n:literal) => {
        ($v).rotate_left($n)
    };
}

macro_rules! rol_vector {
    ($v:expr, $n:literal) => {
        _mm_rol_epi64::<$n>($v)
    };
}

#[inline(always)]
fn permute(state: &mut [u64; 25]) {
    let mut a = *state;
    let xor3 = |x: u64, y: u64, z: u64| x ^ y ^ z;
    rounds!(a, xor3, |x: u64, y: u64| x ^ y, rol_word, |x: u64, y: u64, z: u64| x ^ (!y & z), |c: u64| c);
    *state = a;
}

unsafe fn words(a: *mut [u64; 25]) {
    // SAFETY: passed on.
    permute(unsafe { &mut *a });
}

#[target_feature(enable = "bmi1,bmi2")]
unsafe fn words_bmi(a: *mut [u64; 25]) {
    // SAFETY: passed on.
    permute(unsafe { &mut *a });
}

#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn vectors(state: *mut [u64; 25]) {
    // SAFETY: passed on.
    let state = unsafe { &mut *state };
    let mut a = state.map(|v| _mm_cvtsi64_si128(v as i64));
    rounds!(
        a,
        |x, y, z| _mm_ternarylogic_epi64::<0x96>(x, y, z),
        |x, y| _mm_xor_si128(x, y),
        rol_vector,
        |x, y, z| _mm_ternarylogic_epi64::<0xd2>(x, y, z),
        |c: u64| _mm_cvtsi64_si128(c as i64)
    );
    for (s, v) in state.iter_mut().zip(a) {
        *s = _mm_cvtsi128_si64(v) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permutation of zeros, as the standard's intermediate values give it.
    #[test]
    fn zeros() {
        let first = 0xf1258f7940e1dde7_u64;
        let last = 0xeaf1ff7b5ceca249_u64;
        let mut state = [0; 25];
        permute(&mut state);
        assert_eq!((state[0], state[24]), (first, last));
        let mut want = state;
        permute(&mut want);
        let mut a = state;
        if is_x86_feature_detected!("bmi2") {
            // SAFETY: the extension is there.
            unsafe { words_bmi(&mut a) };
            assert_eq!(a, want);
        }
        if is_x86_feature_detected!("avx512vl") {
            let mut a = state;
            // SAFETY: the extension is there.
            unsafe { vectors(&mut a) };
            assert_eq!(a, want);
        }
    }
}
