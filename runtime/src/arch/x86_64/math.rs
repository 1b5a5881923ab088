//! Leaves of `math` that are assembly in Go's library: bit for bit the same results, which the portable versions do
//! not give.
//!
//! `Exp` reduces by multiples of ln 2, evaluates a Taylor series of degree 9 at a sixteenth of the remainder and
//! squares four times; with FMA every step of the series rounds once. `Log` is the FreeBSD algorithm without the
//! scaling of subnormal numbers. A native stands in for the Go body of the same name.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use crate::cpu::{FEATURES, feature};
use core::arch::global_asm;

global_asm!(
    ".pushsection \".rodata.grus.math\",\"a\",@progbits",
    ".balign 16",
    "grus_math_magnitude: .quad 0x7fffffffffffffff, 0",
    "grus_math_fraction: .quad 0x000fffffffffffff, 0",
    "grus_math_half_bits: .quad 0x3fe0000000000000, 0",
    "grus_math_log2e: .double 1.4426950408889634073599246810018920",
    "grus_math_ln2_upper: .double 0.69314718055966295651160180568695068359375",
    "grus_math_ln2_lower: .double 0.28235290563031577122588448175013436025525412068e-12",
    "grus_math_exp_max: .double 7.09782712893384e+02",
    "grus_math_sixteenth: .double 0.0625",
    "grus_math_half: .double 0.5",
    "grus_math_one: .double 1.0",
    "grus_math_two: .double 2.0",
    // 1/9!, ... 1/3! as far as they are not simple.
    "grus_math_exp: .double 2.4801587301587301587e-5, 1.9841269841269841270e-4, 1.3888888888888888889e-3",
    ".double 8.3333333333333333333e-3, 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1.0",
    "grus_math_sqrt_half: .double 7.07106781186547524401e-01",
    "grus_math_ln2_hi: .double 6.93147180369123816490e-01",
    "grus_math_ln2_lo: .double 1.90821492927058770002e-10",
    // L1 to L7 of the logarithm.
    "grus_math_log: .double 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01",
    ".double 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01",
    ".double 1.479819860511658591e-01",
    ".popsection",
);

/// Exports a leaf under a Go link name.
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

leaf!(
    "math.Exp",
    [
        "movq rdx, xmm0",
        "mov rax, rdx",
        "btr rax, 63",
        "mov rcx, 0x7ff0000000000000",
        "cmp rax, rcx",
        "jae 7f",
        "comisd xmm0, [rip+grus_math_exp_max]",
        "ja 6f",
        // x = k ln 2 + r, k rounded to nearest; ecx = k.
        "movsd xmm1, [rip+grus_math_log2e]",
        "mulsd xmm1, xmm0",
        "cvtsd2si edx, xmm1",
        "xorps xmm1, xmm1",
        "cvtsi2sd xmm1, edx",
        "movsd xmm2, [rip+grus_math_ln2_upper]",
        "movsd xmm3, [rip+grus_math_ln2_lower]",
        "lea rsi, [rip+grus_math_exp]",
        "test dword ptr [rip+{features}], {fma}",
        "jne 5f",
        "mulsd xmm2, xmm1",
        "subsd xmm0, xmm2",
        "mulsd xmm3, xmm1",
        "subsd xmm0, xmm3",
        "mulsd xmm0, [rip+grus_math_sixteenth]",
        "movsd xmm1, [rsi]",
        ".irp i, 8, 16, 24, 32, 40, 48, 56",
        "mulsd xmm1, xmm0",
        "addsd xmm1, [rsi+\\i]",
        ".endr",
        // e**r - 1 = y; (1 + y)**2 - 1 = y * (2 + y), four times.
        "mulsd xmm0, xmm1",
        "movsd xmm2, [rip+grus_math_two]",
        ".rept 4",
        "movapd xmm1, xmm0",
        "addsd xmm1, xmm2",
        "mulsd xmm0, xmm1",
        ".endr",
        "addsd xmm0, [rip+grus_math_one]",
        // xmm0 * 2**edx.
        "2:",
        "add edx, 1023",
        "jle 4f",
        "cmp edx, 2047",
        "jge 6f",
        "3:",
        "shl rdx, 52",
        "movq xmm1, rdx",
        "mulsd xmm0, xmm1",
        "ret",
        "4:",
        "cmp edx, -52",
        "jl 8f",
        "add edx, 1022",
        "shl rdx, 52",
        "movq xmm1, rdx",
        "mulsd xmm0, xmm1",
        "mov edx, 1",
        "jmp 3b",
        "5:",
        "vfnmadd231sd xmm0, xmm1, xmm2",
        "vfnmadd231sd xmm0, xmm1, xmm3",
        "mulsd xmm0, [rip+grus_math_sixteenth]",
        "movsd xmm1, [rsi]",
        ".irp i, 8, 16, 24, 32, 40, 48, 56",
        "vfmadd213sd xmm1, xmm0, [rsi+\\i]",
        ".endr",
        "mulsd xmm0, xmm1",
        "movsd xmm2, [rip+grus_math_two]",
        ".rept 3",
        "vaddsd xmm1, xmm0, xmm2",
        "mulsd xmm0, xmm1",
        ".endr",
        "vaddsd xmm1, xmm0, xmm2",
        "vfmadd213sd xmm0, xmm1, [rip+grus_math_one]",
        "jmp 2b",
        "6:",
        "movq xmm0, rcx",
        "ret",
        // NaN and +Inf are their own results.
        "7:",
        "btr rdx, 63",
        "jnc 9f",
        "cmp rdx, rcx",
        "jne 9f",
        "8:",
        "pxor xmm0, xmm0",
        "9:",
        "ret",
    ],
    features = sym FEATURES,
    fma = const { feature::FMA },
);

