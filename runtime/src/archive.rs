//! What exists once per program: the panic handler. (The C symbols that `core` refers to are in `arch/*/libc.rs`.)
//!
//! **Runs on** any stack.

use crate::panic::fatal;
use core::panic::PanicInfo;

/// Rust code of the runtime does not panic; if it does, that is a bug of ours.
#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut s = crate::os::output::Sink::stderr();
    s.str("runtime: internal error");
    if let Some(l) = info.location() {
        s.str(" at ").str(l.file()).str(":").dec(l.line() as i64);
    }
    if let Some(text) = info.message().as_str() {
        s.str(": ").str(text);
    }
    s.str("\n");
    drop(s);
    fatal::throw("internal error of the runtime")
}
