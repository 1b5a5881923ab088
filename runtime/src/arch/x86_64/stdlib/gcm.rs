//! Natives of `crypto/internal/fips140/aes/gcm` with AES instructions and carry-less multiplication.
//!
//! GHASH works on polynomials whose first bit is the lowest power: a block with its bytes reversed is one with the bits
//! reversed. The product of two reversed operands is short of one bit; the powers of H that the table holds are
//! multiplied by x beforehand to make up for it. So are their products with each other.
//!
//! Up to 16 blocks are multiplied by falling powers of H, the unreduced products added, and the sum reduced once. The
//! table is H^16 to H^1. `T`, the hash so far, has the order of bytes of a block between calls.
//!
//! Blocks that are encrypted are hashed behind the encryption; the processor overlaps it with the blocks that follow.
//!
//! **Runs on** g0, for as long as the data last.

use crate::cpu::{feature, has};
use core::arch::x86_64::*;

crate::g0_entry! {
    "crypto/internal/fips140/aes/gcm.gcmAesInit" => init,
    "crypto/internal/fips140/aes/gcm.gcmAesData" => data,
    "crypto/internal/fips140/aes/gcm.gcmAesFinish" => finish,
}
crate::g0_entry_wide! {
    "crypto/internal/fips140/aes/gcm.gcmAesEnc" [48] => encrypt,
    "crypto/internal/fips140/aes/gcm.gcmAesDec" [48] => decrypt,
}

const BLOCK: usize = 16;
/// Powers of H in the table.
const POWERS: usize = 16;

type Table = *const __m128i;

/// gcmAesInit(productTable *[256]byte, ks []uint32).
extern "C" fn init(table: *mut __m128i, keys: *const __m128i, words: usize) {
    // SAFETY: the caller has looked for the extensions; there are words / 4 round keys and 16 blocks of the table.
    unsafe {
        match words {
            44 => make_table::<10>(table, keys),
            52 => make_table::<12>(table, keys),
            _ => make_table::<14>(table, keys),
        }
    }
}

/// gcmAesData(productTable *[256]byte, data []byte, T *[16]byte): the data, filled up with zeros.
extern "C" fn data(table: Table, p: *const u8, n: usize, _cap: usize, hash: *mut __m128i) {
    // SAFETY: as above; p has n bytes.
    unsafe { hash_data(table, p, n, hash) }
}

/// gcmAesFinish(productTable *[256]byte, tagMask, T *[16]byte, pLen, dLen uint64): both lengths, then the mask.
extern "C" fn finish(table: Table, mask: *const __m128i, hash: *mut __m128i, text: u64, data: u64) {
    // SAFETY: as above.
    unsafe { hash_lengths(table, mask, hash, text, data) }
}

/// What gcmAesEnc and gcmAesDec are given: (productTable *[256]byte, dst, src []byte, ctr, T *[16]byte, ks []uint32).
#[derive(Clone, Copy)]
struct Text {
    table: Table,
    dst: *mut u8,
    src: *const u8,
    n: usize,
    counter: *const __m128i,
    hash: *mut __m128i,
    keys: *const __m128i,
    words: usize,
}

impl Text {
    /// # Safety
    /// The words are those of a call.
    unsafe fn new(words: *const [usize; 6], stack: *const [usize; 6]) -> Text {
        // SAFETY: passed on.
        let ([table, dst, _, _, src, n], [_, counter, hash, keys, len, _]) = unsafe { (*words, *stack) };
        Text {
            table: table as Table,
            dst: dst as *mut u8,
            src: src as *const u8,
            n,
            counter: counter as *const __m128i,
            hash: hash as *mut __m128i,
            keys: keys as *const __m128i,
            words: len,
        }
    }
}

extern "C" fn encrypt(words: *const [usize; 6], stack: *const [usize; 6]) {
    // SAFETY: the caller has looked for the extensions.
    unsafe { crypt::<true>(Text::new(words, stack)) }
}

extern "C" fn decrypt(words: *const [usize; 6], stack: *const [usize; 6]) {
    // SAFETY: the caller has looked for the extensions.
    unsafe { crypt::<false>(Text::new(words, stack)) }
}

