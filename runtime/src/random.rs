//! Random numbers: bytes from the kernel, and a fast stream per M.
//!
//! **Runs on** g0. **May** block in getrandom(2) early at boot only. Lock ranks: none.

use crate::os::{args, clock, syscall3};

/// Fills a buffer from getrandom(2); where that fails, from AT_RANDOM and the clock.
pub fn fill(mut out: &mut [u8]) {
    while !out.is_empty() {
        // SAFETY: the kernel writes at most the given number of bytes.
        let n = unsafe {
            syscall3(libc::SYS_getrandom as usize, out.as_mut_ptr() as usize, out.len().min(256), 0)
        };
        if n > 0 {
            out = &mut out[n as usize..];
        } else if n != -(libc::EINTR as isize) {
            break;
        }
    }
    if !out.is_empty() {
        let mut s = Stream { a: clock::nanotime() as u64, b: 0x9e37_79b9_7f4a_7c15 };
        let at = args::auxv(args::AT_RANDOM) as *const u64;
        if !at.is_null() {
            // SAFETY: AT_RANDOM points to 16 bytes.
            unsafe {
                s.a ^= at.read_unaligned();
                s.b ^= at.add(1).read_unaligned();
            }
        }
        for b in out {
            *b = s.next_u64() as u8;
        }
    }
}

/// xorshift128+: fast and good enough for scheduling decisions; nothing secret depends on it.
pub struct Stream {
    a: u64,
    b: u64,
}

impl Stream {
    /// An unseeded stream.
    pub const fn new() -> Stream {
        Stream { a: 0x2545_f491_4f6c_dd1d, b: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Seeds from the kernel.
    pub fn seed(&mut self) {
        let mut b = [0u8; 16];
        fill(&mut b);
        let (x, y) = b.split_at(8);
        self.a = u64::from_le_bytes(x.try_into().unwrap_or([1; 8])) | 1;
        self.b = u64::from_le_bytes(y.try_into().unwrap_or([2; 8]));
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let (mut x, y) = (self.a, self.b);
        self.a = y;
        x ^= x << 23;
        self.b = x ^ y ^ (x >> 17) ^ (y >> 26);
        self.b.wrapping_add(y)
    }

    /// A number below `n` (n > 0), without division.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next_u64() as u32 as u64) * n as u64) >> 32) as u32
    }
}

impl Default for Stream {
    fn default() -> Self {
        Stream::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_everything() {
        let mut b = [0u8; 1000];
        fill(&mut b);
        assert!(b.chunks(100).all(|c| c.iter().any(|&x| x != 0)));
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut s = Stream::new();
        s.seed();
        let mut seen = [false; 7];
        for _ in 0..1000 {
            seen[s.below(7) as usize] = true;
        }
        assert_eq!(seen, [true; 7]);
    }
}
