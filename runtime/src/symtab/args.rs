//! Printing a frame's arguments (see `grus_abi::symtab::arg_info`).
//!
//! A word that the tables do not locate is printed as `_`; one that may be out of date is followed by `?`.
//!
//! Callee-saved registers are followed from the innermost frame outwards: what a frame finds in them at its call is
//! what the goroutine had when it stopped, or what some inner frame saved.
//!
//! **Runs on** g0 and gsignal. **May** not allocate or block.

use crate::os::output::Sink;
use crate::stack::unwind::{Code, Frame};
use grus_abi::g::{CALLEE_REGS, SAVED_REGS};
use grus_abi::symtab::{arg_info, func_flag};

/// Callee-saved registers as a frame left them when it called the next inner one.
#[derive(Clone, Copy, Default)]
pub struct Registers {
    /// Bit *k*: the value of word *k* is known.
    known: u32,
    words: [usize; CALLEE_REGS],
}

impl Registers {
    /// The registers of a goroutine that is switched out.
    pub fn of(callee: &[usize; SAVED_REGS]) -> Registers {
        let mut words = [0; CALLEE_REGS];
        words[..SAVED_REGS].copy_from_slice(callee);
        Registers { known: (1 << SAVED_REGS) - 1, words }
    }

    fn get(&self, k: u32) -> Option<usize> {
        (self.known >> k & 1 != 0).then(|| self.words[k as usize])
    }

    /// Goes on to the next outer frame.
    ///
    /// # Safety
    /// The frame is intact.
    pub unsafe fn leave(&mut self, frame: &Frame) {
        let Code::Go(f) = frame.code else {
            self.known = 0;
            return;
        };
        let flags = f.map().flags;
        let saved = flags >> func_flag::SAVES_SHIFT;
        let n = saved.count_ones().next_multiple_of(2) as usize;
        let mut at = frame.fp - 8 * n;
        let mut rest = saved;
        while rest != 0 {
            let k = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            // SAFETY: the prologue saves the register there.
            self.words[k] = unsafe { *(at as *const usize) };
            self.known |= 1 << k;
            at += 8;
        }
    }
}

/// Reads the table.
struct Reader(*const u8);

impl Reader {
    fn byte(&mut self) -> u8 {
        // SAFETY: the table ends where its own counts say.
        unsafe {
            let b = *self.0;
            self.0 = self.0.add(1);
            b
        }
    }

    fn varint(&mut self) -> u32 {
        let (mut v, mut shift) = (0, 0);
        loop {
            let b = self.byte();
            v |= u32::from(b & 0x7f) << shift;
            shift += 7;
            if b < 0x80 {
                return v;
            }
        }
    }
}

/// The most scalars that a function prints.
const MAX: usize = 10;

/// A scalar's value, and whether it may be out of date.
type Value = Option<(usize, bool)>;

/// Prints what stands between the parentheses.
///
/// # Safety
/// The frame is intact, and `registers` are those at its call.
pub unsafe fn print(s: &mut Sink, frame: &Frame, registers: &Registers) {
    let Code::Go(func) = frame.code else { return };
    let Some(info) = func.arg_info() else { return };
    let mut r = Reader(info);
    let count = usize::from(r.byte()).min(MAX);
    let ops = r.0;
    loop {
        match r.byte() {
            arg_info::END => break,
            arg_info::OPEN | arg_info::CLOSE | arg_info::DOTS => {}
            op if op & arg_info::DEREF != 0 => r.0 = r.0.wrapping_add(3),
            _ => r.0 = r.0.wrapping_add(1),
        }
    }
    let mut values: [Value; MAX] = [None; MAX];
    if count > 0 && !frame.fault {
        let set = set_at(&mut r, (frame.pc - func.entry()) as u32);
        for _ in 0..set.unwrap_or(0) * count as u32 {
            r.varint();
        }
        if set.is_some() {
            for v in &mut values[..count] {
                // SAFETY: passed on.
                *v = unsafe { read(r.varint(), frame, registers) };
            }
        }
    }
    // SAFETY: operations follow the count.
    unsafe { print_ops(s, &mut Reader(ops), &values) }
}

/// The number of the set of locations at a return offset; leaves the reader at the first set.
fn set_at(r: &mut Reader, ret: u32) -> Option<u32> {
    let changes = r.varint();
    let (mut at, mut set) = (0, None);
    for _ in 0..changes {
        at += r.varint();
        let n = r.varint();
        if at <= ret {
            set = Some(n);
        }
    }
    set
}

