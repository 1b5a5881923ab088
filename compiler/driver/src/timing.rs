//! `--time`: a table of phases with their durations and counts.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A phase and what was counted in it.
struct Phase {
    name: &'static str,
    time: Duration,
    counts: Vec<(&'static str, u64)>,
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

    fn with(&self, name: &'static str, f: impl FnOnce(&mut Phase)) {
        let mut phases = self.phases.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let i = phases.iter().position(|p| p.name == name).unwrap_or_else(|| {
            phases.push(Phase { name, time: Duration::ZERO, counts: Vec::new() });
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
        for p in phases.iter() {
            let ms = p.time.as_secs_f64() * 1e3;
            let counts: Vec<String> = p
                .counts
                .iter()
                .map(|(what, n)| format!("{n} {what} ({:.0}/s)", *n as f64 / p.time.as_secs_f64().max(1e-9)))
                .collect();
            eprintln!("{:<10} {ms:>9.1} ms  {}", p.name, counts.join(", "));
        }
        eprintln!("{:<10} {:>9.1} ms", "total", self.start.elapsed().as_secs_f64() * 1e3);
    }
}