unsafe fn crypt<const SEAL: bool>(text: Text) {
    let wide = has(feature::VAES512 | feature::VPCLMUL512) && text.n >= 16 * BLOCK;
    // SAFETY: passed on.
    unsafe {
        match (text.words, wide) {
            (44, false) => crypt_128::<SEAL, 10>(text),
            (52, false) => crypt_128::<SEAL, 12>(text),
            (_, false) => crypt_128::<SEAL, 14>(text),
            (44, true) => crypt_512::<SEAL, 10>(text),
            (52, true) => crypt_512::<SEAL, 12>(text),
            (_, true) => crypt_512::<SEAL, 14>(text),
        }
    }
}

/// A block with its bytes reversed.
#[inline]
#[target_feature(enable = "ssse3")]
fn reversed(x: __m128i) -> __m128i {
    _mm_shuffle_epi8(x, _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f))
}

/// The polynomial of the field, and 1.
#[inline]
#[target_feature(enable = "sse2")]
fn polynomial() -> __m128i {
    _mm_set_epi64x(0xc2u64.rotate_right(8) as i64, 1)
}

/// A sum of products that are not reduced: low, middle and high parts.
#[derive(Clone, Copy)]
struct Sum(__m128i, __m128i, __m128i);

impl Sum {
    #[inline]
    #[target_feature(enable = "sse2")]
    fn zero() -> Sum {
        let zero = _mm_setzero_si128();
        Sum(zero, zero, zero)
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn add(&mut self, x: __m128i, h: __m128i) {
        self.0 = _mm_xor_si128(self.0, _mm_clmulepi64_si128::<0x00>(x, h));
        let crossed = _mm_xor_si128(_mm_clmulepi64_si128::<0x01>(x, h), _mm_clmulepi64_si128::<0x10>(x, h));
        self.1 = _mm_xor_si128(self.1, crossed);
        self.2 = _mm_xor_si128(self.2, _mm_clmulepi64_si128::<0x11>(x, h));
    }

    /// Modulo the polynomial. The low 64 bits are cleared by a multiple of it, twice.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn reduced(self) -> __m128i {
        let step = |low: __m128i, next: __m128i| {
            let t = _mm_clmulepi64_si128::<0x10>(low, polynomial());
            _mm_xor_si128(_mm_xor_si128(next, t), _mm_shuffle_epi32::<0x4e>(low))
        };
        step(step(self.0, self.1), self.2)
    }
}

/// Encrypts blocks side by side; `blocks` hold the counters.
#[inline]
#[target_feature(enable = "aes")]
fn rounds<const ROUNDS: usize, const N: usize>(blocks: &mut [__m128i; N], keys: &[__m128i; 15]) {
    for b in &mut *blocks {
        *b = _mm_xor_si128(*b, keys[0]);
    }
    for key in &keys[1..ROUNDS] {
        for b in &mut *blocks {
            *b = _mm_aesenc_si128(*b, *key);
        }
    }
    for b in blocks {
        *b = _mm_aesenclast_si128(*b, keys[ROUNDS]);
    }
}

#[inline]
#[target_feature(enable = "sse2")]
unsafe fn load_keys<const ROUNDS: usize>(keys: *const __m128i) -> [__m128i; 15] {
    let mut loaded = [_mm_setzero_si128(); 15];
    for (i, k) in loaded[..=ROUNDS].iter_mut().enumerate() {
        // SAFETY: there are ROUNDS + 1 keys.
        *k = unsafe { _mm_loadu_si128(keys.add(i)) };
    }
    loaded
}

#[target_feature(enable = "aes,pclmulqdq,ssse3")]
unsafe fn make_table<const ROUNDS: usize>(table: *mut __m128i, keys: *const __m128i) {
    // SAFETY: passed on.
    unsafe {
        let keys = load_keys::<ROUNDS>(keys);
        let mut h = [_mm_setzero_si128()];
        rounds::<ROUNDS, 1>(&mut h, &keys);
        // Times x: a shift, and the polynomial if a bit is lost.
        let h = reversed(h[0]);
        let lost = _mm_srai_epi32::<31>(_mm_shuffle_epi32::<0xff>(h));
        let carry = _mm_slli_si128::<8>(_mm_srli_epi64::<63>(h));
        let h = _mm_or_si128(_mm_slli_epi64::<1>(h), carry);
        let h = _mm_xor_si128(h, _mm_and_si128(lost, polynomial()));
        let mut power = h;
        for i in (0..POWERS).rev() {
            _mm_storeu_si128(table.add(i), power);
            let mut sum = Sum::zero();
            sum.add(power, h);
            power = sum.reduced();
        }
    }
}

