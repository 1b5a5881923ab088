//! The heap.
//!
//! 64 MiB arenas of 8 KiB pages ([`arena`]); spans of one size class each, separately for objects with and without
//! pointers ([`span`]); per-P caches ([`mcache`]), central lists per span class ([`mcentral`]), the page heap ([`mheap`]),
//! whose free pages are found by summaries ([`summary`], [`pages`]).
//! Objects above 32 KiB are spans of their own. The collector marks ([`gc`]) and sweeps ([`sweep`]); what is attached to
//! objects is in [`special`].
//!
//! **Where pointers are** ([`bitmap`]): for objects of up to 512 bytes a bitmap at the end of the span, one bit per
//! word; for larger small objects a word in front of the object that holds the type; for large objects the span
//! holds the type. The same boundaries as gc's, since they show in `cap(append(...))`.

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