leaf!(
    "math.Log",
    [
        "movq rdx, xmm0",
        "mov rax, rdx",
        "btr rax, 63",
        "test rax, rax",
        "je 4f",
        "test rdx, rdx",
        "js 3f",
        "mov rcx, 0x7ff0000000000000",
        "cmp rdx, rcx",
        "jae 2f",
        // x = 2**k f1 with f1 in [1/2, 1), or [1/sqrt 2, sqrt 2) after the adjustment.
        "shr rdx, 52",
        "sub edx, 1022",
        "xorps xmm1, xmm1",
        "cvtsi2sd xmm1, edx",
        "andpd xmm0, [rip+grus_math_fraction]",
        "orpd xmm0, [rip+grus_math_half_bits]",
        "movsd xmm2, [rip+grus_math_one]",
        "movsd xmm3, [rip+grus_math_sqrt_half]",
        "cmpnltsd xmm3, xmm0",
        "andpd xmm3, xmm2",
        "subsd xmm1, xmm3",
        "addsd xmm3, xmm2",
        "mulsd xmm0, xmm3",
        // f = f1 - 1; s = f / (2 + f).
        "subsd xmm0, xmm2",
        "movsd xmm2, [rip+grus_math_two]",
        "addsd xmm2, xmm0",
        "movapd xmm3, xmm0",
        "divsd xmm3, xmm2",
        // s2 in xmm4, s4 in xmm5; the odd and the even terms.
        "movapd xmm4, xmm3",
        "mulsd xmm4, xmm4",
        "movapd xmm5, xmm4",
        "mulsd xmm5, xmm5",
        "lea rsi, [rip+grus_math_log]",
        "movsd xmm6, [rsi+48]",
        ".irp i, 32, 16, 0",
        "mulsd xmm6, xmm5",
        "addsd xmm6, [rsi+\\i]",
        ".endr",
        "mulsd xmm4, xmm6",
        "movsd xmm6, [rsi+40]",
        ".irp i, 24, 8",
        "mulsd xmm6, xmm5",
        "addsd xmm6, [rsi+\\i]",
        ".endr",
        "mulsd xmm5, xmm6",
        "addsd xmm4, xmm5",
        // hfsq = f*f/2 in xmm2; k*Ln2Hi - ((hfsq - (s*(hfsq+R) + k*Ln2Lo)) - f).
        "movsd xmm2, [rip+grus_math_half]",
        "mulsd xmm2, xmm0",
        "mulsd xmm2, xmm0",
        "addsd xmm4, xmm2",
        "mulsd xmm3, xmm4",
        "movsd xmm4, [rip+grus_math_ln2_lo]",
        "mulsd xmm4, xmm1",
        "addsd xmm3, xmm4",
        "subsd xmm2, xmm3",
        "subsd xmm2, xmm0",
        "mulsd xmm1, [rip+grus_math_ln2_hi]",
        "subsd xmm1, xmm2",
        "movapd xmm0, xmm1",
        "2:",
        "ret",
        "3:",
        "mov rax, 0x7ff8000000000001",
        "movq xmm0, rax",
        "ret",
        "4:",
        "mov rax, 0xfff0000000000000",
        "movq xmm0, rax",
        "ret",
    ],
);