/// The power of H for a block that `left` blocks end with.
#[inline]
#[target_feature(enable = "sse2")]
unsafe fn power(table: Table, left: usize) -> __m128i {
    // SAFETY: 1 <= left <= POWERS.
    unsafe { _mm_loadu_si128(table.add(POWERS - left)) }
}

/// A block of n < 16 bytes, filled up with zeros.
#[inline]
unsafe fn partial(p: *const u8, n: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    // SAFETY: p has n bytes.
    unsafe { core::ptr::copy_nonoverlapping(p, block.as_mut_ptr(), n) };
    block
}

#[target_feature(enable = "pclmulqdq,ssse3")]
unsafe fn hash_data(table: Table, mut p: *const u8, mut n: usize, hash: *mut __m128i) {
    // SAFETY: p has n bytes.
    unsafe {
        let mut y = reversed(_mm_loadu_si128(hash));
        while n >= BLOCK {
            let blocks = (n / BLOCK).min(POWERS);
            let mut sum = Sum::zero();
            for left in (1..=blocks).rev() {
                let x = _mm_xor_si128(reversed(_mm_loadu_si128(p.cast())), y);
                y = _mm_setzero_si128();
                sum.add(x, power(table, left));
                p = p.add(BLOCK);
            }
            y = sum.reduced();
            n -= blocks * BLOCK;
        }
        if n > 0 {
            let block = partial(p, n);
            let mut sum = Sum::zero();
            sum.add(_mm_xor_si128(reversed(_mm_loadu_si128(block.as_ptr().cast())), y), power(table, 1));
            y = sum.reduced();
        }
        _mm_storeu_si128(hash, reversed(y));
    }
}

#[target_feature(enable = "pclmulqdq,ssse3")]
unsafe fn hash_lengths(table: Table, mask: *const __m128i, hash: *mut __m128i, text: u64, data: u64) {
    // SAFETY: passed on.
    unsafe {
        let y = reversed(_mm_loadu_si128(hash));
        let lengths = _mm_set_epi64x((data << 3) as i64, (text << 3) as i64);
        let mut sum = Sum::zero();
        sum.add(_mm_xor_si128(y, lengths), power(table, 1));
        _mm_storeu_si128(hash, _mm_xor_si128(reversed(sum.reduced()), _mm_loadu_si128(mask)));
    }
}

#[target_feature(enable = "aes,pclmulqdq,ssse3")]
unsafe fn crypt_128<const SEAL: bool, const ROUNDS: usize>(text: Text) {
    // SAFETY: passed on.
    unsafe {
        let keys = load_keys::<ROUNDS>(text.keys);
        let counter = reversed(_mm_loadu_si128(text.counter));
        let y = reversed(_mm_loadu_si128(text.hash));
        let y = crypt_rest::<SEAL, ROUNDS>(&text, &keys, 0, counter, y);
        _mm_storeu_si128(text.hash, reversed(y));
    }
}

/// En- or decrypts from the byte `at` on; the last counter used and the hash so far are given with their bytes reversed.
/// Returns the hash.
#[inline]
#[target_feature(enable = "aes,pclmulqdq,ssse3")]
unsafe fn crypt_rest<const SEAL: bool, const ROUNDS: usize>(
    text: &Text,
    keys: &[__m128i; 15],
    mut at: usize,
    mut counter: __m128i,
    mut y: __m128i,
) -> __m128i {
    const WIDE: usize = 8;
    let one = _mm_set_epi32(0, 0, 0, 1);
    // SAFETY: source and destination have n bytes.
    unsafe {
        while text.n - at >= WIDE * BLOCK {
            let mut blocks = [_mm_setzero_si128(); WIDE];
            for b in &mut blocks {
                counter = _mm_add_epi32(counter, one);
                *b = reversed(counter);
            }
            rounds::<ROUNDS, WIDE>(&mut blocks, keys);
            let mut sum = Sum::zero();
            for (i, b) in blocks.iter().enumerate() {
                let input = _mm_loadu_si128(text.src.add(at + i * BLOCK).cast());
                let output = _mm_xor_si128(input, *b);
                _mm_storeu_si128(text.dst.add(at + i * BLOCK).cast(), output);
                let x = reversed(if SEAL { output } else { input });
                let x = if i == 0 { _mm_xor_si128(x, y) } else { x };
                sum.add(x, power(text.table, WIDE - i));
            }
            y = sum.reduced();
            at += WIDE * BLOCK;
        }
        let left = (text.n - at).div_ceil(BLOCK);
        if left == 0 {
            return y;
        }
        let mut sum = Sum::zero();
        for left in (1..=left).rev() {
            counter = _mm_add_epi32(counter, one);
            let mut block = [reversed(counter)];
            rounds::<ROUNDS, 1>(&mut block, keys);
            let n = text.n - at;
            let hashed = if n >= BLOCK {
                let input = _mm_loadu_si128(text.src.add(at).cast());
                let output = _mm_xor_si128(input, block[0]);
                _mm_storeu_si128(text.dst.add(at).cast(), output);
                if SEAL { output } else { input }
            } else {
                let input = partial(text.src.add(at), n);
                let mut output = [0; BLOCK];
                let mixed = _mm_xor_si128(_mm_loadu_si128(input.as_ptr().cast()), block[0]);
                _mm_storeu_si128(output.as_mut_ptr().cast(), mixed);
                core::ptr::copy_nonoverlapping(output.as_ptr(), text.dst.add(at), n);
                output[n..].fill(0);
                _mm_loadu_si128(if SEAL { output.as_ptr().cast() } else { input.as_ptr().cast() })
            };
            sum.add(_mm_xor_si128(reversed(hashed), y), power(text.table, left));
            y = _mm_setzero_si128();
            at += BLOCK;
        }
        sum.reduced()
    }
}

