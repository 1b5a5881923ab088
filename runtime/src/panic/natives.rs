//! Natives around the process: output, exit, clocks, start-up information, random bytes.
//!
//! **Runs on** g0. **May** block in the kernel. Lock ranks: none.

use super::fatal;
use super::recovery;
use super::signal;
use crate::lock::RawLock;
use crate::native::{Pair, flag};
use crate::os::{args, clock, output, process, syscall3};
use crate::sched::m;
use crate::{debug, random};

/// The Go half's `bootInfo`.
#[repr(C)]
struct BootInfo {
    argc: usize,
    argv: usize,
    envp: usize,
    auxv: usize,
    page_size: usize,
    ncpu: usize,
    random: [u8; 32],
    start_nanos: i64,
}

unsafe extern "C" fn bootinfo(out: *mut BootInfo) {
    let [argc, argv, envp, auxv] = args::raw();
    let mut seed = [0u8; 32];
    random::fill(&mut seed);
    // SAFETY: the Go half passes a bootInfo.
    unsafe {
        *out = BootInfo {
            argc,
            argv,
            envp,
            auxv,
            page_size: args::page_size(),
            ncpu: process::cpu_count(),
            random: seed,
            start_nanos: clock::nanotime(),
        };
    }
}

unsafe extern "C" fn exit(code: usize) -> ! {
    process::exit(code as i32)
}

unsafe extern "C" fn write(fd: usize, p: *const u8, n: usize) -> isize {
    // SAFETY: the Go half passes readable bytes.
    unsafe { output::write(fd, p, n as u32 as usize) }
}

unsafe extern "C" fn write_err(p: *const u8, n: usize) {
    // SAFETY: as above.
    output::stderr(unsafe { core::slice::from_raw_parts(p, n as u32 as usize) });
}

/// Keeps the output of threads apart.
static PRINT: RawLock = RawLock::new();

/// Recursive per M; the goroutine keeps its M meanwhile.
unsafe extern "C" fn printlock() {
    // SAFETY: the M is ours.
    unsafe {
        let m = m::current();
        (*m).print_nest += 1;
        if (*m).print_nest == 1 {
            PRINT.lock();
        }
    }
}

unsafe extern "C" fn printunlock() {
    // SAFETY: the M is ours.
    unsafe {
        let m = m::current();
        (*m).print_nest -= 1;
        if (*m).print_nest == 0 {
            PRINT.unlock();
        }
    }
}

unsafe extern "C" fn set_crashing() {
    output::set_crashing();
}

unsafe extern "C" fn set_crash_fd(fd: usize) -> usize {
    output::set_crash_fd(fd)
}

/// `fcntl(fd, cmd, arg int32) (ret, errno int32)`.
unsafe extern "C" fn fcntl(fd: usize, cmd: usize, arg: usize) -> Pair {
    // SAFETY: plain numbers; commands with pointer arguments are not used through this native.
    let r = unsafe {
        syscall3(libc::SYS_fcntl as usize, fd as i32 as usize, cmd as i32 as usize, arg as i32 as usize)
    };
    if r < 0 { Pair(usize::MAX, -r as usize) } else { Pair(r as usize, 0) }
}

unsafe extern "C" fn nanotime() -> i64 {
    clock::nanotime()
}

unsafe extern "C" fn walltime() -> Pair {
    let (sec, nsec) = clock::walltime();
    Pair(sec as usize, nsec as usize)
}

unsafe extern "C" fn settraceback(level: usize, all: usize, crash: usize) {
    debug::set_traceback(level as i32, flag(all), flag(crash));
}

crate::g0_entry_saving! {
    "runtime.dopanic" => fatal::dopanic,
}

crate::g0_entry! {
    "runtime.bootinfo" => bootinfo,
    "runtime.exit" => exit,
    "runtime.write" => write,
    "runtime.writeErr" => write_err,
    "runtime.printlock" => printlock,
    "runtime.printunlock" => printunlock,
    "runtime.setcrashing" => set_crashing,
    "runtime.setCrashFD" => set_crash_fd,
    "runtime.fcntl" => fcntl,
    "runtime.nanotime" => nanotime,
    "runtime.walltime" => walltime,
    "runtime.settraceback" => settraceback,
    "runtime.recovery" => recovery::recovery,
    "os.sigpipe" => signal::sigpipe,
    "syscall.runtime_BeforeFork" => signal::before_fork,
    "syscall.runtime_AfterFork" => signal::after_fork,
    "syscall.runtime_AfterForkInChild" => signal::after_fork_in_child,
}
