//! Text for the user: writing to descriptors, and formatting without allocation.
//!
//! [`Sink`] is where tracebacks go: standard error, or a buffer (`runtime.Stack`). Standard error is written in
//! pieces of up to 1 KiB, so that a traceback costs few system calls and a crash loses little.
//!
//! # Orderings
//!
//! Both words are Relaxed: a descriptor publishes nothing but itself, and a thread that does not see yet that the
//! process goes down leaves its text out of the copy only.
//!
//! **Runs on** g0 and gsignal. **May** block in write(2). Lock ranks: none.

use super::syscall3;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Descriptor that receives a copy of crash output (`debug.SetCrashOutput`), `usize::MAX` if none.
static CRASH_FD: AtomicUsize = AtomicUsize::new(usize::MAX);
/// Set once the process is going down: from then on standard error is copied to [`CRASH_FD`].
static CRASHING: AtomicUsize = AtomicUsize::new(0);

/// write(2); returns the kernel's result.
///
/// # Safety
/// `[p, p+n)` must be readable.
pub unsafe fn write(fd: usize, p: *const u8, n: usize) -> isize {
    // SAFETY: passed on to the caller.
    unsafe { syscall3(libc::SYS_write as usize, fd, p as usize, n) }
}

/// Writes all of `s` to standard error, and to the crash descriptor while crashing.
pub fn stderr(s: &[u8]) {
    write_all(2, s);
    let fd = CRASH_FD.load(Ordering::Relaxed);
    if fd != usize::MAX && CRASHING.load(Ordering::Relaxed) != 0 {
        write_all(fd, s);
    }
}

/// Writes all of `s`, unless the kernel refuses.
pub fn write_all(fd: usize, mut s: &[u8]) {
    while !s.is_empty() {
        // SAFETY: `s` is a live slice.
        let n = unsafe { write(fd, s.as_ptr(), s.len()) };
        if n == -(libc::EINTR as isize) {
            continue;
        }
        if n <= 0 {
            return;
        }
        s = &s[(n as usize).min(s.len())..];
    }
}

/// Replaces the crash descriptor, returns the old one.
pub fn set_crash_fd(fd: usize) -> usize {
    CRASH_FD.swap(fd, Ordering::Relaxed)
}

/// Declares that the process is going down.
pub fn set_crashing() {
    CRASHING.store(1, Ordering::Relaxed);
}

/// Whether a fatal error is being reported already.
pub fn crashing() -> bool {
    CRASHING.load(Ordering::Relaxed) != 0
}

/// Where text goes.
pub struct Sink<'a> {
    /// `None`: standard error.
    out: Option<&'a mut [u8]>,
    /// Bytes written to `out`.
    len: usize,
    buf: [u8; 1024],
    used: usize,
}

impl Sink<'static> {
    /// Text for standard error.
    pub fn stderr() -> Sink<'static> {
        Sink { out: None, len: 0, buf: [0; 1024], used: 0 }
    }
}

impl<'a> Sink<'a> {
    /// Text for a buffer; what does not fit is dropped.
    pub fn buffer(out: &'a mut [u8]) -> Sink<'a> {
        Sink { out: Some(out), len: 0, buf: [0; 1024], used: 0 }
    }

    /// Bytes in the buffer.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been written to the buffer.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends bytes.
    pub fn bytes(&mut self, s: &[u8]) -> &mut Self {
        if let Some(out) = &mut self.out {
            let n = s.len().min(out.len() - self.len);
            out[self.len..self.len + n].copy_from_slice(&s[..n]);
            self.len += n;
        } else {
            for part in s.chunks(self.buf.len()) {
                if self.used + part.len() > self.buf.len() {
                    self.flush();
                }
                self.buf[self.used..self.used + part.len()].copy_from_slice(part);
                self.used += part.len();
            }
        }
        self
    }

    /// Appends a string.
    pub fn str(&mut self, s: &str) -> &mut Self {
        self.bytes(s.as_bytes())
    }

    /// Appends a signed decimal number.
    pub fn dec(&mut self, n: i64) -> &mut Self {
        let mut b = [0u8; 20];
        let mut i = b.len();
        let mut u = n.unsigned_abs();
        loop {
            i -= 1;
            b[i] = b'0' + (u % 10) as u8;
            u /= 10;
            if u == 0 {
                break;
            }
        }
        if n < 0 {
            self.bytes(b"-");
        }
        self.bytes(&b[i..])
    }

    /// Appends a number as `0x...`.
    pub fn hex(&mut self, n: usize) -> &mut Self {
        let mut b = [0u8; 18];
        let mut i = b.len();
        let mut u = n;
        loop {
            i -= 1;
            b[i] = b"0123456789abcdef"[u & 15];
            u >>= 4;
            if u == 0 {
                break;
            }
        }
        b[i - 1] = b'x';
        b[i - 2] = b'0';
        self.bytes(&b[i - 2..])
    }

    /// Sends what is collected to standard error.
    pub fn flush(&mut self) {
        if self.used > 0 {
            stderr(&self.buf[..self.used]);
            self.used = 0;
        }
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::Sink;

    #[test]
    fn numbers() {
        let mut b = [0u8; 64];
        let mut s = Sink::buffer(&mut b);
        s.dec(0).str(" ").dec(-12).str(" ").dec(i64::MIN).str(" ").hex(0).str(" ").hex(0xdead_beef);
        let n = s.len();
        drop(s);
        assert_eq!(&b[..n], b"0 -12 -9223372036854775808 0x0 0xdeadbeef");
    }

    #[test]
    fn full_buffer_drops_the_rest() {
        let mut b = [0u8; 4];
        let mut s = Sink::buffer(&mut b);
        s.str("abc").str("def");
        assert_eq!(s.len(), 4);
        drop(s);
        assert_eq!(&b, b"abcd");
    }
}