/// 16 blocks a turn, four in a vector.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,vaes,vpclmulqdq,aes,pclmulqdq,ssse3")]
unsafe fn crypt_512<const SEAL: bool, const ROUNDS: usize>(text: Text) {
    // SAFETY: passed on; source and destination have n bytes.
    unsafe {
        let keys = load_keys::<ROUNDS>(text.keys);
        let mut wide = [_mm512_setzero_si512(); 15];
        for (w, k) in wide.iter_mut().zip(keys) {
            *w = _mm512_broadcast_i32x4(k);
        }
        let mut counter = reversed(_mm_loadu_si128(text.counter));
        let mut y = reversed(_mm_loadu_si128(text.hash));
        let order = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f));
        let four = _mm512_broadcast_i32x4(_mm_set_epi32(0, 0, 0, 4));
        let mut counters =
            _mm512_add_epi32(_mm512_broadcast_i32x4(counter), _mm512_set_epi64(0, 4, 0, 3, 0, 2, 0, 1));
        let table = text.table.cast::<__m512i>();
        let mut at = 0;
        while text.n - at >= 16 * BLOCK {
            let mut blocks = [_mm512_setzero_si512(); 4];
            for b in &mut blocks {
                *b = _mm512_xor_si512(_mm512_shuffle_epi8(counters, order), wide[0]);
                counters = _mm512_add_epi32(counters, four);
            }
            for key in &wide[1..ROUNDS] {
                for b in &mut blocks {
                    *b = _mm512_aesenc_epi128(*b, *key);
                }
            }
            let zero = _mm512_setzero_si512();
            let (mut low, mut middle, mut high) = (zero, zero, zero);
            for (i, b) in blocks.iter().enumerate() {
                let input = _mm512_loadu_si512(text.src.add(at + 64 * i).cast());
                let output = _mm512_xor_si512(input, _mm512_aesenclast_epi128(*b, wide[ROUNDS]));
                _mm512_storeu_si512(text.dst.add(at + 64 * i).cast(), output);
                let mut x = _mm512_shuffle_epi8(if SEAL { output } else { input }, order);
                if i == 0 {
                    x = _mm512_xor_si512(x, _mm512_zextsi128_si512(y));
                }
                let h = _mm512_loadu_si512(table.add(i));
                low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128::<0x00>(x, h));
                let crossed = _mm512_clmulepi64_epi128::<0x01>(x, h);
                middle = _mm512_ternarylogic_epi64::<0x96>(
                    middle,
                    crossed,
                    _mm512_clmulepi64_epi128::<0x10>(x, h),
                );
                high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128::<0x11>(x, h));
            }
            y = Sum(lanes(low), lanes(middle), lanes(high)).reduced();
            counter = _mm_add_epi32(counter, _mm_set_epi32(0, 0, 0, 16));
            at += 16 * BLOCK;
        }
        let y = crypt_rest::<SEAL, ROUNDS>(&text, &keys, at, counter, y);
        _mm_storeu_si128(text.hash, reversed(y));
    }
}

