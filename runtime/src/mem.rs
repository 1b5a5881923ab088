//! The heap.
//!
//! 64 MiB arenas of 8 KiB pages ([`arena`]); spans of one size class each, separately for objects with and without
//! pointers ([`span`]); per-P caches ([`mcache`]), central lists per span class ([`mcentral`]), the page heap ([`mheap`]),
//! whose free pages are found by summaries ([`summary`], [`pages`]).
//! Objects above 32 KiB are spans of their own. The collector marks ([`gc`]) and sweeps ([`sweep`]); what is attached to
//! objects is in [`special`].
//!
//! **Where pointers are** ([`bitmap`]): for objects of up to 512 bytes a bitmap at the end of the span, one bit per
//! word; for larger small objects a word in front of the object that holds the type (a header); for large objects the span
//! holds the type. The same boundaries as gc's, since they show in `cap(append(...))`; and 512 bytes have 64 words, whose bits
//! are read and written at once. Lower boundaries were measured by CPU time with one P, as ratios to this one. Headers from 256
//! bytes on: a live heap of objects of 384 or 512 bytes 1.5 to 1.6 (sizes that fit a class do not with a header, which also
//! touches pages that nothing else does: the resident set doubles), one of 192 bytes 0.9, programs of small objects the same.
//! From 128 bytes on: 192 bytes 1.3, the allocation of 256 bytes 1.4. Headers everywhere: trees 1.4, mixed and lists 1.2, with
//! allocation in Rust in both cases.

pub mod arena;
pub mod bitmap;
pub mod dump;
pub mod gc;
pub mod lfstack;
pub mod malloc;
pub mod mcache;
pub mod mcentral;
pub mod mheap;
pub mod pagecache;
pub mod pages;
pub mod persistent;
pub mod shared;
pub mod sizeclass;
pub mod span;
pub mod special;
pub mod stats;
pub mod summary;
pub mod sweep;
pub mod typ;