leaf!(
    "math.Hypot",
    [
        "movq rax, xmm0",
        "movq rdx, xmm1",
        "btr rax, 63",
        "btr rdx, 63",
        "mov rcx, 0x7ff0000000000000",
        "cmp rax, rcx",
        "jae 3f",
        "cmp rdx, rcx",
        "jae 3f",
        "movq xmm0, rax",
        "movq xmm1, rdx",
        "or rax, rdx",
        "je 2f",
        // max * sqrt(1 + (min/max)**2)
        "movapd xmm2, xmm0",
        "maxsd xmm0, xmm1",
        "minsd xmm1, xmm2",
        "divsd xmm1, xmm0",
        "mulsd xmm1, xmm1",
        "addsd xmm1, [rip+grus_math_one]",
        "sqrtsd xmm1, xmm1",
        "mulsd xmm0, xmm1",
        "2:",
        "ret",
        "3:",
        "cmp rax, rcx",
        "je 4f",
        "cmp rdx, rcx",
        "je 4f",
        "mov rcx, 0x7ff8000000000001",
        "4:",
        "movq xmm0, rcx",
        "ret",
    ],
);

// An infinity of the wanted sign wins over NaN, any other NaN gives the canonical one.
leaf!(
    "math.Max",
    [
        "ucomisd xmm0, xmm1",
        "jp 3f",
        "jne 2f",
        "andpd xmm0, xmm1",
        "ret",
        "2:",
        "maxsd xmm0, xmm1",
        "ret",
        "3:",
        "mov rax, 0x7ff0000000000000",
        "movq rcx, xmm0",
        "cmp rcx, rax",
        "je 4f",
        "movq rcx, xmm1",
        "cmp rcx, rax",
        "je 4f",
        "mov rax, 0x7ff8000000000001",
        "4:",
        "movq xmm0, rax",
        "ret",
    ],
);

leaf!(
    "math.Min",
    [
        "ucomisd xmm0, xmm1",
        "jp 3f",
        "jne 2f",
        "orpd xmm0, xmm1",
        "ret",
        "2:",
        "minsd xmm0, xmm1",
        "ret",
        "3:",
        "mov rax, 0xfff0000000000000",
        "movq rcx, xmm0",
        "cmp rcx, rax",
        "je 4f",
        "movq rcx, xmm1",
        "cmp rcx, rax",
        "je 4f",
        "mov rax, 0x7ff8000000000001",
        "4:",
        "movq xmm0, rax",
        "ret",
    ],
);

/// A function that rounds to an integer: one instruction with SSE4.1. Else numbers below 2**52 go through an
/// integer; `$fix` corrects the truncated value in xmm1, xmm0 being the argument and xmm2 1.0.
macro_rules! round {
    ($symbol:literal, $mode:literal, [$($fix:literal),*]) => {
        leaf!(
            $symbol,
            [
                "test dword ptr [rip+{features}], {sse41}",
                "je 2f",
                concat!("roundsd xmm0, xmm0, ", $mode),
                "ret",
                "2:",
                "movq rax, xmm0",
                "mov rdx, rax",
                "btr rdx, 63",
                "mov rcx, 0x4330000000000000",
                "cmp rdx, rcx",
                "jae 3f",
                "xor rax, rdx",
                "cvttsd2si rcx, xmm0",
                "xorps xmm1, xmm1",
                "cvtsi2sd xmm1, rcx",
                "movsd xmm2, [rip+grus_math_one]",
                $($fix,)*
                // The result has the argument's sign, which matters if it is zero.
                "movq xmm0, rax",
                "orpd xmm0, xmm1",
                "3:",
                "ret",
            ],
            features = sym FEATURES,
            sse41 = const { feature::SSE41 },
        );
    };
}

round!("math.Floor", "9", ["cmpltsd xmm0, xmm1", "andpd xmm0, xmm2", "subsd xmm1, xmm0"]);
round!(
    "math.Ceil",
    "10",
    ["movapd xmm3, xmm1", "cmpltsd xmm3, xmm0", "andpd xmm3, xmm2", "addsd xmm1, xmm3"]
);
round!("math.Trunc", "11", []);
