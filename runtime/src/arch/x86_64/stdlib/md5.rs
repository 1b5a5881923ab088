//! Native of `crypto/md5`: the block function. Each step waits for the one before; the order of the additions keeps
//! that chain short. The first addition is an instruction of its own, which the compiler cannot move into the chain.
//!
//! **Runs on** g0, for as long as the data last.

use core::arch::asm;

crate::g0_entry! {
    "crypto/md5.block" => block,
}

/// block(dig *digest, p []byte): `dig` begins with the four words.
extern "C" fn block(s: *mut u32, p: *const u8, n: usize) {
    if n < 64 {
        return;
    }
    // SAFETY: s has four words, p n bytes.
    let (s, blocks) = unsafe { (&mut *s.cast::<[u32; 4]>(), core::slice::from_raw_parts(p.cast(), n / 64)) };
    md5(s, blocks);
}

/// a + x + T.
#[inline(always)]
fn sum<const T: i32>(a: u32, x: u32) -> u32 {
    let r;
    // SAFETY: an addition; the upper halves of the registers do not matter.
    unsafe {
        asm!("lea {r:e}, [{a} + {x} + {t}]", r = lateout(reg) r, a = in(reg) u64::from(a), x = in(reg) u64::from(x),
            t = const T, options(pure, nomem, nostack, preserves_flags));
    }
    r
}

fn md5(s: &mut [u32; 4], blocks: &[[u8; 64]]) {
    let [mut a, mut b, mut c, mut d] = *s;
    for block in blocks {
        let word = |i: usize| {
            let at = 4 * i;
            u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
        };
        let before = (a, b, c, d);
        macro_rules! step {
            ($f:expr, $a:ident $b:ident, $x:literal, $t:literal, $n:literal) => {
                $a = sum::<{ $t as u32 as i32 }>($a, word($x));
                $a = $f($a).rotate_left($n).wrapping_add($b);
            };
        }
        // What of the function depends on the word computed last is added last.
        macro_rules! f {
            ($a:ident $b:ident $c:ident $d:ident, $x:literal, $t:literal, $n:literal) => {
                step!(|v: u32| v.wrapping_add((($c ^ $d) & $b) ^ $d), $a $b, $x, $t, $n);
            };
        }
        macro_rules! g {
            ($a:ident $b:ident $c:ident $d:ident, $x:literal, $t:literal, $n:literal) => {
                step!(|v: u32| v.wrapping_add(!$d & $c).wrapping_add($d & $b), $a $b, $x, $t, $n);
            };
        }
        macro_rules! h {
            ($a:ident $b:ident $c:ident $d:ident, $x:literal, $t:literal, $n:literal) => {
                step!(|v: u32| v.wrapping_add(($c ^ $d) ^ $b), $a $b, $x, $t, $n);
            };
        }
        macro_rules! i {
            ($a:ident $b:ident $c:ident $d:ident, $x:literal, $t:literal, $n:literal) => {
                step!(|v: u32| v.wrapping_add((!$d | $b) ^ $c), $a $b, $x, $t, $n);
            };
        }
        macro_rules! round {
            ($f:ident, $n0:literal $n1:literal $n2:literal $n3:literal,
             $($x0:literal $t0:literal $x1:literal $t1:literal $x2:literal $t2:literal $x3:literal $t3:literal)*) => {$(
                $f!(a b c d, $x0, $t0, $n0);
                $f!(d a b c, $x1, $t1, $n1);
                $f!(c d a b, $x2, $t2, $n2);
                $f!(b c d a, $x3, $t3, $n3);
            )*};
        }
        round!(f, 7 12 17 22,
            0 0xd76aa478 1 0xe8c7b756 2 0x242070db 3 0xc1bdceee
            4 0xf57c0faf 5 0x4787c62a 6 0xa8304613 7 0xfd469501
            8 0x698098d8 9 0x8b44f7af 10 0xffff5bb1 11 0x895cd7be
            12 0x6b901122 13 0xfd987193 14 0xa679438e 15 0x49b40821
        );
        round!(g, 5 9 14 20,
            1 0xf61e2562 6 0xc040b340 11 0x265e5a51 0 0xe9b6c7aa
            5 0xd62f105d 10 0x02441453 15 0xd8a1e681 4 0xe7d3fbc8
            9 0x21e1cde6 14 0xc33707d6 3 0xf4d50d87 8 0x455a14ed
            13 0xa9e3e905 2 0xfcefa3f8 7 0x676f02d9 12 0x8d2a4c8a
        );
        round!(h, 4 11 16 23,
            5 0xfffa3942 8 0x8771f681 11 0x6d9d6122 14 0xfde5380c
            1 0xa4beea44 4 0x4bdecfa9 7 0xf6bb4b60 10 0xbebfbc70
            13 0x289b7ec6 0 0xeaa127fa 3 0xd4ef3085 6 0x04881d05
            9 0xd9d4d039 12 0xe6db99e5 15 0x1fa27cf8 2 0xc4ac5665
        );
        round!(i, 6 10 15 21,
            0 0xf4292244 7 0x432aff97 14 0xab9423a7 5 0xfc93a039
            12 0x655b59c3 3 0x8f0ccc92 10 0xffeff47d 1 0x85845dd1
            8 0x6fa87e4f 15 0xfe2ce6e0 6 0xa3014314 13 0x4e0811a1
            4 0xf7537e82 11 0xbd3af235 2 0x2ad7d2bb 9 0xeb86d391
        );
        a = a.wrapping_add(before.0);
        b = b.wrapping_add(before.1);
        c = c.wrapping_add(before.2);
        d = d.wrapping_add(before.3);
    }
    *s = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    #[test]
    fn abc() {
        let mut block = [0u8; 64];
        block[..4].copy_from_slice(b"abc\x80");
        block[56] = 24;
        let mut s = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        super::block(s.as_mut_ptr(), block.as_ptr(), 64);
        assert_eq!(s.map(u32::swap_bytes), [0x90015098, 0x3cd24fb0, 0xd6963f7d, 0x28e17f72]);
    }
}
