//! Faults, fatal errors and recovery.
//!
//! Panics themselves (gopanic, printing of values, deferred calls) are Go code; here is what needs the system stack:
//! signal handlers that turn faults into calls of `sigpanic`, the end of the process with tracebacks, and the jump to
//! a landing pad.

pub mod fatal;
pub mod natives;
pub mod recovery;
pub mod signal;
