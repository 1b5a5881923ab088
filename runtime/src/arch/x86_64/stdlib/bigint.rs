//! Leaves of `math/big` and `crypto/internal/fips140/bigmod`: arithmetic on vectors of words.
//!
//! Carries stay in the flags: loops count with `lea` and `dec`, which leave the carry alone. With ADX the products of a
//! row are added in two chains of carries at once, one in each flag. The stack words of the arguments are popped.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

/// Exports `(z, x, y []Word) (c Word)`: z in rdi, its length in rsi, x in rcx, y on the stack.
macro_rules! vector_vector {
    ($symbol:literal, $op:literal) => {
        global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 32",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "mov r8, [rsp+8]",
            "mov r9, rsi",
            "and esi, 3",
            "shr r9, 2",
            // The shift is by more than one place: only `test` makes the carry clear.
            "test r9, r9",
            "je 3f",
            ".balign 16",
            "2:",
            ".irp at, 0, 8, 16, 24",
            "mov rax, [rcx+\\at]",
            concat!($op, " rax, [r8+\\at]"),
            "mov [rdi+\\at], rax",
            ".endr",
            "lea rcx, [rcx+32]",
            "lea r8, [r8+32]",
            "lea rdi, [rdi+32]",
            "dec r9",
            "jne 2b",
            "3:",
            "inc esi",
            "dec esi",
            "je 5f",
            "4:",
            "mov rax, [rcx]",
            concat!($op, " rax, [r8]"),
            "mov [rdi], rax",
            "lea rcx, [rcx+8]",
            "lea r8, [r8+8]",
            "lea rdi, [rdi+8]",
            "dec esi",
            "jne 4b",
            "5:",
            "setc al",
            "movzx eax, al",
            "ret 32",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
        );
    };
}

vector_vector!("math/big.addVV", "adc");
vector_vector!("math/big.subVV", "sbb");

/// Exports a leaf of the given instructions.
macro_rules! leaf {
    ($symbol:literal, [$($line:expr),* $(,)?] $(, $name:ident = $value:tt $operand:tt)* $(,)?) => {
        global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 32",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            $($line,)*
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
            $($name = $value $operand,)*
        );
    };
}

// lshVU(z, x []Word, s uint) (c Word): rdi, rsi words, rcx, s on the stack. From the top, since z may lie above x.
leaf!(
    "math/big.lshVU",
    [
        "mov r8, rcx",
        "mov rcx, [rsp+8]",
        "xor eax, eax",
        "sub rsi, 1",
        "jb 5f",
        "mov r9, [r8+rsi*8]",
        "shld rax, r9, cl",
        "cmp rsi, 4",
        "jb 3f",
        "movd xmm4, ecx",
        "mov edx, 64",
        "sub edx, ecx",
        "movd xmm5, edx",
        ".balign 16",
        "2:",
        "movdqu xmm0, [r8+rsi*8-8]",
        "movdqu xmm1, [r8+rsi*8-16]",
        "movdqu xmm2, [r8+rsi*8-24]",
        "movdqu xmm3, [r8+rsi*8-32]",
        "psllq xmm0, xmm4",
        "psrlq xmm1, xmm5",
        "psllq xmm2, xmm4",
        "psrlq xmm3, xmm5",
        "por xmm0, xmm1",
        "por xmm2, xmm3",
        "movdqu [rdi+rsi*8-8], xmm0",
        "movdqu [rdi+rsi*8-24], xmm2",
        "sub rsi, 4",
        "cmp rsi, 4",
        "jae 2b",
        "3:",
        "mov r9, [r8+rsi*8]",
        "test rsi, rsi",
        "je 4f",
        "mov r10, [r8+rsi*8-8]",
        "shld r9, r10, cl",
        "mov [rdi+rsi*8], r9",
        "dec rsi",
        "jmp 3b",
        "4:",
        "shl r9, cl",
        "mov [rdi], r9",
        "5:",
        "ret 16",
    ]
);

