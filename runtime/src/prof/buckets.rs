//! Events counted by the stack at which they happened: what the profiles of memory, blocking and mutexes are made of.
//!
//! A bucket belongs to a kind of event, a stack and, for memory, a size. Buckets are found by hash, listed by kind, the
//! newest first, and never freed.
//!
//! # Orderings
//!
//! Everything is under the table's lock; `BYTES` only counts (Relaxed).
//!
//! **Runs on** g0. **May** map memory. Lock ranks: the table's lock, then persistent memory.

use crate::debug;
use crate::lock::{Guard, Lock};
use crate::mem::persistent;
use crate::sched::g::G;
use crate::stack::unwind::Unwinder;
use crate::symtab::callers::{elide_wrapper_calling, for_each_logical};
use crate::symtab::natives;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use grus_abi::moduledata::shown;
use grus_abi::symtab::func_id;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kind {
    Memory = 0,
    Block = 1,
    Mutex = 2,
}

const KINDS: usize = 3;
/// Places of the hash table.
const PLACES: usize = 1 << 14;
/// Deepest stack that `profstackdepth` may ask for.
pub const MAX_DEPTH: usize = 1024;

/// So many of the allocator's frames may stand before the function that allocates, beyond the depth that was asked for:
/// `runtime/pprof` leaves them out.
const LEADING: usize = 8;

/// Objects allocated and freed.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub allocs: u64,
    pub frees: u64,
}

/// A bucket; its stack is behind it.
#[repr(C)]
pub struct Bucket {
    chain: *mut Bucket,
    /// The next older bucket of the kind.
    older: *mut Bucket,
    hash: u64,
    kind: Kind,
    npcs: usize,
    /// Bytes of an object, for memory.
    pub size: usize,
    /// Published counts, for memory.
    pub active: Counts,
    /// Counts that are published in one of the next collections, see [`super::heap`].
    pub future: [Counts; 3],
    /// Events and what they cost, for the other kinds.
    pub count: f64,
    pub cost: i64,
}

impl Bucket {
    /// The stack of the allocation.
    ///
    /// # Safety
    /// The bucket is complete.
    pub unsafe fn pcs(b: *const Bucket) -> &'static [usize] {
        // SAFETY: the stack is behind the bucket, which is never freed.
        unsafe { core::slice::from_raw_parts(b.add(1) as *const usize, (*b).npcs) }
    }
}

/// Which frames of a stack count.
#[derive(Clone, Copy)]
pub struct Skip {
    /// Whether to begin behind the runtime's own functions.
    pub runtime: bool,
    /// Logical frames to leave out after that.
    pub frames: usize,
}

/// The table.
pub struct Table {
    /// Address of the places; 0: none yet.
    places: usize,
    newest: [*mut Bucket; KINDS],
    scratch: [usize; MAX_DEPTH + LEADING],
}

static TABLE: Lock<Table> =
    Lock::new(Table { places: 0, newest: [null_mut(); KINDS], scratch: [0; MAX_DEPTH + LEADING] });
/// Bytes of buckets and their table.
pub static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Takes the table.
pub fn lock() -> Guard<'static, Table> {
    TABLE.lock()
}

/// Whether a link name is that of a function of the runtime, which may be another package's declaration (`sync.runtime_X`).
fn of_runtime(name: &[u8]) -> bool {
    let last = name.rsplit(|&b| b == b'.').next().unwrap_or(name);
    name.starts_with(b"runtime.") || last.starts_with(b"runtime_")
}

/// Stores the logical return PCs of a stopped goroutine, `depth` of them, with up to `most` if the runtime's own in the
/// beginning do not count; returns how many.
///
/// # Safety
/// The goroutine is stopped, and its stack is not moved.
unsafe fn stack(g: *mut G, mut skip: Skip, pcs: &mut [usize], mut depth: usize, most: usize) -> usize {
    let mut n = 0;
    let mut callee = func_id::NORMAL;
    let mut leading = true;
    let mut put = |pc: usize, n: &mut usize, depth: usize| {
        if *n < depth {
            pcs[*n] = pc;
            *n += 1;
        }
        *n < depth
    };
    // SAFETY: passed on.
    unsafe {
        for_each_logical(&mut Unwinder::of(g), |_, l| {
            let id = l.func_id();
            let hidden = id == func_id::WRAPPER && elide_wrapper_calling(callee);
            callee = id;
            if skip.runtime && of_runtime(l.name()) {
                return true;
            }
            skip.runtime = false;
            if hidden {
                return true;
            }
            if skip.frames > 0 {
                skip.frames -= 1;
                return true;
            }
            leading = leading && depth < most && of_runtime(l.name());
            depth += usize::from(leading);
            put(l.pc + 1, &mut n, depth)
        });
    }
    put(natives::pc(shown::GOEXIT) + 1, &mut n, depth);
    n
}

