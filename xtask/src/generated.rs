//! Golden programs that are too long to be kept: they are written when the tests run, the same each time, and only their
//! records are committed.
//!
//! `large_function` is a function of more than a mebibyte of machine code on each architecture. Conditional branches of
//! aarch64 reach a mebibyte (those that test a bit 32 KiB), as do loads of constants beside the code, so that loops, exits,
//! cold paths, tables of jumps and panics of it must do without. It is called with inputs that lead through all of it, that
//! leave it early, and that make it panic at its very end.

use crate::paths::target;
use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// Names of the generated programs.
pub const NAMES: &[&str] = &["large_function"];

/// Writes a program; returns its file.
pub fn source(name: &str) -> Result<PathBuf> {
    let text = match name {
        "large_function" => large_function(CASES, STEPS),
        _ => unreachable!("{name} is not of the list"),
    };
    let dir = target().join("generated");
    fs::create_dir_all(&dir)?;
    let file = dir.join(name).with_extension("go");
    // Several tests may be running; the text is always the same.
    if fs::read(&file).ok().as_deref() != Some(text.as_bytes()) {
        let part = file.with_extension(format!("{}", std::process::id()));
        fs::write(&part, text).with_context(|| format!("cannot write {}", part.display()))?;
        fs::rename(&part, &file)?;
    }
    Ok(file)
}

/// Cases of the switch, and steps in each.
const CASES: usize = 16;
const STEPS: usize = 1700;

const HEAD: &str = r#"// run

// Written by xtask/src/generated.rs.

package main

import (
	"fmt"
	"runtime"
)

type cell struct {
	next *cell
	v    int
}

var collected int

//go:noinline
func call(x int, c *cell) int {
	if x&1023 == 7 {
		collected++
		if collected < 4 {
			runtime.GC()
		}
	}
	return x ^ c.v
}

//go:noinline
func large(in []int, table []int, c *cell, step func(int) int) (x int, f float64, s string, err any) {
	defer func() { err = recover() }()
	f = 1
	for _, k := range in {
		if k < 0 {
			return x, f, s + " left", nil
		}
		switch k & 15 {
"#;

const TAIL: &str = r#"		}
		if x&3 == 3 {
			continue
		}
		x++
	}
	return x, f, s, nil
}

func main() {
	table := make([]int, 64)
	for i := range table {
		table[i] = i*i*7919 ^ i<<7
	}
	c := &cell{v: 5}
	c.next = &cell{c, 99}
	all := make([]int, 0, 64)
	for i := range 40 {
		all = append(all, i*7)
	}
	step := func(x int) int { return x*5 + 1 }
	fmt.Println(large(all, table, c, step))
	fmt.Println(large([]int{3, 15, -1, 4}, table, c, step))
	fmt.Println(large([]int{0, 15}, table[:63], c, step))
	fmt.Println(large([]int{15, 15 + 64}, table, c, step))
	fmt.Println(large([]int{15, 15 + 128}, table, c, step))
	done := make(chan string)
	go func() {
		x, _, _, err := large([]int{1, 14, 15 + 256, 2}, table, c, step)
		done <- fmt.Sprint(x, err)
	}()
	fmt.Println(<-done)
}
"#;

fn large_function(cases: usize, steps: usize) -> String {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) % n
    };
    let mut text = HEAD.to_string();
    for case in 0..cases {
        let _ = writeln!(text, "\t\tcase {case}:");
        for _ in 0..steps {
            let (a, b, c) = (next(60), next(31) + 1, next(1 << 20) + 1);
            let _ = match next(12) {
                0 => writeln!(text, "\t\t\tx = call(x+{c}, c)"),
                1 => writeln!(
                    text,
                    "\t\t\tif x&{} == 0 {{\n\t\t\t\tx = step(x) ^ {c}\n\t\t\t}}",
                    1u64 << (b % 24)
                ),
                2 => writeln!(text, "\t\t\tx += table[{a}+k&3]"),
                3 => writeln!(
                    text,
                    "\t\t\tf = float64(f*{}.25) + float64(x&{c})\n\t\t\tif f > 1e9 {{\n\t\t\t\tf /= 3e8\n\t\t\t}}",
                    a % 7
                ),
                4 => writeln!(text, "\t\t\tx ^= c.next.v<<{b} + {c}"),
                5 => writeln!(text, "\t\t\tx = x/{} + x%{}", b + 1, a + 2),
                6 => writeln!(
                    text,
                    "\t\t\tif x < {c} {{\n\t\t\t\tx = x*{b} + {c}\n\t\t\t}} else {{\n\t\t\t\tx -= {c}\n\t\t\t}}"
                ),
                7 => writeln!(text, "\t\t\ttable[{a}+k&1] += x >> {b}"),
                8 if next(16) == 0 => {
                    writeln!(text, "\t\t\tif len(s) < 40 {{\n\t\t\t\ts += string(rune('a' + x&15))\n\t\t\t}}")
                }
                9 if next(4) == 0 => writeln!(text, "\t\t\tc = c.next"),
                _ => writeln!(text, "\t\t\tx = (x<<{} | int(uint64(x)>>{})) + {c}*k", b, 64 - b),
            };
        }
        if case + 1 == cases {
            text += "\t\t\tif k == 15+64 {\n\t\t\t\tvar none *cell\n\t\t\t\tx = none.v\n\t\t\t}\n\
                     \t\t\tif k == 15+128 {\n\t\t\t\tx = table[k]\n\t\t\t}\n\
                     \t\t\tif k == 15+256 {\n\t\t\t\tx /= k - 271\n\t\t\t}\n\t\t\tx += table[63]\n";
        }
    }
    text + TAIL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_always_the_same_and_has_all_cases() {
        let text = large_function(16, 3);
        assert_eq!(text, large_function(16, 3));
        assert!((0..16).all(|n| text.contains(&format!("\t\tcase {n}:\n"))));
    }
}