// rshVU(z, x []Word, s uint) (c Word): the same; from the bottom, since z may lie below x.
leaf!(
    "math/big.rshVU",
    [
        "mov r8, rcx",
        "mov rcx, [rsp+8]",
        "xor eax, eax",
        "sub rsi, 1",
        "jb 5f",
        "mov r9, [r8]",
        "shrd rax, r9, cl",
        "cmp rsi, 4",
        "jb 3f",
        "movd xmm4, ecx",
        "mov edx, 64",
        "sub edx, ecx",
        "movd xmm5, edx",
        ".balign 16",
        "2:",
        "movdqu xmm0, [r8]",
        "movdqu xmm1, [r8+8]",
        "movdqu xmm2, [r8+16]",
        "movdqu xmm3, [r8+24]",
        "psrlq xmm0, xmm4",
        "psllq xmm1, xmm5",
        "psrlq xmm2, xmm4",
        "psllq xmm3, xmm5",
        "por xmm0, xmm1",
        "por xmm2, xmm3",
        "movdqu [rdi], xmm0",
        "movdqu [rdi+16], xmm2",
        "add r8, 32",
        "add rdi, 32",
        "sub rsi, 4",
        "cmp rsi, 4",
        "jae 2b",
        "3:",
        // rsi words are above this one.
        "mov r9, [r8]",
        "test rsi, rsi",
        "je 4f",
        "mov r10, [r8+8]",
        "shrd r9, r10, cl",
        "mov [rdi], r9",
        "add r8, 8",
        "add rdi, 8",
        "dec rsi",
        "jmp 3b",
        "4:",
        "shr r9, cl",
        "mov [rdi], r9",
        "5:",
        "ret 16",
    ]
);

// mulAddVWW(z, x []Word, m, a Word) (c Word): rdi, rsi words, rcx, m and a on the stack.
leaf!(
    "math/big.mulAddVWW",
    [
        "mov r8, [rsp+8]",
        "mov r9, [rsp+16]",
        "mov r10, rsi",
        "and esi, 3",
        "shr r10, 2",
        "je 3f",
        "test dword ptr [rip+{features}], {bmi2}",
        "je 6f",
        "mov rdx, r8",
        "test r10, r10",
        ".balign 16",
        "2:",
        "mulx r11, rax, [rcx]",
        "adc rax, r9",
        "mov [rdi], rax",
        "mulx r9, rax, [rcx+8]",
        "adc rax, r11",
        "mov [rdi+8], rax",
        "mulx r11, rax, [rcx+16]",
        "adc rax, r9",
        "mov [rdi+16], rax",
        "mulx r9, rax, [rcx+24]",
        "adc rax, r11",
        "mov [rdi+24], rax",
        "lea rcx, [rcx+32]",
        "lea rdi, [rdi+32]",
        "dec r10",
        "jne 2b",
        "adc r9, 0",
        "jmp 3f",
        ".balign 16",
        "6:",
        ".irp at, 0, 8, 16, 24",
        "mov rax, [rcx+\\at]",
        "mul r8",
        "add rax, r9",
        "adc rdx, 0",
        "mov [rdi+\\at], rax",
        "mov r9, rdx",
        ".endr",
        "add rcx, 32",
        "add rdi, 32",
        "dec r10",
        "jne 6b",
        "3:",
        "test esi, esi",
        "je 5f",
        "4:",
        "mov rax, [rcx]",
        "mul r8",
        "add rax, r9",
        "adc rdx, 0",
        "mov [rdi], rax",
        "mov r9, rdx",
        "add rcx, 8",
        "add rdi, 8",
        "dec esi",
        "jne 4b",
        "5:",
        "mov rax, r9",
        "ret 16",
    ],
    features = sym FEATURES,
    bmi2 = const (feature::BMI2),
);

// addMulVVWW(z, x, y []Word, m, a Word) (c Word), z = x + y*m + a: rdi, rsi words, rcx; y, two words, m, a on the stack.
leaf!(
    "math/big.addMulVVWW",
    [
        "mov r10, rcx",
        "mov r8, [rsp+8]",
        "mov r11, [rsp+32]",
        "mov r9, [rsp+40]",
        "mov rcx, rsi",
        "shr rcx, 3",
        "je 3f",
        "mov eax, [rip+{features}]",
        "and eax, {needed}",
        "cmp eax, {needed}",
        "jne 3f",
        "and esi, 7",
        "mov rdx, r11",
        // Both carries are clear.
        "xor eax, eax",
        ".balign 16",
        "2:",
        ".irp at, 0, 16, 32, 48",
        "mulx r11, rax, [r8+\\at]",
        "adcx rax, r9",
        "adox rax, [r10+\\at]",
        "mov [rdi+\\at], rax",
        "mulx r9, rax, [r8+\\at+8]",
        "adcx rax, r11",
        "adox rax, [r10+\\at+8]",
        "mov [rdi+\\at+8], rax",
        ".endr",
        "lea r8, [r8+64]",
        "lea r10, [r10+64]",
        "lea rdi, [rdi+64]",
        "lea rcx, [rcx-1]",
        "jrcxz 6f",
        "jmp 2b",
        "6:",
        "mov eax, 0",
        "adcx r9, rax",
        "adox r9, rax",
        "mov r11, rdx",
        "3:",
        "test rsi, rsi",
        "je 5f",
        "4:",
        "mov rax, [r8]",
        "mul r11",
        "add rax, r9",
        "adc rdx, 0",
        "add rax, [r10]",
        "adc rdx, 0",
        "mov [rdi], rax",
        "mov r9, rdx",
        "add r8, 8",
        "add r10, 8",
        "add rdi, 8",
        "dec rsi",
        "jne 4b",
        "5:",
        "mov rax, r9",
        "ret 48",
    ],
    features = sym FEATURES,
    needed = const (feature::BMI2 | feature::ADX),
);

