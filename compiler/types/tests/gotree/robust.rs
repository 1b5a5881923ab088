//! Mutilated programs are refused, not panicked about: files of the corpus with some tokens removed, repeated,
//! exchanged or replaced by those of another file, parsed and checked in spite of syntax errors. `ROBUST=n` tries n
//! programs, `SEED=n` others.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::loader::{self, Std};
use grus_syntax::parser::{ParseOptions, parse_file};
use grus_syntax::{SourceMap, Symbol};
use grus_types::check::{Config, check_package};
use grus_types::corpus;

/// The xorshift generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// Words, white space, and single other characters.
fn tokens(text: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        ' ' | '\t' => 2,
        _ => 0,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut last = 0;
    for c in text.chars() {
        let this = class(c);
        match tokens.last_mut() {
            Some(t) if this != 0 && this == last => t.push(c),
            _ => tokens.push(c.to_string()),
        }
        last = this;
    }
    tokens
}

fn mutilate(tokens: &mut Vec<String>, other: &[String], random: &mut Random) {
    let i = random.below(tokens.len());
    let j = random.below(tokens.len());
    match random.below(6) {
        0 => {
            tokens.remove(i);
        }
        1 => tokens.swap(i, j),
        2 => tokens.insert(i, tokens[j].clone()),
        3 => tokens[i] = other[random.below(other.len())].clone(),
        4 => {
            let segment = tokens[i..(i + 12).min(tokens.len())].to_vec();
            tokens.splice(j..j, segment);
        }
        _ => {
            let end = (i + random.below(6)).min(tokens.len());
            tokens.drain(i..end);
        }
    }
}

#[test]
fn mutilated_programs_are_refused() {
    let Some(goroot) = loader::goroot() else { return };
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let std = Std::new(&goroot);
    let mut random = Random(number("SEED").unwrap_or(88_172_645_463_325_252).max(1));
    let cases = corpus::cases(&goroot).expect("the corpus can be read");
    let files: Vec<Vec<String>> = cases
        .iter()
        .flat_map(|c| &c.files)
        .map(|f| std::fs::read_to_string(f).expect("the file can be read"))
        .filter(|text| text.len() < 20_000)
        .map(|text| tokens(&text))
        .collect();
    for _ in 0..number("ROBUST").unwrap_or(500) {
        let mut program = files[random.below(files.len())].clone();
        let other = &files[random.below(files.len())];
        for _ in 0..1 + random.below(4) {
            if !program.is_empty() {
                mutilate(&mut program, other, &mut random);
            }
        }
        let text = program.concat();
        let check = || {
            let source = SourceMap::global().add("robust.go", text.as_bytes()).expect("there is room");
            let parsed = parse_file(&source, &ParseOptions::default());
            let conf =
                Config { go_version: "go1.27", importer: Some(&std), as_gc: true, ..Config::default() };
            check_package(std.store, &conf, Symbol::intern("robust"), &[&parsed.file]);
        };
        assert!(catch_unwind(AssertUnwindSafe(check)).is_ok(), "this program:\n{text}");
    }
}
