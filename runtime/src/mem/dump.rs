//! `debug.WriteHeapDump`: everything that the process holds, in the format of <https://golang.org/s/go15heapdump>.
//!
//! A dump is a heading and records, which begin with a tag; numbers are unsigned varints, strings and memory have their
//! length before them. The Go half has written what it knows of types and itabs ([`heapdump`] receives it); the rest is
//! read here: objects with the places of their pointers, goroutines with their frames, threads, variables, finalizers,
//! counters, the memory profile. What records of deferred calls and of panics would say lies in frames and objects.
//!
//! # Orderings
//!
//! The world is stopped, which orders all that is read.
//!
//! **Runs on** g0, the world stopped. **May** block in write(2); takes no memory.

use super::arena::ARENA;
use super::span::Span;
use super::special::{self, Special};
use super::{bitmap, mcentral, mheap};
use crate::image::moduledata;
use crate::os::output;
use crate::prof::buckets::{self, Kind};
use crate::sched::g::{self, G};
use crate::sched::world::{self, Reason};
use crate::sched::{park, threads};
use crate::stack::unwind::{self, Code, Frame, Unwinder};
use crate::symtab::functab;
use crate::symtab::inline::Logical;
use core::sync::atomic::Ordering::Relaxed;
use grus_abi::moduledata::DataRange;

const HEADING: &[u8] = b"go1.7 heap dump\n";

// Tags of records.
const EOF: u64 = 0;
const OBJECT: u64 = 1;
const GOROUTINE: u64 = 4;
const FRAME: u64 = 5;
const PARAMS: u64 = 6;
const FINALIZER: u64 = 7;
const THREAD: u64 = 9;
const MEM_STATS: u64 = 10;
const QUEUED_FINALIZER: u64 = 11;
const DATA: u64 = 12;
const BSS: u64 = 13;
const MEM_PROFILE: u64 = 16;
const SAMPLE: u64 = 17;

// Kinds of fields.
const END_OF_FIELDS: u64 = 0;
const POINTER: u64 = 1;

/// Words of `runtime.MemStats` up to the end of `PauseNs`, and where `NumGC` is.
const STATS: usize = 24 + 256;
const NUM_GC: usize = 24 + 2 * 256;

/// The Go half's record of a finalizer.
#[repr(C)]
struct Finalizer {
    fn_type: usize,
    func: *const usize,
    ptr: usize,
    arg: usize,
}

struct Dump {
    fd: usize,
    len: usize,
    buffer: [u8; 4096],
}

impl Dump {
    fn flush(&mut self) {
        output::write_all(self.fd, &self.buffer[..self.len]);
        self.len = 0;
    }

    fn bytes(&mut self, s: &[u8]) {
        if self.len + s.len() > self.buffer.len() {
            self.flush();
            if s.len() > self.buffer.len() {
                output::write_all(self.fd, s);
                return;
            }
        }
        self.buffer[self.len..self.len + s.len()].copy_from_slice(s);
        self.len += s.len();
    }

    fn int(&mut self, mut v: u64) -> &mut Self {
        while v >= 0x80 {
            self.bytes(&[v as u8 | 0x80]);
            v >>= 7;
        }
        self.bytes(&[v as u8]);
        self
    }

    fn word(&mut self, v: usize) -> &mut Self {
        self.int(v as u64)
    }

    fn string(&mut self, s: &[u8]) -> &mut Self {
        self.word(s.len());
        self.bytes(s);
        self
    }

    /// # Safety
    /// The memory is readable.
    unsafe fn memory(&mut self, p: usize, n: usize) {
        // SAFETY: passed on; nothing else runs.
        self.string(unsafe { core::slice::from_raw_parts(p as *const u8, n) });
    }

    fn pointer(&mut self, offset: usize) {
        self.int(POINTER).word(offset);
    }

