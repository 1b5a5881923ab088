//! Channels and select.
//!
//! A channel is a Go heap object with gc's `hchan` layout; its wait queues hold sudogs, which are runtime memory.
//! Values are handed from goroutine to goroutine directly where one waits. Whoever completes a waiting operation
//! writes the result into the waiting goroutine's `ret0` and readies it; the goroutine does nothing more, except
//! after a select, which takes its sudogs off the other channels ([`select::selectwoke`]).

pub mod hchan;
pub mod ops;
pub mod select;
pub mod sudog;
