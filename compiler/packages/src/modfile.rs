//! The syntax that go.mod and go.work share: lines of words, and blocks of lines in parentheses.
//!
//! Facts: `golang.org/x/mod/modfile` (`read.go`, `rule.go`), whose messages these are.

/// A line that is not a comment: its verb (of the block, if it stands in one) and its words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    pub line: u32,
    pub verb: String,
    /// Words as written: quoted ones have their quotes.
    pub args: Vec<String>,
}

/// An error with its place: `LINE` or `LINE:COLUMN`.
pub type Error = (String, String);

/// Splits a file into directives. A syntax error ends it.
///
/// # Errors
/// The first syntax error; `name` is the file's name as errors about blocks show it.
pub fn directives(text: &str, name: &str) -> Result<Vec<Directive>, Error> {
    let mut found = Vec::new();
    let mut block: Option<(String, u32)> = None;
    let mut count = 0;
    for (i, line) in text.lines().enumerate() {
        let number = i as u32 + 1;
        count = number;
        let mut words = words(line, number)?;
        if words.is_empty() {
            continue;
        }
        if let Some((verb, _)) = &block {
            if words == [")"] {
                block = None;
            } else {
                found.push(Directive { line: number, verb: verb.clone(), args: words });
            }
            continue;
        }
        let verb = words.remove(0);
        match words.as_slice() {
            [open] if open == "(" => block = Some((verb, number)),
            [open, close] if open == "(" && close == ")" => {}
            _ => found.push(Directive { line: number, verb, args: words }),
        }
    }
    if let Some((_, start)) = block {
        let message = format!("syntax error (unterminated block started at {name}:{start}:1)");
        return Err(((count + 1).to_string(), message));
    }
    Ok(found)
}

/// The words of a line, without its comment.
fn words(line: &str, number: u32) -> Result<Vec<String>, Error> {
    let at = |rest: &str| format!("{number}:{}", line.len() - rest.len() + 1);
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(c) = rest.chars().next() {
        let len = match c {
            _ if rest.starts_with("//") => break,
            _ if rest.starts_with("/*") => {
                let message = "mod files must use // comments (not /* */ comments)";
                return Err((number.to_string(), message.into()));
            }
            '(' | ')' | '[' | ']' | '{' | '}' | ',' => 1,
            '"' | '`' => {
                let mut escaped = false;
                let end = rest[1..].find(|d| {
                    let ends = d == c && !escaped;
                    escaped = d == '\\' && c == '"' && !escaped;
                    ends
                });
                let Some(end) = end else {
                    return Err((at(""), "unexpected newline in string".into()));
                };
                end + 2
            }
            _ => {
                let stop =
                    rest.find(|c: char| c.is_whitespace() || "()[]{},".contains(c)).unwrap_or(rest.len());
                rest[..stop].find("//").filter(|&i| i > 0).unwrap_or(stop)
            }
        };
        words.push(rest[..len].to_string());
        rest = rest[len..].trim_start();
    }
    Ok(words)
}

/// A word without its quotes.
///
/// # Errors
/// If it is not a well-formed string.
pub fn string(word: &str) -> Result<String, String> {
    let bad = || Err("invalid quoted string: invalid syntax".to_string());
    match word.chars().next() {
        Some('`') => Ok(word.trim_matches('`').to_string()),
        Some('"') => {
            let body = word.strip_prefix('"').and_then(|w| w.strip_suffix('"'));
            match body {
                Some(b) if !b.contains('\\') => Ok(b.to_string()),
                Some(b) => Ok(b.replace("\\\"", "\"").replace("\\\\", "\\")),
                None => bad(),
            }
        }
        _ if word.contains(['"', '`']) => {
            Err("invalid quoted string: unquoted string cannot contain quote".into())
        }
        _ => Ok(word.to_string()),
    }
}

/// A version of Go: `1.27`, `1.27rc1`, `1.27.3`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GoVersion {
    pub major: u32,
    pub minor: u32,
    /// Before all: the language (`1.27`), then betas, release candidates, releases.
    stage: (u8, u32),
}

impl GoVersion {
    /// Parses a version without the `go` in front.
    pub fn parse(v: &str) -> Option<GoVersion> {
        let (major, rest) = number(v)?;
        if rest.is_empty() {
            return Some(GoVersion { major, minor: 0, stage: (0, 0) });
        }
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let stage = if rest.is_empty() {
            // From 1.21 on the language version comes before the first release, which is 1.N.0.
            if major == 1 && minor < 21 { (3, 0) } else { (0, 0) }
        } else {
            let (kind, digits) = match rest {
                _ if rest.starts_with("beta") => (1, &rest[4..]),
                _ if rest.starts_with("rc") => (2, &rest[2..]),
                _ => (3, rest.strip_prefix('.')?),
            };
            let (n, rest) = number(digits)?;
            if !rest.is_empty() {
                return None;
            }
            (kind, n)
        };
        Some(GoVersion { major, minor, stage })
    }
}

/// A decimal number without leading zeros, and what follows it.
fn number(s: &str) -> Option<(u32, &str)> {
    let digits = s.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || (digits > 1 && s.starts_with('0')) {
        return None;
    }
    Some((s[..digits].parse().ok()?, &s[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks() {
        let list = directives(
            "module \"m\" // c\n\nrequire (\n\ta v1 // indirect\n\t// only a comment\n)\nuse()\ngo 1.27//x\n",
            "f",
        )
        .unwrap();
        let shown: Vec<String> =
            list.iter().map(|d| format!("{} {} {}", d.line, d.verb, d.args.join("|"))).collect();
        assert_eq!(shown, ["1 module \"m\"", "4 require a|v1", "8 go 1.27"]);
        let error = |s: &str| directives(s, "go.mod").unwrap_err();
        assert_eq!(error("module \"m\n"), ("1:10".into(), "unexpected newline in string".into()));
        assert_eq!(error("a (\nb\n").1, "syntax error (unterminated block started at go.mod:1:1)");
        assert_eq!(error("x /* y").0, "1");
    }

    #[test]
    fn versions_in_order() {
        let list = [
            "1.9",
            "1.20",
            "1.20.1",
            "1.21",
            "1.21beta1",
            "1.21rc2",
            "1.21.0",
            "1.21.3",
            "1.27",
            "1.27.3",
            "1.28",
        ];
        let parsed: Vec<_> = list.iter().map(|v| GoVersion::parse(v).unwrap()).collect();
        assert!(parsed.is_sorted());
        for bad in ["", "latest", "1.", "1.x", "01.2", "1.2.3.4", "v1.2"] {
            assert_eq!(GoVersion::parse(bad), None, "{bad}");
        }
    }
}
