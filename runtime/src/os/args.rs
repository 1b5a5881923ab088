//! What the kernel left on the initial stack: arguments, environment, auxiliary vector.
//!
//! # Orderings
//!
//! All four words are stored before there is a second thread; making a thread orders them, so Relaxed suffices.
//!
//! **Runs on** g0; written once at start, read-only afterwards. **May** not allocate. Lock ranks: none.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static ARGC: AtomicUsize = AtomicUsize::new(0);
static ARGV: AtomicUsize = AtomicUsize::new(0);
static ENVP: AtomicUsize = AtomicUsize::new(0);
static AUXV: AtomicUsize = AtomicUsize::new(0);

/// Auxiliary vector tags.
pub const AT_PAGESZ: usize = 6;
pub const AT_RANDOM: usize = 25;
pub const AT_SYSINFO_EHDR: usize = 33;

/// Records the initial stack.
///
/// # Safety
/// `sp` is the stack pointer with which the kernel started the process.
pub unsafe fn init(sp: *const usize) {
    // SAFETY: the layout is argc, argv[argc], null, envp..., null, auxv pairs, as the System V ABI has it.
    unsafe {
        let argc = *sp;
        let argv = sp.add(1);
        let envp = argv.add(argc + 1);
        let mut p = envp;
        while *p != 0 {
            p = p.add(1);
        }
        ARGC.store(argc, Relaxed);
        ARGV.store(argv as usize, Relaxed);
        ENVP.store(envp as usize, Relaxed);
        AUXV.store(p.add(1) as usize, Relaxed);
    }
}

/// argc, argv, envp and auxv as addresses.
pub fn raw() -> [usize; 4] {
    [ARGC.load(Relaxed), ARGV.load(Relaxed), ENVP.load(Relaxed), AUXV.load(Relaxed)]
}

/// The value of an auxiliary vector entry, 0 if it is absent.
pub fn auxv(tag: usize) -> usize {
    let mut p = AUXV.load(Relaxed) as *const usize;
    if p.is_null() {
        return 0;
    }
    // SAFETY: the vector ends with the tag 0.
    unsafe {
        while *p != 0 {
            if *p == tag {
                return *p.add(1);
            }
            p = p.add(2);
        }
    }
    0
}

/// Page size of the kernel.
pub fn page_size() -> usize {
    match auxv(AT_PAGESZ) {
        0 => 4096,
        n => n,
    }
}

/// The value of an environment variable at start.
pub fn getenv(name: &[u8]) -> Option<&'static [u8]> {
    let mut p = ENVP.load(Relaxed) as *const *const u8;
    if p.is_null() {
        return None;
    }
    // SAFETY: envp is a null-terminated array of C strings that live as long as the process.
    unsafe {
        while !(*p).is_null() {
            let s = c_string(*p);
            if s.len() > name.len() && s[name.len()] == b'=' && &s[..name.len()] == name {
                return Some(&s[name.len() + 1..]);
            }
            p = p.add(1);
        }
    }
    None
}

/// The bytes of a C string.
///
/// # Safety
/// `p` points to a zero-terminated string that is never changed.
pub unsafe fn c_string(p: *const u8) -> &'static [u8] {
    let mut n = 0;
    // SAFETY: the string is terminated.
    unsafe {
        // Volatile, or the compiler makes a call of strlen of this loop.
        while p.add(n).read_volatile() != 0 {
            n += 1;
        }
        core::slice::from_raw_parts(p, n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_stack() {
        let arg = b"prog\0";
        let env = [c"A=1".as_ptr(), c"AB=two".as_ptr()];
        let stack =
            [1, arg.as_ptr() as usize, 0, env[0] as usize, env[1] as usize, 0, AT_PAGESZ, 16384, 0, 0];
        let stack = std::boxed::Box::leak(std::boxed::Box::new(stack));
        // SAFETY: `stack` has the layout of an initial stack.
        unsafe { init(stack.as_ptr()) };
        assert_eq!(raw()[0], 1);
        assert_eq!(page_size(), 16384);
        assert_eq!(getenv(b"AB"), Some(&b"two"[..]));
        assert_eq!(getenv(b"A"), Some(&b"1"[..]));
        assert_eq!(getenv(b"B"), None);
    }
}
