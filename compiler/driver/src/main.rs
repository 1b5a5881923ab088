//! `grus`: compiles Go programs to standalone Linux binaries.

mod buildinfo;
mod cache;
mod check;
mod checked;
mod child;
mod compile;
mod completion;
mod contents;
mod embedded;
mod emit;
mod env;
mod execute;
mod flags;
mod frontend;
mod help;
mod ldflags;
mod patternmatch;
mod report;
mod session;
mod test;
mod timing;
mod trimpath;
mod unsupported;
mod vcs;

use flags::{Command, Flags};

fn main() {
    std::panic::set_hook(Box::new(report_bug));
    // A type checker recurses as deep as its input nests: give it room, on this thread and on those of the pool.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(512 << 20);
    pool.build_global().expect("no thread pool was made before");
    let worker =
        std::thread::Builder::new().stack_size(512 << 20).spawn(run).expect("a thread can be started");
    std::process::exit(worker.join().unwrap_or(70));
}

/// A panic is a bug of ours: says what is needed to find it.
fn report_bug(info: &std::panic::PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("unknown");
    let place = info.location().map_or(String::new(), |l| format!(" ({}:{})", l.file(), l.line()));
    let args: Vec<String> = std::env::args().skip(1).collect();
    eprintln!("grus: internal error: {what}{place}");
    eprintln!(
        "This is a bug in grus {}. To reproduce it: grus {}",
        env!("CARGO_PKG_VERSION"),
        args.join(" ")
    );
}

fn run() -> i32 {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = args.split_first() else {
        eprint!("{}", help::USAGE);
        return 2;
    };
    let goflags = std::env::var("GOFLAGS").unwrap_or_default();
    let wrong = |c: Command, e: String| {
        if e.starts_with("not yet supported: ")
            || e.starts_with("go: ")
            || e.starts_with("-mod=")
            || e.starts_with("buildmode=")
        {
            eprintln!("{e}");
            return 1;
        }
        if !e.is_empty() {
            eprintln!("{e}");
        }
        eprintln!("usage: {}\nRun 'grus help {}' for details.", c.usage(), c.name());
        2
    };
    let parsed = |c: Command| match Flags::parse(c, rest, &goflags) {
        Ok(flags) => Ok(flags),
        Err(e) => Err(wrong(c, e)),
    };
    let result = match command.as_str() {
        "build" => parsed(Command::Build).map(|f| compile::build(&f)),
        "run" => parsed(Command::Run).map(|f| compile::run(&f)),
        "test" => match test::flags::TestFlags::parse(rest, &goflags) {
            Ok(flags) => Ok(test::run(&flags)),
            Err(e) => Err(wrong(Command::Test, e)),
        },
        "check" => parsed(Command::Check).map(|f| check::run(&f)),
        "env" => Ok(env::run(rest)),
        "clean" => match rest {
            [flag] if flag == "-cache" || flag == "--cache" => {
                Ok(cache::clean().map(|()| 0).map_err(|e| vec![e]))
            }
            _ => {
                eprintln!("usage: grus clean -cache\nRun 'grus help clean' for details.");
                return 2;
            }
        },
        "completion" => return completion::run(rest),
        "version" if !rest.is_empty() => {
            eprintln!("usage: grus version\nRun 'grus help version' for details.");
            return 2;
        }
        "version" | "--version" | "-v" => {
            println!("grus version {} (go1.27.3) linux/{}", env!("CARGO_PKG_VERSION"), session::host_arch());
            return 0;
        }
        "help" | "-h" | "--help" => return help::run(rest),
        other => {
            eprintln!("grus {other}: unknown command\nRun 'grus help' for usage.");
            return 2;
        }
    };
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(messages)) => {
            for m in messages {
                eprintln!("{m}");
            }
            1
        }
        Err(code) => code,
    }
}
