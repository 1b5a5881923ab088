//! `--time`: a table of phases with their durations and counts.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A phase and what was counted in it.
struct Phase {
    name: &'static str,
    time: Duration,
    counts: Vec<(&'static str, u64)>,
    /// What the phase consists of, as far as that was measured.
    parts: Vec<(&'static str, Duration)>,
}

/// Collects phases.
pub struct Timer {
    start: Instant,
    enabled: bool,
    phases: Mutex<Vec<Phase>>,
}

impl Timer {
    pub fn new(enabled: bool) -> Timer {
        Timer { start: Instant::now(), enabled, phases: Mutex::new(Vec::new()) }
    }

    /// Runs a phase; phases of one name add up.
    pub fn phase<T>(&self, name: &'static str, f: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = f();
        let time = start.elapsed();
        self.with(name, |p| p.time += time);
        result
    }

    /// Adds to a counter of a phase.
    pub fn count(&self, phase: &'static str, what: &'static str, n: u64) {
        self.with(phase, |p| match p.counts.iter_mut().find(|c| c.0 == what) {
            Some(c) => c.1 += n,
            None => p.counts.push((what, n)),
        });
    }

    /// Says what parts of a phase took.
    pub fn parts(&self, phase: &'static str, parts: Vec<(&'static str, Duration)>) {
        self.with(phase, |p| p.parts = parts);
    }

    fn with(&self, name: &'static str, f: impl FnOnce(&mut Phase)) {
        let mut phases = self.phases.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let i = phases.iter().position(|p| p.name == name).unwrap_or_else(|| {
            phases.push(Phase { name, time: Duration::ZERO, counts: Vec::new(), parts: Vec::new() });
            phases.len() - 1
        });
        f(&mut phases[i]);
    }

    /// Prints the table to standard error if it was asked for.
    pub fn report(&self) {
        if !self.enabled {
            return;
        }
        let phases = self.phases.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let total = self.start.elapsed();
        let row = |name: &str, time: Duration, counts: &[(&str, u64)]| {
            let seconds = time.as_secs_f64();
            let counts: Vec<String> =
                counts.iter().map(|(what, n)| format!("{n} {what} ({}/s)", rate(*n, seconds))).collect();
            let share = 100.0 * seconds / total.as_secs_f64().max(1e-9);
            let line = format!("{name:<12} {:>9.1} ms {share:>5.1} %  {}", seconds * 1e3, counts.join(", "));
            eprintln!("{}", line.trim_end());
        };
        for p in phases.iter() {
            row(p.name, p.time, &p.counts);
            p.parts.iter().for_each(|&(name, time)| row(&format!("  {name}"), time, &[]));
        }
        let measured = phases.iter().map(|p| p.time).sum();
        row("other", total.saturating_sub(measured), &[]);
        let lines = phases.iter().flat_map(|p| &p.counts).find(|c| c.0 == "lines");
        row("total", total, lines.map_or(&[], std::slice::from_ref));
    }
}

/// A number for each second, short.
fn rate(n: u64, seconds: f64) -> String {
    let r = n as f64 / seconds.max(1e-9);
    match r {
        1e6.. => format!("{:.2}M", r / 1e6),
        1e3.. => format!("{:.0}k", r / 1e3),
        _ => format!("{r:.0}"),
    }
}
