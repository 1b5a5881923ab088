//! The command as a user calls it: folders of files, command lines, what is printed and the exit code.
//!
//! Expected texts are those of the `go` command and gc for the same input.

#[path = "command/badinputs.rs"]
mod badinputs;
#[path = "command/build_flags.rs"]
mod build_flags;
#[path = "command/cache.rs"]
mod cache;
#[path = "command/embed.rs"]
mod embed;
#[path = "command/emit.rs"]
mod emit;
#[path = "command/execute.rs"]
mod execute;
#[path = "command/godebug.rs"]
mod godebug;
#[path = "command/harness.rs"]
mod harness;
#[path = "command/info.rs"]
mod info;
#[path = "command/modules.rs"]
mod modules;
#[path = "command/tables.rs"]
mod tables;
#[path = "command/vcs.rs"]
mod vcs;