unsafe fn read(location: u32, frame: &Frame, registers: &Registers) -> Value {
    match location {
        arg_info::NOWHERE => None,
        arg_info::REGISTER..arg_info::WORD => Some((registers.get(location - arg_info::REGISTER)?, false)),
        _ => {
            let at = location - arg_info::WORD;
            // SAFETY: the word lies in the frame or among the arguments above it.
            let word = unsafe { *((frame.sp() + 8 * (at / 2) as usize) as *const usize) };
            Some((word, !at.is_multiple_of(2)))
        }
    }
}

/// # Safety
/// A value that is up to date and printed as the memory it points to can be read.
unsafe fn print_ops(s: &mut Sink, r: &mut Reader, values: &[Value; MAX]) {
    let mut first = true;
    loop {
        let op = r.byte();
        if op == arg_info::END {
            return;
        }
        if op == arg_info::CLOSE {
            s.str("}");
            first = false;
            continue;
        }
        if !first {
            s.str(", ");
        }
        first = op == arg_info::OPEN;
        match op {
            arg_info::OPEN => {
                s.str("{");
            }
            arg_info::DOTS => {
                s.str("...");
            }
            _ => {
                let size = u32::from(r.byte());
                let value = values[usize::from(op & !arg_info::DEREF) % MAX];
                if op & arg_info::DEREF == 0 {
                    word(s, value, size);
                    continue;
                }
                let off = usize::from(r.byte()) | usize::from(r.byte()) << 8;
                // An address that may be out of date is not followed.
                let value = value.filter(|v| !v.1).map(|(p, _)| {
                    let mut bytes = [0; 8];
                    for (i, b) in bytes.iter_mut().enumerate().take(size as usize) {
                        // SAFETY: the pointer is that of the caller's copy.
                        *b = unsafe { *((p + off + i) as *const u8) };
                    }
                    (usize::from_le_bytes(bytes), false)
                });
                word(s, value, size);
            }
        }
    }
}

fn word(s: &mut Sink, value: Value, size: u32) {
    let Some((v, stale)) = value else {
        s.str("_");
        return;
    };
    let unused = 64 - 8 * size.clamp(1, 8);
    s.hex(v << unused >> unused);
    if stale {
        s.str("?");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arg_info::{CLOSE, DEREF, DOTS, END, OPEN};

    fn text(ops: &[u8], values: &[Value]) -> std::string::String {
        let mut all = [None; MAX];
        all[..values.len()].copy_from_slice(values);
        let mut b = [0u8; 100];
        let mut s = Sink::buffer(&mut b);
        // SAFETY: pointers in the values are those of the test.
        unsafe { print_ops(&mut s, &mut Reader(ops.as_ptr()), &all) };
        let n = s.len();
        drop(s);
        std::string::String::from_utf8_lossy(&b[..n]).into_owned()
    }

    #[test]
    fn arguments_look_as_in_gc() {
        let memory = [0x1122_3344_5566_7788usize, 7];
        let p = memory.as_ptr() as usize;
        let v = |w| Some((w, false));
        assert_eq!(text(&[END], &[]), "");
        assert_eq!(text(&[OPEN, CLOSE, 0, 1, END], &[v(0x1ff)]), "{}, 0xff");
        assert_eq!(
            text(&[0, 8, OPEN, 1, 8, 2, 8, CLOSE, DOTS, END], &[v(1), Some((2, true)), None]),
            "0x1, {0x2?, _}, ..."
        );
        let field = [OPEN, DEREF, 4, 0, 0, DEREF, 8, 8, 0, CLOSE, END];
        assert_eq!(text(&field, &[v(p)]), "{0x55667788, 0x7}");
        assert_eq!(text(&field, &[Some((1, true))]), "{_, _}");
    }

    #[test]
    fn the_set_is_that_of_the_last_change() {
        // Two changes: at 0x10 set 1, at 0x90 set 0.
        let table = [2, 0x10, 1, 0x80, 1, 0, 42];
        for (ret, want) in [(0xf, None), (0x10, Some(1)), (0x8f, Some(1)), (0x90, Some(0)), (0x1000, Some(0))]
        {
            let mut r = Reader(table.as_ptr());
            assert_eq!(set_at(&mut r, ret), want);
            assert_eq!(r.byte(), 42);
        }
    }
}