/// Exports `(z, x *uint, y uint) (c uint)`, z += x*y, for a fixed number of words, a multiple of eight: rdi, rsi, rdx.
macro_rules! add_mul {
    ($symbol:literal, $eights:literal) => {
        leaf!(
            $symbol,
            [
                "mov eax, [rip+{features}]",
                "and eax, {needed}",
                "cmp eax, {needed}",
                "jne 3f",
                "xor r9d, r9d",
                concat!(".rept ", $eights),
                ".irp at, 0, 16, 32, 48",
                "mulx r8, rax, [rsi+\\at]",
                "adcx rax, r9",
                "adox rax, [rdi+\\at]",
                "mov [rdi+\\at], rax",
                "mulx r9, rax, [rsi+\\at+8]",
                "adcx rax, r8",
                "adox rax, [rdi+\\at+8]",
                "mov [rdi+\\at+8], rax",
                ".endr",
                "lea rsi, [rsi+64]",
                "lea rdi, [rdi+64]",
                ".endr",
                "mov eax, 0",
                "adcx r9, rax",
                "adox rax, r9",
                "ret",
                "3:",
                "mov r8, rdx",
                "xor r9d, r9d",
                concat!("mov ecx, ", $eights, "*8"),
                "4:",
                "mov rax, [rsi]",
                "mul r8",
                "add rax, r9",
                "adc rdx, 0",
                "add [rdi], rax",
                "adc rdx, 0",
                "mov r9, rdx",
                "add rsi, 8",
                "add rdi, 8",
                "dec ecx",
                "jne 4b",
                "mov rax, r9",
                "ret",
            ],
            features = sym FEATURES,
            needed = const (feature::BMI2 | feature::ADX),
        );
    };
}

add_mul!("crypto/internal/fips140/bigmod.addMulVVW1024", 2);
add_mul!("crypto/internal/fips140/bigmod.addMulVVW1536", 3);
add_mul!("crypto/internal/fips140/bigmod.addMulVVW2048", 4);

#[cfg(test)]
mod tests {
    use super::{FEATURES, feature};
    use core::arch::asm;
    use core::sync::atomic::Ordering;
    use std::vec::Vec;

    /// Calls a leaf with `(z, x []Word, stack...)`; the callee pops `stack`, which has an even number of words.
    fn call(f: usize, z: *mut u64, n: usize, x: *const u64, stack: &[u64]) -> u64 {
        let result;
        // SAFETY: the leaf reads and writes the vectors, and pops the words pushed here; rbx keeps SP.
        unsafe {
            asm!(
                "mov r12, rsp",
                "and rsp, -16",
                "2:",
                "sub r10, 1",
                "jb 3f",
                "push qword ptr [r11+r10*8]",
                "jmp 2b",
                "3:",
                "call rax",
                "xchg r12, rsp",
                inout("rax") f => result,
                in("rdi") z, in("rsi") n, in("rdx") n, in("rcx") x, in("r8") n, in("r9") n,
                in("r10") stack.len(), in("r11") stack.as_ptr(), out("r12") _, clobber_abi("C"),
            );
        }
        result
    }

    macro_rules! address {
        ($symbol:literal) => {{
            unsafe extern "C" {
                #[link_name = $symbol]
                fn f();
            }
            f as *const () as usize
        }};
    }

    fn words(seed: u64, n: usize) -> Vec<u64> {
        (0..n as u64)
            .map(|i| match (i + seed) % 7 {
                0 => u64::MAX,
                1 if seed.is_multiple_of(3) => 0,
                _ => (i + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29),
            })
            .collect()
    }

