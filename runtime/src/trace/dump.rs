//! What is written when a generation has ended: samples of the CPU profile, stacks, strings.
//!
//! Nobody writes events of the generation any more, so that its tables belong to the goroutine that conducts ([`tracedump`]). It
//! does so in slices, in order to hold nobody up: finding out what functions and lines there are on a stack takes time.
//!
//! **Runs on** g0. **May** map memory. Lock ranks: the tables, then the queue of buffers; the conductor's lock before both.

use super::buffer::{self, Buf, NO_THREAD};
use super::event::{self, STACK, STACKS, STRING, STRINGS, VARINT};
use super::stack;
use super::table::{self, Node};
use super::{names, sample};
use crate::lock::Lock;
use core::ptr::null_mut;

/// Longest string that readers accept.
const LONGEST: usize = 1 << 10;
/// Stacks or strings written in one slice.
const SLICE: usize = 200;

/// Batches that belong to no thread and begin with the same byte.
pub struct Writer {
    buf: *mut Buf,
    generation: u64,
    kind: u8,
}

impl Writer {
    pub const fn new(generation: u64, kind: u8) -> Writer {
        Writer { buf: null_mut(), generation, kind }
    }

    /// A buffer with room for so many bytes.
    pub fn room(&mut self, n: usize) -> &mut Buf {
        // SAFETY: the buffer is ours.
        unsafe {
            if self.buf.is_null() || !(*self.buf).has_room(n) {
                self.end();
                self.buf = buffer::begin_in(self.generation, NO_THREAD, event::now());
                (*self.buf).byte(self.kind);
            }
            &mut *self.buf
        }
    }

    /// Completes the last batch.
    pub fn end(&mut self) {
        if !self.buf.is_null() {
            // SAFETY: the buffer is ours.
            unsafe { buffer::complete(self.buf) };
            self.buf = null_mut();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    Samples,
    Stacks,
    Strings,
}

struct Work {
    step: Step,
    generation: u64,
    /// What is next.
    node: *mut Node,
    writer: Writer,
}

static WORK: Lock<Work> =
    Lock::new(Work { step: Step::Nothing, generation: 0, node: null_mut(), writer: Writer::new(0, 0) });

/// The generation has ended: its tables are to be written.
pub fn prepare(generation: u64) {
    let mut w = WORK.lock();
    w.step = Step::Samples;
    w.generation = generation;
}

/// The last bytes of a text that is too long.
fn shortened(s: &[u8]) -> &[u8] {
    &s[s.len().saturating_sub(LONGEST)..]
}

/// The number of a string in the generation at work.
pub fn string(generation: u64, s: &[u8]) -> u64 {
    table::of(generation).strings.put(s)
}

/// The first bytes of a text that is too long.
pub fn clipped(s: &[u8]) -> &[u8] {
    &s[..s.len().min(LONGEST)]
}

impl Work {
    /// Writes one stack.
    unsafe fn stack(&mut self, node: *mut Node) {
        let generation = self.generation;
        let mut frames = [[0u64; 4]; stack::DEPTH];
        let mut n = 0;
        // SAFETY: the tables are not cleared before all is written.
        let words = unsafe { Node::words(node) };
        stack::expand(words, |pc, l| {
            if n < frames.len() {
                let (file, line) = l.file_line();
                let name = string(generation, shortened(l.name()));
                let file = string(generation, shortened(file));
                frames[n] = [pc as u64, name, file, line.max(0) as u64];
                n += 1;
            }
        });
        let buf = self.writer.room(1 + VARINT * (2 + 4 * n));
        buf.byte(STACK);
        // SAFETY: as above.
        buf.varint(unsafe { (*node).id });
        buf.varint(n as u64);
        for &v in frames[..n].as_flattened() {
            buf.varint(v);
        }
    }

    fn string(&mut self, id: u64, s: &[u8]) {
        let buf = self.writer.room(1 + 2 * VARINT + s.len());
        buf.byte(STRING);
        buf.varint(id);
        buf.varint(s.len() as u64);
        buf.bytes(s);
    }

    /// Works for a while; whether there is more.
    unsafe fn slice(&mut self) -> bool {
        let generation = self.generation;
        match self.step {
            Step::Nothing => return false,
            Step::Samples => {
                sample::write(generation);
                self.step = Step::Stacks;
                self.writer = Writer::new(generation, STACKS);
                self.node = table::of(generation).stacks.first;
            }
            Step::Stacks => {
                for _ in 0..SLICE {
                    if self.node.is_null() {
                        self.writer.end();
                        self.step = Step::Strings;
                        self.writer = Writer::new(generation, STRINGS);
                        for (i, s) in names::FIXED.iter().enumerate() {
                            self.string(i as u64 + 1, s.as_bytes());
                        }
                        self.node = table::of(generation).strings.first;
                        break;
                    }
                    // SAFETY: nodes stay until the tables are cleared.
                    unsafe {
                        self.stack(self.node);
                        self.node = (*self.node).next;
                    }
                }
            }
            Step::Strings => {
                for _ in 0..SLICE {
                    if self.node.is_null() {
                        self.writer.end();
                        self.step = Step::Nothing;
                        let mut t = table::of(generation);
                        // SAFETY: all is written, nobody refers to a node.
                        unsafe {
                            t.stacks.clear();
                            t.strings.clear();
                        }
                        drop(t);
                        buffer::end(generation);
                        return false;
                    }
                    // SAFETY: as above.
                    unsafe {
                        self.string((*self.node).id, Node::bytes(self.node));
                        self.node = (*self.node).next;
                    }
                }
            }
        }
        true
    }
}

/// `tracedump() bool`: writes a part of the tables of the generation that has ended; whether there is more to write. If not,
/// the reader learns that the generation is complete.
unsafe extern "C" fn tracedump() -> usize {
    // SAFETY: the Go half calls this between `traceswitch` and the next one.
    unsafe { WORK.lock().slice() as usize }
}

crate::g0_entry! {
    "runtime.tracedump" => tracedump,
}
