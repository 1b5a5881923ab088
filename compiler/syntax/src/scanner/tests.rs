//! Tests of tokens, literals and their errors, and implied semicolons.

use super::*;
use crate::source_map::SourceMap;

/// The tokens of a text, and its errors as `offset: message`.
fn scan(text: &[u8]) -> (Vec<String>, Vec<String>) {
    let source = SourceMap::new().add("scan.go", text).unwrap();
    let mut scanner = Scanner::new(&source, CommentMode::Directives);
    let mut tokens = Vec::new();
    loop {
        scanner.next();
        tokens.push(match scanner.tok {
            Token::Eof => break,
            Token::Name => scanner.name.to_string(),
            Token::Literal => format!("{:?} {}", scanner.kind, scanner.token_text()),
            Token::Semi => format!(";{}", scanner.semi.as_str()),
            Token::Operator | Token::Star => scanner.op.to_string(),
            Token::AssignOp => format!("{}=", scanner.op),
            Token::IncOp => format!("{0}{0}", scanner.op),
            other => other.as_str().to_string(),
        });
    }
    let errors = scanner.diagnostics.iter().map(|d| format!("{}: {}", source.offset(d.pos), d.msg)).collect();
    (tokens, errors)
}

fn tokens(text: &str) -> String {
    let (tokens, errors) = scan(text.as_bytes());
    assert!(errors.is_empty(), "{text}: {errors:?}");
    tokens.join(" ")
}

fn errors(text: &str) -> Vec<String> {
    scan(text.as_bytes()).1
}

#[test]
fn operators() {
    assert_eq!(
        tokens("+ - * / % & | ^ << >> &^ += -= *= /= %= &= |= ^= <<= >>= &^= && || <- ++"),
        "+ - * / % & | ^ << >> &^ += -= *= /= %= &= |= ^= <<= >>= &^= && || <- ++".to_string() + " ;EOF"
    );
    assert_eq!(
        tokens("== < > = ! != <= >= := ~ ( [ { , . ... : ; -- ) ] }"),
        "== < > = ! != <= >= := ~ ( [ { , . ... : ;semicolon -- ) ] } ;EOF"
    );
    assert_eq!(tokens("a<-b..c"), "a <- b . . c ;EOF");
}

#[test]
fn keywords_and_names() {
    for keyword in KEYWORDS {
        let text = keyword.as_str();
        assert_eq!(scan(text.as_bytes()).0[0], text);
        assert_eq!(tokens(&format!("{text}x")), format!("{text}x ;EOF"));
        assert_eq!(tokens(&text.to_uppercase()), format!("{} ;EOF", text.to_uppercase()));
    }
    assert_eq!(tokens("_ a1 Ünïcode 本 x٣"), "_ a1 Ünïcode 本 x٣ ;EOF");
    assert_eq!(errors("٣x"), ["0: identifier cannot begin with digit U+0663 '٣'"]);
    assert_eq!(errors("x☺"), ["1: invalid character U+263A '☺' in identifier"]);
    assert_eq!(errors("x # y"), ["2: invalid character U+0023 '#'"]);
}

#[test]
fn implied_semicolons() {
    assert_eq!(tokens("a\n+\n)\n"), "a ;newline + ) ;newline");
    assert_eq!(tokens("return // c\nbreak /* x\n */ if\n"), "return ;newline break ;newline if");
    assert_eq!(tokens("a /* c */ /* d */\n"), "a ;newline");
    assert_eq!(
        tokens("1\n'x'\n\"s\"\n`r`\n++\n]\n}"),
        "Int 1 ;newline Rune 'x' ;newline String \"s\" ;newline String `r` ;newline ++ ;newline ] ;newline } ;EOF"
    );
    assert_eq!(tokens("\n\n// only comments\n"), "");
}

#[test]
fn numbers() {
    for (text, kind) in [
        ("0", "Int"),
        ("0123", "Int"),
        ("0b1_0", "Int"),
        ("0o17", "Int"),
        ("0x_Ff", "Int"),
        ("1_000", "Int"),
        ("1.", "Float"),
        (".5", "Float"),
        ("08.5", "Float"),
        ("1e+1_0", "Float"),
        ("0x1p-2", "Float"),
        ("0x.8p0", "Float"),
        ("0i", "Imag"),
        ("1.5e3i", "Imag"),
        ("089i", "Imag"),
    ] {
        assert_eq!(tokens(text), format!("{kind} {text} ;EOF"));
    }
    for (text, error) in [
        ("0x", "2: hexadecimal literal has no digits"),
        ("0b", "2: binary literal has no digits"),
        ("08", "1: invalid digit '8' in octal literal"),
        ("0b12", "3: invalid digit '2' in binary literal"),
        ("0b1.0", "3: invalid radix point in binary literal"),
        ("1e", "2: exponent has no digits"),
        ("1p3", "1: 'p' exponent requires hexadecimal mantissa"),
        ("0b1e3", "3: 'e' exponent requires decimal mantissa"),
        ("0x1.5", "5: hexadecimal mantissa requires a 'p' exponent"),
        ("1__0", "2: '_' must separate successive digits"),
        ("0_", "1: '_' must separate successive digits"),
        ("1_.5", "1: '_' must separate successive digits"),
        ("0x1_p3", "3: '_' must separate successive digits"),
    ] {
        assert_eq!(errors(text), [error], "{text}");
    }
}

#[test]
fn runes_and_strings() {
    assert_eq!(tokens(r"'\'' '\\' '\377' '\xff' '\u00e4' '\U0001F600' 'ä'").matches("Rune").count(), 7);
    for (text, error) in [
        ("''", "1: empty rune literal or unescaped '"),
        ("'ab'", "0: more than one character in rune literal"),
        ("'a", "0: rune literal not terminated"),
        ("'a\n", "2: newline in rune literal"),
        ("\"a\n", "2: newline in string"),
        ("\"a", "0: string not terminated"),
        ("`a", "0: string not terminated"),
        (r#""\q""#, "2: unknown escape"),
        (r#""\'""#, "2: unknown escape"),
        (r#""\08""#, "3: invalid character '8' in octal escape"),
        (r#""\xg0""#, "3: invalid character 'g' in hexadecimal escape"),
        (r#""\400""#, "5: octal escape value 256 > 255"),
        (r#""\ud800""#, "7: escape is invalid Unicode code point U+D800"),
        (r#""\U00110000""#, "11: escape is invalid Unicode code point U+110000"),
        ("/* a", "0: comment not terminated"),
        ("/*/", "0: comment not terminated"),
    ] {
        assert_eq!(errors(text), [error], "{text}");
    }
}

#[test]
fn defects() {
    let (tokens, errors) = scan(b"\xef\xbb\xbfa \0 b\xff // \xef\xbb\xbf\n");
    assert_eq!(tokens, ["a", "b_", ";newline"]);
    assert_eq!(
        errors,
        [
            "5: invalid NUL character",
            "8: invalid UTF-8 encoding",
            "13: invalid BOM in the middle of the file"
        ]
    );
}
