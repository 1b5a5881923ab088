//! Function tables: finding functions, lines, inlined calls; printing tracebacks.

pub mod args;
pub mod callers;
#[cfg(test)]
pub mod fixture;
pub mod functab;
pub mod inline;
pub mod natives;
pub mod pcvalue;
pub mod traceback;

/// Checks that compiler and archive agree on the tables.
pub fn verify() {
    let d = crate::image::moduledata();
    if d.size != grus_abi::moduledata::SIZE {
        crate::panic::fatal::throw("moduledata has the wrong size: compiler and runtime do not match");
    }
    if d.functab.len < d.funcmaps.len {
        crate::panic::fatal::throw("functab and funcmaps do not match");
    }
}
