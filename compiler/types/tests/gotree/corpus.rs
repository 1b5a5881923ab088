//! The type checker's corpus. `CORPUS=name` runs the cases whose names contain that text and prints what is wrong.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::loader::{self, Std};
use grus_syntax::corpus::Score;
use grus_types::corpus;
use regex::Regex;

#[test]
fn corpus() {
    let Some(goroot) = loader::goroot() else { return };
    let filter = std::env::var("CORPUS").ok();
    let std = Std::new(&goroot);
    let mut patterns: HashMap<String, Option<Regex>> = HashMap::new();
    let mut is_match = |pattern: &str, text: &str| {
        let regex = patterns.entry(pattern.to_string()).or_insert_with(|| {
            // Go's syntax takes a brace literally that begins no repetition.
            Regex::new(pattern).or_else(|_| Regex::new(&pattern.replace("{}", "\\{\\}"))).ok()
        });
        regex.as_ref().is_some_and(|r| r.is_match(text))
    };
    let (mut total, mut exact, mut count, mut files) = (Score::default(), 0, 0, 0);
    for case in corpus::cases(&goroot).expect("the corpus can be read") {
        if filter.as_ref().is_some_and(|f| !case.name.contains(f.as_str())) {
            continue;
        }
        count += 1;
        files += case.files.len();
        let result = catch_unwind(AssertUnwindSafe(|| corpus::run(&case, std.store, &std, &mut is_match)));
        let Ok(score) = result else {
            println!("{}: PANIC", case.name);
            continue;
        };
        let score = score.expect("the case can be read");
        if score.is_exact() {
            exact += 1;
        } else {
            println!(
                "{}: {} expected, {} matched, {} missing, {} spurious",
                case.name,
                score.expected,
                score.matched,
                score.missing.len(),
                score.spurious.len()
            );
            if filter.is_some() || std::env::var_os("VERBOSE").is_some() {
                for m in &score.missing {
                    println!("    missing  {m}");
                }
                for s in &score.spurious {
                    println!("    spurious {s}");
                }
            }
        }
        total.add(score);
    }
    println!("{} of {} marks, {exact} of {count} cases exact, {files} files", total.matched, total.expected);
    if filter.is_none() {
        assert!(total.matched * 100 >= total.expected * 90, "at least 90 % of the marks are matched");
        assert!(exact * 100 >= count * 80, "at least 80 % of the cases are exact");
    }
}
