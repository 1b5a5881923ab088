//! Natives of `crypto/internal/fips140/nistec`: the field and the points of P-256.
//!
//! A field element is four limbs below p = 2^256 - 2^224 + 2^192 + 2^96 - 1, times 2^256 (Montgomery's form). Since p is
//! -1 modulo 2^64, a step of the reduction adds the lowest limb times p, of which one product of limbs remains. Points are
//! Jacobian. Nothing depends on the values but what the masks of conditions choose.
//!
//! The functions exist twice, for processors with and without BMI2 and AVX2.
//!
//! **Runs on** g0.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

type Limbs = [u64; 4];

const P: Limbs = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];
const ORDER: Limbs =
    [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, 0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000];
/// The negated inverse of the order modulo 2^64.
const ORDER_INVERSE: u64 = 0xccd1_c8aa_ee00_bc4f;
/// 1 in Montgomery's form.
const ONE: Limbs = [1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_fffe];

#[derive(Clone, Copy)]
#[repr(C)]
struct Point {
    x: Limbs,
    y: Limbs,
    z: Limbs,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Affine {
    x: Limbs,
    y: Limbs,
}

#[inline(always)]
fn adc(carry: &mut u8, a: u64, b: u64) -> u64 {
    let mut sum = 0;
    *carry = _addcarry_u64(*carry, a, b, &mut sum);
    sum
}

#[inline(always)]
fn sbb(borrow: &mut u8, a: u64, b: u64) -> u64 {
    let mut difference = 0;
    *borrow = _subborrow_u64(*borrow, a, b, &mut difference);
    difference
}

#[inline(always)]
fn wide(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    (product as u64, (product >> 64) as u64)
}

/// `a` if the mask is all ones, `b` if it is zero.
#[inline(always)]
fn chosen(mask: u64, a: Limbs, b: Limbs) -> Limbs {
    [0, 1, 2, 3].map(|i: usize| (a[i] & mask) | (b[i] & !mask))
}

/// All ones if the number is not zero.
#[inline(always)]
fn nonzero(v: usize) -> u64 {
    let v = core::hint::black_box(v as u64);
    (((v | v.wrapping_neg()) as i64) >> 63) as u64
}

/// Less the modulus if it is not less; the number has a 257th bit.
#[inline(always)]
fn once(a: Limbs, high: u64, modulus: Limbs) -> Limbs {
    let mut b = 0;
    let r = [0, 1, 2, 3].map(|i: usize| sbb(&mut b, a[i], modulus[i]));
    let _ = sbb(&mut b, high, 0);
    chosen(u64::from(b).wrapping_neg(), a, r)
}

#[inline(always)]
fn add(a: Limbs, b: Limbs) -> Limbs {
    let mut c = 0;
    let r = [0, 1, 2, 3].map(|i: usize| adc(&mut c, a[i], b[i]));
    once(r, c.into(), P)
}

#[inline(always)]
fn sub(a: Limbs, b: Limbs) -> Limbs {
    let mut c = 0;
    let r = [0, 1, 2, 3].map(|i: usize| sbb(&mut c, a[i], b[i]));
    let mask = u64::from(c).wrapping_neg();
    let mut c = 0;
    [0, 1, 2, 3].map(|i: usize| adc(&mut c, r[i], P[i] & mask))
}

#[inline(always)]
fn double(a: Limbs) -> Limbs {
    add(a, a)
}

/// A number times a limb: five limbs.
#[inline(always)]
fn row(a: Limbs, b: u64) -> [u64; 5] {
    let [(l0, h0), (l1, h1), (l2, h2), (l3, h3)] = a.map(|v| wide(v, b));
    let mut c = 0;
    let r1 = adc(&mut c, l1, h0);
    let r2 = adc(&mut c, l2, h1);
    let r3 = adc(&mut c, l3, h2);
    [l0, r1, r2, r3, h3 + u64::from(c)]
}

#[inline(always)]
fn product(a: Limbs, b: Limbs) -> [u64; 8] {
    let mut t = [0; 8];
    t[..5].copy_from_slice(&row(a, b[0]));
    for i in 1..4 {
        let r = row(a, b[i]);
        let mut c = 0;
        for j in 0..4 {
            t[i + j] = adc(&mut c, t[i + j], r[j]);
        }
        t[i + 4] = r[4] + u64::from(c);
    }
    t
}

#[inline(always)]
fn square(a: Limbs) -> [u64; 8] {
    // Products of different limbs, twice.
    let (l01, h01) = wide(a[0], a[1]);
    let (l02, h02) = wide(a[0], a[2]);
    let (l03, h03) = wide(a[0], a[3]);
    let (l12, h12) = wide(a[1], a[2]);
    let (l13, h13) = wide(a[1], a[3]);
    let (l23, h23) = wide(a[2], a[3]);
    let mut c = 0;
    let t2 = adc(&mut c, l02, h01);
    let t3 = adc(&mut c, l03, h02);
    let t4 = adc(&mut c, l13, h03);
    let t5 = adc(&mut c, l23, h13);
    let t6 = h23 + u64::from(c);
    let mut c = 0;
    let t3 = adc(&mut c, t3, l12);
    let t4 = adc(&mut c, t4, h12);
    let t5 = adc(&mut c, t5, 0);
    let t6 = t6 + u64::from(c);
    let t = [l01 << 1, t2 << 1 | l01 >> 63, t3 << 1 | t2 >> 63, t4 << 1 | t3 >> 63];
    let u = [t5 << 1 | t4 >> 63, t6 << 1 | t5 >> 63, t6 >> 63];
    let [(l0, h0), (l1, h1), (l2, h2), (l3, h3)] = a.map(|v| wide(v, v));
    let mut c = 0;
    let r1 = adc(&mut c, t[0], h0);
    let r2 = adc(&mut c, t[1], l1);
    let r3 = adc(&mut c, t[2], h1);
    let r4 = adc(&mut c, t[3], l2);
    let r5 = adc(&mut c, u[0], h2);
    let r6 = adc(&mut c, u[1], l3);
    let r7 = adc(&mut c, u[2], h3);
    [l0, r1, r2, r3, r4, r5, r6, r7]
}

/// Divided by 2^256 modulo p.
#[inline(always)]
fn reduced(mut t: [u64; 8]) -> Limbs {
    let mut carry = 0;
    for i in 0..4 {
        let m = t[i];
        let (low, high) = wide(m, P[3]);
        let mut c = 0;
        t[i + 1] = adc(&mut c, t[i + 1], m << 32);
        t[i + 2] = adc(&mut c, t[i + 2], m >> 32);
        t[i + 3] = adc(&mut c, t[i + 3], low);
        // The high limb is far from the largest.
        t[i + 4] = adc(&mut c, t[i + 4], high + carry);
        carry = c.into();
    }
    once([t[4], t[5], t[6], t[7]], carry, P)
}

#[inline(always)]
fn mul(a: Limbs, b: Limbs) -> Limbs {
    reduced(product(a, b))
}

#[inline(always)]
fn sqr(a: Limbs) -> Limbs {
    reduced(square(a))
}

/// Divided by 2^256 modulo the order.
#[inline(always)]
fn order_reduced(mut t: [u64; 8]) -> Limbs {
    let mut carry = 0;
    for i in 0..4 {
        let r = row(ORDER, t[i].wrapping_mul(ORDER_INVERSE));
        let mut c = 0;
        for j in 0..4 {
            t[i + j] = adc(&mut c, t[i + j], r[j]);
        }
        let mut d = 0;
        let top = adc(&mut d, r[4], carry);
        t[i + 4] = adc(&mut c, t[i + 4], top);
        carry = u64::from(c) + u64::from(d);
    }
    once([t[4], t[5], t[6], t[7]], carry, ORDER)
}

#[inline(always)]
fn point_double(p: Point) -> Point {
    let delta = sqr(p.z);
    let gamma = sqr(p.y);
    let beta = mul(p.x, gamma);
    let t = mul(sub(p.x, delta), add(p.x, delta));
    let alpha = add(double(t), t);
    let beta4 = double(double(beta));
    let x = sub(sqr(alpha), double(beta4));
    let z = sub(sub(sqr(add(p.y, p.z)), gamma), delta);
    let gamma8 = double(double(double(sqr(gamma))));
    let y = sub(mul(alpha, sub(beta4, x)), gamma8);
    Point { x, y, z }
}

#[inline(always)]
fn is_zero(a: Limbs) -> usize {
    (!nonzero((a[0] | a[1] | a[2] | a[3]) as usize) & 1) as usize
}

/// The sum from the parts that both kinds of addition have, where z is the product of the Zs.
#[inline(always)]
fn point_sum(u1: Limbs, s1: Limbs, h: Limbs, r: Limbs, z: Limbs) -> Point {
    let hh = sqr(h);
    let hhh = mul(hh, h);
    let v = mul(u1, hh);
    let x = sub(sub(sqr(r), hhh), double(v));
    let y = sub(mul(r, sub(v, x)), mul(s1, hhh));
    Point { x, y, z: mul(z, h) }
}

#[inline(always)]
fn point_add(p: Point, q: Point) -> (Point, usize) {
    let (zp, zq) = (sqr(p.z), sqr(q.z));
    let (u1, u2) = (mul(p.x, zq), mul(q.x, zp));
    let s1 = mul(p.y, mul(q.z, zq));
    let s2 = mul(q.y, mul(p.z, zp));
    let (h, r) = (sub(u2, u1), sub(s2, s1));
    (point_sum(u1, s1, h, r, mul(p.z, q.z)), is_zero(h) & is_zero(r))
}

#[inline(always)]
fn negated(a: Limbs, condition: usize) -> Limbs {
    chosen(nonzero(condition), sub([0; 4], a), a)
}

#[inline(always)]
fn point_add_affine(p: Point, q: Affine, sign: usize, sel: usize, zero: usize) -> Point {
    let q = Affine { x: q.x, y: negated(q.y, sign) };
    let zp = sqr(p.z);
    let h = sub(mul(q.x, zp), p.x);
    let r = sub(mul(q.y, mul(p.z, zp)), p.y);
    let sum = point_sum(p.x, p.y, h, r, p.z);
    let (zero, sel) = (nonzero(zero), nonzero(sel));
    let pick = |sum, q, p| chosen(sel, chosen(zero, sum, q), p);
    Point { x: pick(sum.x, q.x, p.x), y: pick(sum.y, q.y, p.y), z: pick(sum.z, ONE, p.z) }
}

/// The entry of a table at `index` - 1, or zeros; all of the table is read.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn select_128<const VECTORS: usize>(
    table: *const __m128i,
    entries: i32,
    index: usize,
) -> [__m128i; VECTORS] {
    let wanted = _mm_set1_epi32(index as i32);
    let mut r = [_mm_setzero_si128(); VECTORS];
    for i in 0..entries {
        let mask = _mm_cmpeq_epi32(wanted, _mm_set1_epi32(i + 1));
        for (j, r) in r.iter_mut().enumerate() {
            // SAFETY: the table has that many entries.
            let v = unsafe { _mm_loadu_si128(table.add(i as usize * VECTORS + j)) };
            *r = _mm_or_si128(*r, _mm_and_si128(v, mask));
        }
    }
    r
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn select_256<const VECTORS: usize>(
    table: *const __m256i,
    entries: i32,
    index: usize,
) -> [__m256i; VECTORS] {
    let wanted = _mm256_set1_epi32(index as i32);
    let mut r = [_mm256_setzero_si256(); VECTORS];
    for i in 0..entries {
        let mask = _mm256_cmpeq_epi32(wanted, _mm256_set1_epi32(i + 1));
        for (j, r) in r.iter_mut().enumerate() {
            // SAFETY: the table has that many entries.
            let v = unsafe { _mm256_loadu_si256(table.add(i as usize * VECTORS + j)) };
            *r = _mm256_or_si256(*r, _mm256_and_si256(v, mask));
        }
    }
    r
}

/// The natives, for a set of features.
macro_rules! natives {
    ($module:ident, $(#[$features:meta])?) => {
        mod $module {
            use super::*;

            $(#[$features])?
            pub unsafe fn p256_mul(out: *mut Limbs, a: *const Limbs, b: *const Limbs) {
                // SAFETY: passed on.
                unsafe { *out = mul(*a, *b) };
            }

            $(#[$features])?
            pub unsafe fn p256_sqr(out: *mut Limbs, a: *const Limbs, n: isize) {
                // SAFETY: passed on.
                unsafe {
                    let mut x = *a;
                    for _ in 0..n {
                        x = sqr(x);
                    }
                    *out = x;
                }
            }

            $(#[$features])?
            pub unsafe fn order_mul(out: *mut Limbs, a: *const Limbs, b: *const Limbs) {
                // SAFETY: passed on.
                unsafe { *out = order_reduced(product(*a, *b)) };
            }

            $(#[$features])?
            pub unsafe fn order_sqr(out: *mut Limbs, a: *const Limbs, n: isize) {
                // SAFETY: passed on.
                unsafe {
                    let mut x = *a;
                    for _ in 0..n {
                        x = order_reduced(square(x));
                    }
                    *out = x;
                }
            }

            $(#[$features])?
            pub unsafe fn double_point(out: *mut Point, p: *const Point) {
                // SAFETY: passed on.
                unsafe { *out = point_double(*p) };
            }

            $(#[$features])?
            pub unsafe fn add_points(out: *mut Point, p: *const Point, q: *const Point) -> usize {
                // SAFETY: passed on.
                unsafe {
                    let (sum, equal) = point_add(*p, *q);
                    *out = sum;
                    equal
                }
            }

            $(#[$features])?
            pub unsafe fn add_affine(
                out: *mut Point,
                p: *const Point,
                q: *const Affine,
                sign: usize,
                sel: usize,
                zero: usize,
            ) {
                // SAFETY: passed on.
                unsafe { *out = point_add_affine(*p, *q, sign, sel, zero) };
            }
        }
    };
}

natives!(base,);
natives!(bmi2, #[target_feature(enable = "bmi1,bmi2,avx2")]);

/// Defines g0 entries that take one version or the other.
macro_rules! entries {
    ($($entry:ident = $function:ident($($arg:ident: $t:ty),*) $(-> $r:ty)?;)*) => {$(
        extern "C" fn $entry($($arg: $t),*) $(-> $r)? {
            // SAFETY: the pointers are those that Go passes, to values of these types.
            unsafe {
                if has(feature::BMI2 | feature::AVX2) {
                    bmi2::$function($($arg),*)
                } else {
                    base::$function($($arg),*)
                }
            }
        }
    )*};
}

entries! {
    p256_mul = p256_mul(out: *mut Limbs, a: *const Limbs, b: *const Limbs);
    p256_sqr = p256_sqr(out: *mut Limbs, a: *const Limbs, n: isize);
    order_mul = order_mul(out: *mut Limbs, a: *const Limbs, b: *const Limbs);
    order_sqr = order_sqr(out: *mut Limbs, a: *const Limbs, n: isize);
    double_point = double_point(out: *mut Point, p: *const Point);
    add_points = add_points(out: *mut Point, p: *const Point, q: *const Point) -> usize;
    add_affine = add_affine(
        out: *mut Point, p: *const Point, q: *const Affine, sign: usize, sel: usize, zero: usize
    );
}

/// p256FromMont(res, in *p256Element).
extern "C" fn from_montgomery(out: *mut Limbs, a: *const Limbs) {
    // SAFETY: both are elements.
    unsafe {
        let a = *a;
        *out = reduced([a[0], a[1], a[2], a[3], 0, 0, 0, 0]);
    }
}

/// p256NegCond(val *p256Element, cond int).
extern "C" fn negate_if(a: *mut Limbs, condition: usize) {
    // SAFETY: it is an element.
    unsafe { *a = negated(*a, condition) };
}

/// p256MovCond(res, a, b *P256Point, cond int): a, or b if the condition is 0.
extern "C" fn choose(out: *mut Point, a: *const Point, b: *const Point, condition: usize) {
    // SAFETY: all are points.
    unsafe {
        let (a, b, mask) = (*a, *b, nonzero(condition));
        *out = Point { x: chosen(mask, a.x, b.x), y: chosen(mask, a.y, b.y), z: chosen(mask, a.z, b.z) };
    }
}

/// p256Select(res *P256Point, table *p256Table, idx int): 16 points.
extern "C" fn select(out: *mut Point, table: *const Point, index: usize) {
    // SAFETY: the types are laid out like vectors of 16 and 32 bytes.
    unsafe {
        if has(feature::AVX2) {
            out.cast::<[__m256i; 3]>().write_unaligned(select_256(table.cast(), 16, index));
        } else {
            out.cast::<[__m128i; 6]>().write_unaligned(select_128(table.cast(), 16, index));
        }
    }
}

/// p256SelectAffine(res *p256AffinePoint, table *p256AffineTable, idx int): 32 points.
extern "C" fn select_affine(out: *mut Affine, table: *const Affine, index: usize) {
    // SAFETY: as above.
    unsafe {
        if has(feature::AVX2) {
            out.cast::<[__m256i; 2]>().write_unaligned(select_256(table.cast(), 32, index));
        } else {
            out.cast::<[__m128i; 4]>().write_unaligned(select_128(table.cast(), 32, index));
        }
    }
}

crate::g0_entry! {
    "crypto/internal/fips140/nistec.p256Mul" => p256_mul,
    "crypto/internal/fips140/nistec.p256Sqr" => p256_sqr,
    "crypto/internal/fips140/nistec.p256FromMont" => from_montgomery,
    "crypto/internal/fips140/nistec.p256NegCond" => negate_if,
    "crypto/internal/fips140/nistec.p256MovCond" => choose,
    "crypto/internal/fips140/nistec.p256Select" => select,
    "crypto/internal/fips140/nistec.p256SelectAffine" => select_affine,
    "crypto/internal/fips140/nistec.p256PointAddAffineAsm" => add_affine,
    "crypto/internal/fips140/nistec.p256PointAddAsm" => add_points,
    "crypto/internal/fips140/nistec.p256PointDoubleAsm" => double_point,
    "crypto/internal/fips140/nistec.p256OrdMul" => order_mul,
    "crypto/internal/fips140/nistec.p256OrdSqr" => order_sqr,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a*b / 2^256 modulo m, by doubling: the slow way to what Montgomery's product is.
    fn slow(a: Limbs, b: Limbs, m: Limbs) -> Limbs {
        // a*b mod m, then 256 halvings.
        let double = |v: Limbs| {
            let mut c = 0;
            let r = [0, 1, 2, 3].map(|i: usize| adc(&mut c, v[i], v[i]));
            once(r, c.into(), m)
        };
        let add = |v: Limbs, w: Limbs| {
            let mut c = 0;
            let r = [0, 1, 2, 3].map(|i: usize| adc(&mut c, v[i], w[i]));
            once(r, c.into(), m)
        };
        let mut r = [0; 4];
        for i in (0..256).rev() {
            r = double(r);
            if b[i / 64] >> (i % 64) & 1 == 1 {
                r = add(r, a);
            }
        }
        for _ in 0..256 {
            let mut c = 0;
            let odd = (r[0] & 1).wrapping_neg();
            let s = [0, 1, 2, 3].map(|i: usize| adc(&mut c, r[i], m[i] & odd));
            r = [0, 1, 2, 3].map(|i: usize| s[i] >> 1 | s.get(i + 1).copied().unwrap_or(c.into()) << 63);
        }
        r
    }

    fn elements(m: Limbs) -> impl Iterator<Item = Limbs> {
        let mut x = 7u64;
        let mut random = move || {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            match x % 7 {
                0 => 0,
                1 => u64::MAX,
                _ => x,
            }
        };
        let less = move |d: u64| [m[0] - d, m[1], m[2], m[3]];
        let fixed = [[0; 4], [1, 0, 0, 0], less(1), less(2), ONE];
        fixed.into_iter().chain((0..40).map(move |_| once([0; 4].map(|_| random()), 0, m)))
    }

    #[test]
    fn products() {
        for (m, mul, sqr) in [
            (
                P,
                base::p256_mul as unsafe fn(*mut Limbs, *const Limbs, *const Limbs),
                p256_sqr as extern "C" fn(_, _, _),
            ),
            (ORDER, base::order_mul, order_sqr),
        ] {
            for a in elements(m) {
                for b in elements(m) {
                    let mut r = [0; 4];
                    // SAFETY: all are elements.
                    unsafe { mul(&mut r, &a, &b) };
                    assert_eq!(r, slow(a, b, m), "{a:x?} {b:x?}");
                }
                let mut r = [0; 4];
                sqr(&mut r, &raw const a, 1isize);
                assert_eq!(r, slow(a, a, m), "{a:x?}");
            }
        }
    }

    /// The generator, and that (G + G) + G, 2G + G in either kind of addition, and 4G - G agree.
    #[test]
    fn points() {
        let g = Affine {
            x: [0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6],
            y: [0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85],
        };
        let p = Point { x: g.x, y: g.y, z: ONE };
        let (mut two, mut three, mut four, mut other) = (p, p, p, p);
        double_point(&mut two, &p);
        assert_eq!(add_points(&mut three, &two, &p), 0);
        double_point(&mut four, &two);
        // x1/z1^2 = x2/z2^2, y1/z1^3 = y2/z2^3.
        let same = |a: &Point, b: &Point| {
            let (za, zb) = (sqr(a.z), sqr(b.z));
            mul(a.x, zb) == mul(b.x, za) && mul(a.y, mul(b.z, zb)) == mul(b.y, mul(a.z, za))
        };
        add_affine(&mut other, &two, &g, 0, 1, 1);
        assert!(same(&other, &three) && !same(&other, &four));
        add_affine(&mut other, &four, &g, 1, 1, 1);
        assert!(same(&other, &three));
        add_affine(&mut other, &four, &g, 1, 0, 1);
        assert!(same(&other, &four));
        add_affine(&mut other, &four, &g, 0, 1, 0);
        assert!(same(&other, &p));
        assert_eq!(add_points(&mut other, &three, &three), 1);
        // On the curve: y^2 = x^3 - 3 x z^4 + b z^6.
        let b = [0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834];
        for q in [p, two, three, four] {
            let z4 = sqr(sqr(q.z));
            let x3 = mul(sqr(q.x), q.x);
            let t = mul(q.x, z4);
            let right = add(sub(x3, add(double(t), t)), mul(b, mul(z4, sqr(q.z))));
            assert_eq!(sqr(q.y), right);
        }
        let table: std::vec::Vec<Affine> = (0..32).map(|i| Affine { x: [i; 4], y: [i + 100; 4] }).collect();
        for i in 0..33usize {
            let mut r = g;
            select_affine(&mut r, table.as_ptr(), i);
            let want = if i == 0 { ([0; 4], [0; 4]) } else { (table[i - 1].x, table[i - 1].y) };
            assert_eq!((r.x, r.y), want);
            // SAFETY: the table has 32 entries.
            let plain: [__m128i; 4] = unsafe { select_128(table.as_ptr().cast(), 32, i) };
            // SAFETY: the sizes are the same.
            let plain: (Limbs, Limbs) = unsafe { core::mem::transmute(plain) };
            assert_eq!(plain, want);
        }
    }
}
