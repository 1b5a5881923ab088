//! Leaves of `math` that are assembly in Go's library: bit for bit the same results.
//!
//! `Exp` and `Exp2` are the algorithm of the portable versions, with multiply-add instructions at fixed places. A
//! native stands in for the Go body of the same name.
//!
//! **Runs on** goroutine stacks; no stack use. Changes caller-saved registers only.

use core::arch::global_asm;

global_asm!(
    ".pushsection \".rodata.grus.math\",\"a\",@progbits",
    ".balign 16",
    "grus_math_ln2_hi: .double 6.93147180369123816490e-01",
    "grus_math_ln2_lo: .double 1.90821492927058770002e-10",
    "grus_math_log2e: .double 1.44269504088896338700e+00",
    "grus_math_exp_max: .double 7.09782712893383973096e+02",
    "grus_math_exp_min: .double -7.45133219101941108420e+02",
    "grus_math_exp2_max: .double 1.0239999999999999e+03",
    "grus_math_exp2_min: .double -1.0740e+03",
    // P5 to P1.
    "grus_math_exp: .double 4.13813679705723846039e-08, -1.65339022054652515390e-06, 6.61375632143793436117e-05",
    ".double -2.77777777770155933842e-03, 1.66666666666666657415e-01",
    ".popsection",
);

/// Exports a leaf under a Go link name.
macro_rules! leaf {
    ($symbol:literal, [$($line:literal),* $(,)?]) => {
        global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 16",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            $($line,)*
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
        );
    };
}

global_asm!(
    ".macro GRUS_MATH_LOAD reg, name",
    "adrp x9, \\name",
    "ldr \\reg, [x9, :lo12:\\name]",
    ".endm",
    // e**(hi-lo) * 2**x10, hi in d4, lo in d5; returns.
    ".macro GRUS_MATH_EXP_MULTI",
    "fsub d6, d4, d5",
    "fmul d7, d6, d6",
    "adrp x9, grus_math_exp",
    "add x9, x9, :lo12:grus_math_exp",
    "ldr d16, [x9]",
    ".irp i, 8, 16, 24, 32",
    "ldr d17, [x9, #\\i]",
    "fmadd d16, d16, d7, d17",
    ".endr",
    // c = r - t*P; y = 1 - ((lo - r*c/(2-c)) - hi).
    "fmsub d16, d16, d7, d6",
    "fmov d17, #2.0",
    "fsub d17, d17, d16",
    "fmul d18, d6, d16",
    "fdiv d18, d18, d17",
    "fsub d18, d5, d18",
    "fsub d18, d18, d4",
    "fmov d1, #1.0",
    "fsub d18, d1, d18",
    // Scale by adding to the exponent; a subnormal result in two steps.
    "fmov x11, d18",
    "and x12, x11, #0x000fffffffffffff",
    "lsr x11, x11, #52",
    "add x11, x11, x10",
    "cmp x11, #1",
    "b.ge 2f",
    "add x11, x11, #52",
    "mov x13, #0x3cb0000000000000",
    "fmov d1, x13",
    "2:",
    "orr x12, x12, x11, lsl #52",
    "fmov d0, x12",
    "fmul d0, d0, d1",
    "ret",
    ".endm",
);

leaf!(
    "math.Exp",
    [
        "fcmp d0, d0",
        "b.ne 5f",
        "GRUS_MATH_LOAD d1, grus_math_exp_max",
        "fcmp d0, d1",
        "b.gt 7f",
        "GRUS_MATH_LOAD d1, grus_math_exp_min",
        "fcmp d0, d1",
        "b.lt 6f",
        // Below 2**-28: 1 + x.
        "mov x9, #0x3e30000000000000",
        "fmov d2, x9",
        "fabs d3, d0",
        "fmov d1, #1.0",
        "fcmp d3, d2",
        "b.lt 4f",
        "GRUS_MATH_LOAD d2, grus_math_log2e",
        "fmov d3, #0.5",
        "fnmsub d4, d2, d0, d3",
        "fmadd d3, d2, d0, d3",
        "fcmp d0, #0.0",
        "fcsel d3, d4, d3, lt",
        "fcvtzs x10, d3",
        "scvtf d3, x10",
        "GRUS_MATH_LOAD d4, grus_math_ln2_hi",
        "GRUS_MATH_LOAD d5, grus_math_ln2_lo",
        "fmsub d4, d4, d3, d0",
        "fmul d5, d5, d3",
        "GRUS_MATH_EXP_MULTI",
        "4:",
        "fadd d0, d0, d1",
        "5:",
        "ret",
        "6:",
        "fmov d0, xzr",
        "ret",
        "7:",
        "mov x9, #0x7ff0000000000000",
        "fmov d0, x9",
        "ret",
    ]
);

leaf!(
    "math.Exp2",
    [
        "fcmp d0, d0",
        "b.ne 5f",
        "GRUS_MATH_LOAD d1, grus_math_exp2_max",
        "fcmp d0, d1",
        "b.gt 7f",
        "GRUS_MATH_LOAD d1, grus_math_exp2_min",
        "fcmp d0, d1",
        "b.lt 6f",
        "fmov d2, #0.5",
        "fsub d3, d0, d2",
        "fadd d4, d0, d2",
        "fcmp d0, #0.0",
        "fcsel d3, d3, d4, lt",
        "fcvtzs x10, d3",
        "scvtf d3, x10",
        "fsub d3, d0, d3",
        "GRUS_MATH_LOAD d4, grus_math_ln2_hi",
        "GRUS_MATH_LOAD d5, grus_math_ln2_lo",
        "fmul d4, d4, d3",
        "fnmul d5, d5, d3",
        "GRUS_MATH_EXP_MULTI",
        "5:",
        "ret",
        "6:",
        "fmov d0, xzr",
        "ret",
        "7:",
        "mov x9, #0x7ff0000000000000",
        "fmov d0, x9",
        "ret",
    ]
);

leaf!("math.Floor", ["frintm d0, d0", "ret"]);
leaf!("math.Ceil", ["frintp d0, d0", "ret"]);
leaf!("math.Trunc", ["frintz d0, d0", "ret"]);

// An infinity of the wanted sign wins over NaN.
leaf!(
    "math.Max",
    [
        "mov x9, #0x7ff0000000000000",
        "fmov x10, d0",
        "fmov x11, d1",
        "fmax d0, d0, d1",
        "cmp x10, x9",
        "ccmp x11, x9, #4, ne",
        "b.ne 2f",
        "fmov d0, x9",
        "2:",
        "ret",
    ]
);

leaf!(
    "math.Min",
    [
        "mov x9, #-0x10000000000000",
        "fmov x10, d0",
        "fmov x11, d1",
        "fmin d0, d0, d1",
        "cmp x10, x9",
        "ccmp x11, x9, #4, ne",
        "b.ne 2f",
        "fmov d0, x9",
        "2:",
        "ret",
    ]
);