    fn check() {
        let all_ones = |n| std::vec![u64::MAX; n];
        for n in 0..40usize {
            for seed in 0..12 {
                let (x, y) =
                    if seed == 0 { (all_ones(n), all_ones(n)) } else { (words(seed, n), words(seed * 5, n)) };
                let mut z = std::vec![0; n];
                let y_words = [y.as_ptr() as u64, n as u64, n as u64, 0];
                let (mut want, mut carry) = (Vec::new(), false);
                for (a, b) in x.iter().zip(&y) {
                    let (s, c) = a.overflowing_add(*b);
                    let (s, d) = s.overflowing_add(carry.into());
                    carry = c | d;
                    want.push(s);
                }
                let c = call(address!("math/big.addVV"), z.as_mut_ptr(), n, x.as_ptr(), &y_words);
                assert_eq!((c, &z), (carry.into(), &want), "add {n}");
                // z is x: the sum minus y is x again.
                let c = call(address!("math/big.subVV"), z.as_mut_ptr(), n, z.as_ptr(), &y_words);
                assert_eq!((c, &z), (carry.into(), &x), "sub {n}");

                let (m, a) = (words(seed + 3, 1)[0], words(seed + 4, 1)[0]);
                let (mut want, mut carry) = (Vec::new(), a);
                for v in &x {
                    let t = u128::from(*v) * u128::from(m) + u128::from(carry);
                    want.push(t as u64);
                    carry = (t >> 64) as u64;
                }
                let c = call(address!("math/big.mulAddVWW"), z.as_mut_ptr(), n, x.as_ptr(), &[m, a]);
                assert_eq!((c, &z), (carry, &want), "mul {n}");

                let (mut want, mut carry) = (Vec::new(), a);
                for (v, w) in x.iter().zip(&y) {
                    let t = u128::from(*w) * u128::from(m) + u128::from(carry) + u128::from(*v);
                    want.push(t as u64);
                    carry = (t >> 64) as u64;
                }
                let stack = [y.as_ptr() as u64, n as u64, n as u64, m, a, 0];
                let c = call(address!("math/big.addMulVVWW"), z.as_mut_ptr(), n, x.as_ptr(), &stack);
                assert_eq!((c, &z), (carry, &want), "addmul {n}");

                for s in [1, 7, 32, 63] {
                    let at = |i: isize| if i < 0 || i >= n as isize { 0 } else { x[i as usize] };
                    for shift in 0..6isize {
                        // z lies above x for the left shift, below it for the right shift.
                        let mut area = std::vec![0; n + 10];
                        area[..n].copy_from_slice(&x);
                        let z = area[shift as usize..].as_mut_ptr();
                        let c = call(address!("math/big.lshVU"), z, n, area.as_ptr(), &[s, 0]);
                        let want: Vec<u64> =
                            (0..n as isize).map(|i| at(i) << s | at(i - 1) >> (64 - s)).collect();
                        assert_eq!(area[shift as usize..][..n], want, "lsh {n} {s} {shift}");
                        assert_eq!(c, at(n as isize - 1) >> (64 - s));
                        area[shift as usize..][..n].copy_from_slice(&x);
                        let from = area[shift as usize..].as_ptr();
                        let c = call(address!("math/big.rshVU"), area.as_mut_ptr(), n, from, &[s, 0]);
                        let want: Vec<u64> =
                            (0..n as isize).map(|i| at(i) >> s | at(i + 1) << (64 - s)).collect();
                        assert_eq!(area[..n], want, "rsh {n} {s} {shift}");
                        assert_eq!(c, at(0) << (64 - s));
                    }
                }
            }
        }
        for (f, n) in [
            (address!("crypto/internal/fips140/bigmod.addMulVVW1024"), 16),
            (address!("crypto/internal/fips140/bigmod.addMulVVW1536"), 24),
            (address!("crypto/internal/fips140/bigmod.addMulVVW2048"), 32),
        ] {
            // SAFETY: the signature of these leaves is one of C, too.
            let f: extern "C" fn(*mut u64, *const u64, u64) -> u64 = unsafe { core::mem::transmute(f) };
            for seed in 0..12 {
                let (x, mut z) =
                    if seed == 0 { (all_ones(n), all_ones(n)) } else { (words(seed, n), words(seed * 5, n)) };
                let m = if seed < 2 { u64::MAX } else { words(seed + 1, 1)[0] };
                let (mut want, mut carry) = (Vec::new(), 0);
                for (v, w) in z.iter().zip(&x) {
                    let t = u128::from(*w) * u128::from(m) + u128::from(carry) + u128::from(*v);
                    want.push(t as u64);
                    carry = (t >> 64) as u64;
                }
                assert_eq!((f(z.as_mut_ptr(), x.as_ptr(), m), z), (carry, want), "{n}");
            }
        }
    }

    #[test]
    fn with_and_without_extensions() {
        check();
        if is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("adx") {
            FEATURES.store(feature::BMI2 | feature::ADX, Ordering::Relaxed);
            check();
            FEATURES.store(0, Ordering::Relaxed);
        }
    }
}
