//! Goroutine stacks: allocation, growth, copying, walking.
//!
//! A stack starts at 2 KiB and doubles. Copying adjusts exactly the words that the function tables name; there is one
//! frame walker ([`unwind`]) for copying, tracebacks, recovery and marking.

pub mod alloc;
pub mod copy;
pub mod grow;
pub mod shrink;
pub mod unwind;
