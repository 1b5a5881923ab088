//! Semaphores and condition lists: what `sync` sleeps on.

pub mod notify;
pub mod semaphore;
