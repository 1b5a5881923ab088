//! What a test binary prints: the results of its functions.

use super::Outcome;
use std::collections::BTreeMap;

/// Outcomes of top-level functions, `None` for those that began and did not end.
pub type Results = BTreeMap<String, Option<Outcome>>;

/// The outcomes in a binary's output. Lines of the testing package begin with a mark that nothing else prints.
pub fn parse(out: &str) -> Results {
    let mut results = BTreeMap::new();
    // What was printed since a function began; that of tests that run in parallel is told apart by name.
    let mut log: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = String::new();
    let mut failed: Vec<String> = Vec::new();
    for line in out.lines() {
        let Some((before, mark)) = line.split_once('\u{16}') else {
            log.entry(current.clone()).or_default().push(line.to_string());
            continue;
        };
        if !before.trim().is_empty() {
            log.entry(current.clone()).or_default().push(before.to_string());
        }
        let mark = mark.trim_start();
        let top = |name: &str| name.split('/').next().unwrap_or(name).to_string();
        let words: Vec<&str> = mark.split_whitespace().collect();
        match words[..] {
            ["===", "RUN", name] => {
                current = top(name);
                results.entry(current.clone()).or_insert(None);
            }
            ["===", "NAME" | "CONT" | "PAUSE", name] => current = top(name),
            ["---", result, name, ..] => {
                current = top(name);
                if name.contains('/') {
                    continue;
                }
                let outcome = match result {
                    "PASS:" => Outcome::Pass,
                    "SKIP:" => Outcome::Skip,
                    _ => {
                        failed.push(name.to_string());
                        Outcome::Fail(String::new())
                    }
                };
                results.insert(name.to_string(), Some(outcome));
            }
            _ => {}
        }
    }
    for name in failed {
        let lines = log.get(&name).map_or(&[][..], Vec::as_slice);
        let line = lines
            .iter()
            .find(|l| l.contains("_test.go:") || l.contains("panic") || l.contains("got"))
            .or(lines.iter().find(|l| !l.trim().is_empty()));
        let why = line.map_or("failed without a message".into(), |l| short(l));
        results.insert(name, Some(Outcome::Fail(why)));
    }
    results
}

/// A line fit for the scoreboard.
pub fn short(line: &str) -> String {
    static ADDRESS: std::sync::LazyLock<regex::Regex> =
        std::sync::LazyLock::new(|| regex::Regex::new("0x[0-9a-f]{6,}").expect("a valid expression"));
    let line = ADDRESS.replace_all(line.trim().trim_start_matches('\u{16}'), "0x?");
    line.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_a_test_binary() {
        let out = "\u{16}=== RUN   TestA\nhello\u{16}--- PASS: TestA (0.00s)\n\u{16}=== RUN   TestB\n\
                   \u{16}=== RUN   TestB/sub\n    b_test.go:3: wrong 0xc000123456\n\
                   \u{16}--- FAIL: TestB (0.00s)\n\u{16}    --- FAIL: TestB/sub (0.00s)\n\
                   \u{16}=== RUN   TestC\n\u{16}--- SKIP: TestC (0.00s)\n\u{16}=== RUN   TestD\n";
        let results = parse(out);
        assert_eq!(results["TestA"], Some(Outcome::Pass));
        assert_eq!(results["TestB"], Some(Outcome::Fail("b_test.go:3: wrong 0x?".into())));
        assert_eq!(results["TestC"], Some(Outcome::Skip));
        assert_eq!(results["TestD"], None);
    }
}