    fn params(&mut self, ncpu: usize) {
        let (mut low, mut high) = (usize::MAX, 0);
        mheap::for_each_span(|s| {
            // SAFETY: descriptors are never freed.
            let (base, bytes) = unsafe { ((*s).base, (*s).bytes()) };
            low = low.min(base / ARENA * ARENA);
            high = high.max((base + bytes).next_multiple_of(ARENA));
        });
        let arch: &[u8] = if cfg!(target_arch = "x86_64") { b"amd64" } else { b"arm64" };
        self.int(PARAMS).int(cfg!(target_endian = "big") as u64).word(size_of::<usize>());
        self.word(low.min(high)).word(high).string(arch);
        let version = moduledata().build_version;
        // SAFETY: a string of the image.
        let version = unsafe { core::slice::from_raw_parts(version.ptr, version.len) };
        self.string(version).word(ncpu);
    }

    /// # Safety
    /// The span is in use and swept.
    unsafe fn objects(&mut self, s: &Span) {
        for i in (0..s.nelems as usize).filter(|&i| s.is_allocated(i)) {
            let p = s.object(i);
            self.int(OBJECT).word(p);
            // SAFETY: an allocated object.
            unsafe {
                self.memory(p, s.elem_size);
                if !s.class.noscan() {
                    bitmap::for_each_pointer_word(s, p, |at| self.pointer(at - p));
                }
            }
            self.int(END_OF_FIELDS);
        }
    }

    /// # Safety
    /// The goroutine has a stack and does not run.
    unsafe fn goroutine(&mut self, g: *mut G) {
        // SAFETY: passed on.
        unsafe {
            let h = &(*g).h;
            let status = (*g).status();
            let reason: &str = match status {
                g::WAITING if (*g).wait_reason != 0 => park::reason_text((*g).wait_reason),
                _ => "",
            };
            self.int(GOROUTINE).word(g as usize).word(h.sched.sp).int(h.go.goid).word(h.go.gopc);
            self.int(status as u64).int((*g).hidden() as u64).int(0).int((*g).wait_since as u64);
            self.string(reason.as_bytes()).int(0).word(h.m).word(h.go.defer).word(h.go.panic);
            let mut walk = Unwinder::of(g);
            let (mut depth, mut child) = (0, 0);
            while let Some(frame) = walk.next() {
                self.frame(&frame, depth, child);
                depth += 1;
                child = frame.sp();
            }
        }
    }

    /// # Safety
    /// The frame is intact.
    unsafe fn frame(&mut self, frame: &Frame, depth: usize, child: usize) {
        let (entry, name): (usize, &[u8]) = match frame.code {
            Code::Go(f) => (f.entry(), f.name()),
            Code::Asm(_) => (0, b"unknown function"),
        };
        let sp = frame.sp();
        self.int(FRAME).word(sp).word(depth).word(child);
        // SAFETY: passed on.
        unsafe {
            self.memory(sp, frame.fp - sp);
            self.word(entry).word(frame.pc).word(frame.pc).string(name);
            unwind::for_each_pointer(frame, |at| {
                if (sp..frame.fp).contains(&(at as usize)) {
                    self.pointer(at as usize - sp);
                }
            });
            unwind::for_each_object_pointer(frame, |at| self.pointer(at as usize - sp));
        }
        self.int(END_OF_FIELDS);
    }

    /// # Safety
    /// The range is one of the image's.
    unsafe fn variables(&mut self, tag: u64, r: &DataRange) {
        self.int(tag).word(r.start);
        // SAFETY: the mask covers the range.
        unsafe {
            self.memory(r.start, r.end - r.start);
            for i in 0..(r.end - r.start) / 8 {
                if *r.mask.add(i / 8) >> (i % 8) & 1 != 0 {
                    self.pointer(8 * i);
                }
            }
        }
        self.int(END_OF_FIELDS);
    }