/// The sum of the four blocks of a vector.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn lanes(x: __m512i) -> __m128i {
    let half = _mm256_xor_si256(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64::<1>(x));
    _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The product of the field, bit by bit.
    fn product(x: u128, y: u128) -> u128 {
        let (mut z, mut v) = (0, y);
        for i in (0..128).rev() {
            if x >> i & 1 == 1 {
                z ^= v;
            }
            v = (v >> 1) ^ if v & 1 == 1 { 0xe1 << 120 } else { 0 };
        }
        z
    }

    fn bytes(seed: u32, n: usize) -> Vec<u8> {
        (0..n as u32).map(|i| ((i + seed).wrapping_mul(0x9e37_79b9) >> 23) as u8).collect()
    }

    fn block(v: __m128i) -> u128 {
        let mut b = [0; 16];
        // SAFETY: 16 bytes are written.
        unsafe { _mm_storeu_si128(b.as_mut_ptr().cast(), v) };
        u128::from_be_bytes(b)
    }

    /// Everything against a plain computation with the same block cipher.
    #[test]
    fn text_and_hash() {
        if !is_x86_feature_detected!("aes") || !is_x86_feature_detected!("pclmulqdq") {
            return;
        }
        let wide = is_x86_feature_detected!("vaes")
            && is_x86_feature_detected!("vpclmulqdq")
            && is_x86_feature_detected!("avx512bw");
        let key_bytes = bytes(1, 240);
        let mut table = [[0u8; 16]; 16];
        init(table.as_mut_ptr().cast(), key_bytes.as_ptr().cast(), 44);
        let encrypted = |n: u128| {
            // SAFETY: the extension is there.
            unsafe {
                let keys = load_keys::<10>(key_bytes.as_ptr().cast());
                let mut b = [_mm_loadu_si128(n.to_be_bytes().as_ptr().cast())];
                rounds::<10, 1>(&mut b, &keys);
                block(b[0])
            }
        };
        let h = encrypted(0);
        let start = 0x0011_2233_4455_6677_8899_aabb_ffff_fff9_u128;
        for n in (0..80).chain([127, 128, 129, 255, 256, 257, 511, 512, 513, 600, 1023, 1025]) {
            let plain = bytes(7, n);
            let mut cipher = plain.clone();
            let mut hash = 0x1234_5678_9abc_def0_u128;
            let mut counter = start;
            let mut sums = hash;
            for chunk in cipher.chunks_mut(16) {
                counter = counter & !0xffff_ffff | u128::from((counter as u32).wrapping_add(1));
                for (c, k) in chunk.iter_mut().zip(encrypted(counter).to_be_bytes()) {
                    *c ^= k;
                }
                let mut b = [0; 16];
                b[..chunk.len()].copy_from_slice(chunk);
                sums = product(sums ^ u128::from_be_bytes(b), h);
            }
            let mut t = hash.to_be_bytes();
            data(table.as_ptr().cast(), cipher.as_ptr(), n, n, t.as_mut_ptr().cast());
            assert_eq!(u128::from_be_bytes(t), sums, "{n}");
            for wide in [false, wide] {
                for seal in [true, false] {
                    let (from, to) = if seal { (&plain, &cipher) } else { (&cipher, &plain) };
                    let mut out = std::vec![0; n];
                    let mut t = hash.to_be_bytes();
                    let counter = start.to_be_bytes();
                    let text = Text {
                        table: table.as_ptr().cast(),
                        dst: out.as_mut_ptr(),
                        src: from.as_ptr(),
                        n,
                        counter: counter.as_ptr().cast(),
                        hash: t.as_mut_ptr().cast(),
                        keys: key_bytes.as_ptr().cast(),
                        words: 44,
                    };
                    // SAFETY: the extensions are there.
                    unsafe {
                        match (wide, seal) {
                            (false, true) => crypt_128::<true, 10>(text),
                            (false, false) => crypt_128::<false, 10>(text),
                            (true, true) => crypt_512::<true, 10>(text),
                            (true, false) => crypt_512::<false, 10>(text),
                        }
                    }
                    assert_eq!(&out, to, "{n} {wide} {seal}");
                    assert_eq!(u128::from_be_bytes(t), sums, "{n} {wide} {seal}");
                }
            }
            let mut t = sums.to_be_bytes();
            let mask = 5u128.to_be_bytes();
            finish(table.as_ptr().cast(), mask.as_ptr().cast(), t.as_mut_ptr().cast(), n as u64, 3);
            hash = product(sums ^ (u128::from(3u64 * 8) << 64 | (n as u128 * 8)), h) ^ 5;
            assert_eq!(u128::from_be_bytes(t), hash);
        }
    }
}