impl Table {
    /// The bucket of a stopped goroutine's stack.
    ///
    /// # Safety
    /// The goroutine is stopped, and its stack is not moved.
    pub unsafe fn find(&mut self, kind: Kind, g: *mut G, skip: Skip, size: usize) -> *mut Bucket {
        let depth = (debug::get().profstackdepth as usize).clamp(1, MAX_DEPTH);
        let most = if kind == Kind::Memory { depth + LEADING } else { depth };
        // SAFETY: passed on.
        let n = unsafe { stack(g, skip, &mut self.scratch, depth, most) };
        self.bucket(kind, n, size)
    }

    /// The bucket of the first n words of `scratch`.
    fn bucket(&mut self, kind: Kind, n: usize, size: usize) -> *mut Bucket {
        if self.places == 0 {
            self.places = persistent::alloc(PLACES * 8, 8);
            BYTES.fetch_add(PLACES * 8, Relaxed);
        }
        let pcs = &self.scratch[..n];
        let mut hash = (kind as u64) << 32 ^ size as u64;
        for &pc in pcs {
            hash = (hash ^ pc as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        // SAFETY: places and buckets are never freed, and belong to the lock.
        unsafe {
            let place = (self.places as *mut *mut Bucket).add(hash as usize % PLACES);
            let mut b = *place;
            while !b.is_null() {
                if (*b).hash == hash && (*b).kind == kind && (*b).size == size && Bucket::pcs(b) == pcs {
                    return b;
                }
                b = (*b).chain;
            }
            let bytes = size_of::<Bucket>() + n * 8;
            let b = persistent::alloc(bytes, 8) as *mut Bucket;
            BYTES.fetch_add(bytes, Relaxed);
            *b = Bucket {
                chain: *place,
                older: self.newest[kind as usize],
                hash,
                kind,
                npcs: n,
                size,
                active: Counts::default(),
                future: [Counts::default(); 3],
                count: 0.0,
                cost: 0,
            };
            core::ptr::copy_nonoverlapping(pcs.as_ptr(), b.add(1) as *mut usize, n);
            *place = b;
            self.newest[kind as usize] = b;
            b
        }
    }

    /// Calls `f` with every bucket of a kind.
    pub fn for_each(&mut self, kind: Kind, mut f: impl FnMut(&mut Bucket)) {
        let mut b = self.newest[kind as usize];
        while !b.is_null() {
            // SAFETY: listed buckets belong to the lock.
            unsafe {
                f(&mut *b);
                b = (*b).older;
            }
        }
    }
}

/// The Go half's `profBucket`.
#[repr(C)]
struct Record {
    pcs: *const usize,
    npcs: usize,
    size: usize,
    allocs: u64,
    frees: u64,
    count: f64,
    cost: i64,
}

/// `profbucket(kind int, b uintptr, out *profBucket) uintptr`: the bucket older than `b` (the newest for 0), 0 if there is
/// none.
unsafe extern "C" fn profbucket(kind: usize, b: *mut Bucket, out: *mut Record) -> usize {
    let table = TABLE.lock();
    // SAFETY: the Go half passes a kind, a bucket that it got from here, and a record.
    unsafe {
        let b = if b.is_null() { table.newest[kind % KINDS] } else { (*b).older };
        if !b.is_null() {
            let pcs = Bucket::pcs(b);
            *out = Record {
                pcs: pcs.as_ptr(),
                npcs: pcs.len(),
                size: (*b).size,
                allocs: (*b).active.allocs,
                frees: (*b).active.frees,
                count: (*b).count,
                cost: (*b).cost,
            };
        }
        b as usize
    }
}

crate::g0_entry! {
    "runtime.profbucket" => profbucket,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_have_one_bucket_each() {
        let _lock = crate::sched::start::init_for_tests();
        let mut t = TABLE.lock();
        let mut bucket = |kind, stack: &[usize], size| {
            t.scratch[..stack.len()].copy_from_slice(stack);
            t.bucket(kind, stack.len(), size)
        };
        let a = bucket(Kind::Block, &[0x1001, 0x2002], 0);
        let b = bucket(Kind::Block, &[0x1001, 0x2003], 0);
        let c = bucket(Kind::Mutex, &[0x1001, 0x2002], 0);
        let d = bucket(Kind::Block, &[0x1001], 0);
        assert_eq!(bucket(Kind::Block, &[0x1001, 0x2002], 0), a);
        for (x, y) in [(a, b), (a, c), (a, d), (b, d)] {
            assert_ne!(x, y);
        }
        let m = bucket(Kind::Memory, &[0x1001], 16);
        assert_ne!(m, bucket(Kind::Memory, &[0x1001], 32));
        assert_eq!(m, bucket(Kind::Memory, &[0x1001], 16));
        drop(t);
        // SAFETY: a record of our own.
        unsafe {
            let mut r = core::mem::zeroed::<Record>();
            let first = profbucket(Kind::Mutex as usize, null_mut(), &mut r);
            assert_eq!((first, r.npcs), (c as usize, 2));
        }
    }
}