    /// # Safety
    /// `handle` is the record of a finalizer of the object.
    unsafe fn finalizer(&mut self, tag: u64, object: usize, handle: usize) {
        // SAFETY: func values are pointers to their code's address.
        unsafe {
            let f = &*(handle as *const Finalizer);
            self.int(tag).word(object).word(f.func as usize).word(*f.func).word(f.arg).word(f.ptr);
        }
    }

    /// Calls `f` with what is attached to objects of a kind.
    ///
    /// # Safety
    /// Nothing else runs.
    unsafe fn specials(&mut self, kind: u8, f: impl Fn(&mut Self, usize, &Special)) {
        // SAFETY: passed on; the lists belong to the spans.
        mheap::for_each_span(|span| unsafe {
            let mut s = (*span).specials;
            while !s.is_null() {
                if (*s).kind == kind {
                    f(self, (*span).base + (*s).offset, &*s);
                }
                s = (*s).next;
            }
        });
    }

    fn memory_profile(&mut self) {
        buckets::lock().for_each(Kind::Memory, |b| {
            // SAFETY: listed buckets are complete.
            let pcs = unsafe { buckets::Bucket::pcs(b) };
            self.int(MEM_PROFILE).word(&raw const *b as usize).word(b.size).word(pcs.len());
            for &pc in pcs {
                match functab::find(pc.wrapping_sub(1)) {
                    Some(func) => {
                        let (file, line) = Logical::at(func, pc - 1).file_line();
                        self.string(func.name()).string(file).int(line as u64);
                    }
                    None => {
                        self.string(b"(0x0)").string(b"?").int(0);
                    }
                }
            }
            self.int(b.active.allocs).int(b.active.frees);
        });
        // SAFETY: the world is stopped.
        unsafe {
            self.specials(special::PROFILE, |d, object, s| {
                d.int(SAMPLE).word(object).word(s.handle);
            });
        }
    }
}

/// `heapdump(fd uintptr, stats *MemStats, types *byte, n int, ncpu int)`: writes a dump; the `n` bytes at `types` are the
/// records of types and itabs.
unsafe extern "C" fn heapdump(fd: usize, stats: *const u64, types: *const u8, n: usize, ncpu: usize) {
    let mut d = Dump { fd, len: 0, buffer: [0; 4096] };
    // SAFETY: the Go half passes a MemStats and n bytes; the entry's goroutine holds no lock. The world is stopped.
    unsafe {
        world::stop_the_world(Reason::WriteHeapDump);
        mheap::for_each_span(|s| mcentral::ensure_swept(s));
        d.bytes(HEADING);
        d.params(ncpu);
        d.bytes(core::slice::from_raw_parts(types, n));
        mheap::for_each_span(|s| d.objects(&*s));
        world::for_each_g(|g| d.goroutine(g));
        threads::for_each_m(|mp| {
            d.int(THREAD).word(mp as usize).int((*mp).id as u64).int((*mp).tid.load(Relaxed) as u64);
        });
        d.variables(DATA, &moduledata().data);
        d.variables(BSS, &moduledata().bss);
        d.specials(special::FINALIZER, |d, object, s| d.finalizer(FINALIZER, object, s.handle));
        special::for_each_queued_finalizer(|object, handle| d.finalizer(QUEUED_FINALIZER, object, handle));
        d.int(MEM_STATS);
        for i in 0..STATS {
            d.int(*stats.add(i));
        }
        d.int(*stats.add(NUM_GC) & u32::MAX as u64);
        d.memory_profile();
        d.int(EOF);
        d.flush();
        world::start_the_world();
    }
}

crate::g0_entry! {
    "runtime.heapdump" => heapdump,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_varints() {
        let mut d = Dump { fd: usize::MAX, len: 0, buffer: [0; 4096] };
        d.int(5).int(300).string(b"ab");
        assert_eq!(d.buffer[..d.len], [5, 0xac, 2, 2, b'a', b'b']);
    }
}
