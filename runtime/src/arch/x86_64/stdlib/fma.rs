//! Native of `math`: fused multiply-add, by the instruction or in integers.
//!
//! **Runs on** goroutine stacks; g0 without the instruction.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

global_asm!(
    ".pushsection \".text.math.FMA\",\"ax\",@progbits",
    ".balign 16",
    ".globl \"math.FMA\"",
    ".type \"math.FMA\",@function",
    "\"math.FMA\":",
    "test dword ptr [rip+{features}], {fma}",
    "je 2f",
    "vfmadd213sd xmm0, xmm1, xmm2",
    "ret",
    "2:",
    "lea rax, [rip+{soft}]",
    "jmp grus_g0call",
    ".size \"math.FMA\", . - \"math.FMA\"",
    ".popsection",
    features = sym FEATURES,
    fma = const feature::FMA,
    soft = sym soft_fma,
);

const FRACTION: u32 = 52;

/// A finite number that is not zero, as m * 2^e with the highest bit of m at 124.
fn parts(v: f64) -> (u128, i32) {
    let bits = v.to_bits();
    let (fraction, exponent) = (bits & ((1 << FRACTION) - 1), (bits >> FRACTION) as i32 & 0x7ff);
    let (m, e) = if exponent == 0 { (fraction, 1) } else { (fraction | 1 << FRACTION, exponent) };
    normal(u128::from(m), e - 1075)
}

fn normal(m: u128, e: i32) -> (u128, i32) {
    let n = m.leading_zeros() as i32 - 3;
    if n >= 0 { (m << n, e - n) } else { (m >> -n | u128::from(m & 1 != 0), e - n) }
}

/// x*y + z, rounded once.
extern "C" fn soft_fma(x: f64, y: f64, z: f64) -> f64 {
    if x == 0.0 || y == 0.0 || !x.is_finite() || !y.is_finite() {
        return x * y + z;
    }
    if z == 0.0 {
        return x * y;
    }
    if !z.is_finite() {
        return z;
    }
    let ((xm, xe), (ym, ye), (zm, ze)) = (parts(x), parts(y), parts(z));
    // 53 bits each: the product has 105 or 106.
    let (pm, pe) = normal((xm >> 72) * (ym >> 72), xe + ye + 144);
    let (p, z) = ((pm, pe, x.is_sign_negative() != y.is_sign_negative()), (zm, ze, z.is_sign_negative()));
    let (high, low) = if (p.1, p.0) >= (z.1, z.0) { (p, z) } else { (z, p) };
    // The lower one at the place of the higher one; what is lost stays as a lowest bit.
    let distance = (high.1 - low.1) as u32;
    let moved = if distance > 126 {
        1
    } else {
        low.0 >> distance | u128::from(low.0 << (128 - distance.max(1)) != 0 && distance > 0)
    };
    let m = if high.2 == low.2 { high.0 + moved } else { high.0 - moved };
    if m == 0 {
        return 0.0;
    }
    rounded(m, high.1, high.2)
}

/// m * 2^e to the nearest number, to the even one of two.
fn rounded(m: u128, e: i32, negative: bool) -> f64 {
    let (m, e) = normal(m, e);
    // The exponent field of a normal number: the highest bit is worth 2^(e + 124).
    let exponent = e + 124 + 1023;
    let drop = if exponent >= 1 { 72 } else { 72 + 1 - exponent };
    let sign = u64::from(negative) << 63;
    if exponent > 2046 {
        return f64::from_bits(sign | 0x7ff << FRACTION);
    }
    if drop > 126 {
        // Less than half of the smallest number.
        return f64::from_bits(sign);
    }
    let mut kept = (m >> drop) as u64;
    let (rest, half) = (m & ((1 << drop) - 1), 1u128 << (drop - 1));
    if rest > half || rest == half && kept & 1 == 1 {
        kept += 1;
    }
    // A carry out of the fraction goes into the exponent, as it should.
    let bits = if exponent >= 1 { ((exponent as u64 - 1) << FRACTION) + kept } else { kept };
    f64::from_bits(sign | bits)
}

#[cfg(test)]
mod tests {
    use super::soft_fma;

    #[test]
    fn one_rounding() {
        let mut seed = 1u64;
        let mut random = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        let edges =
            [0.0, -0.0, 1.0, -1.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, f64::INFINITY, f64::NAN, 1.5, 1e-160];
        for i in 0..400_000 {
            let mut number = || {
                let r = random();
                match (i + r) % 5 {
                    0 => edges[r as usize / 8 % edges.len()],
                    1 => f64::from_bits(random()),
                    // Exponents close to each other.
                    _ => f64::from_bits(random() & 0x800f_ffff_ffff_ffff | (1000 + r % 60) << 52),
                }
            };
            let (x, y, mut z) = (number(), number(), number());
            if i % 3 == 0 {
                z = -(x * y);
            }
            let (want, got) = (x.mul_add(y, z), soft_fma(x, y, z));
            assert!(
                want.to_bits() == got.to_bits() || want.is_nan() && got.is_nan(),
                "{x:e} {y:e} {z:e}: {got:e}"
            );
        }
    }
}
