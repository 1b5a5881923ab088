//! Natives of `crypto/internal/fips140/aes` with AES instructions.
//!
//! A round key is 16 bytes in the order of the block. The keys of decryption are those of the equivalent inverse
//! cipher: in reverse, all but the outer ones through the inverse of MixColumns.
//!
//! **Runs on** goroutine stacks (the leaves; no stack use, caller-saved registers only), g0 (`expand_key`).

use core::arch::global_asm;
use core::arch::x86_64::*;

/// Exports the en- or decryption of a block: (nr int, xk *uint32, dst, src *byte) in edi, rsi, rdx, rcx.
macro_rules! block_leaf {
    ($symbol:literal, $round:literal) => {
        global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 32",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "movdqu xmm0, [rcx]",
            "movdqu xmm1, [rsi]",
            "pxor xmm0, xmm1",
            "cmp edi, 12",
            "jb 3f",
            "je 2f",
            "movdqu xmm1, [rsi+16]",
            "movdqu xmm2, [rsi+32]",
            "add rsi, 32",
            concat!($round, " xmm0, xmm1"),
            concat!($round, " xmm0, xmm2"),
            "2:",
            "movdqu xmm1, [rsi+16]",
            "movdqu xmm2, [rsi+32]",
            "add rsi, 32",
            concat!($round, " xmm0, xmm1"),
            concat!($round, " xmm0, xmm2"),
            "3:",
            ".irp at, 16, 32, 48, 64, 80, 96, 112, 128, 144",
            "movdqu xmm1, [rsi+\\at]",
            concat!($round, " xmm0, xmm1"),
            ".endr",
            "movdqu xmm1, [rsi+160]",
            concat!($round, "last xmm0, xmm1"),
            "movdqu [rdx], xmm0",
            "ret",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
        );
    };
}

block_leaf!("crypto/internal/fips140/aes.encryptBlockAsm", "aesenc");
block_leaf!("crypto/internal/fips140/aes.decryptBlockAsm", "aesdec");

/// Exports the encryption of a number of blocks in counter mode: (nr int, xk *[60]uint32, dst, src *[N * 16]byte, ivlo,
/// ivhi uint64) in edi, rsi, rdx, rcx, r8, r9. The counter is one number of 128 bits, its first byte the highest; the
/// last of the blocks has one of `$more` above it. Counters whose low halves do not carry are made in vectors.
macro_rules! counter_leaf {
    ($symbol:literal, $more:literal, $($n:literal)*) => {
        global_asm!(
            concat!(".pushsection \".text.", $symbol, "\",\"ax\",@progbits"),
            ".balign 32",
            concat!(".globl \"", $symbol, "\""),
            concat!(".type \"", $symbol, "\",@function"),
            concat!("\"", $symbol, "\":"),
            "movdqu xmm8, [rsi]",
            concat!("cmp r8, -", $more, "-1"),
            "ja 6f",
            "movq xmm9, r8",
            "movq xmm10, r9",
            "punpcklqdq xmm9, xmm10",
            "movdqa xmm10, [rip+grus_aes_reverse]",
            $(
                concat!("movdqa xmm", $n, ", [rip+grus_aes_counts+16*", $n, "]"),
                concat!("paddq xmm", $n, ", xmm9"),
                concat!("pshufb xmm", $n, ", xmm10"),
                concat!("pxor xmm", $n, ", xmm8"),
            )*
            "2:",
            "cmp edi, 12",
            "jb 4f",
            "je 3f",
            ".irp at, 16, 32",
            "movdqu xmm8, [rsi+\\at]",
            $(concat!("aesenc xmm", $n, ", xmm8"),)*
            ".endr",
            "add rsi, 32",
            "3:",
            ".irp at, 16, 32",
            "movdqu xmm8, [rsi+\\at]",
            $(concat!("aesenc xmm", $n, ", xmm8"),)*
            ".endr",
            "add rsi, 32",
            "4:",
            ".irp at, 16, 32, 48, 64, 80, 96, 112, 128, 144",
            "movdqu xmm8, [rsi+\\at]",
            $(concat!("aesenc xmm", $n, ", xmm8"),)*
            ".endr",
            "movdqu xmm8, [rsi+160]",
            $(concat!("aesenclast xmm", $n, ", xmm8"),)*
            $(
                concat!("movdqu xmm8, [rcx+16*", $n, "]"),
                concat!("pxor xmm", $n, ", xmm8"),
            )*
            $(concat!("movdqu [rdx+16*", $n, "], xmm", $n),)*
            "ret",
            "6:",
            $(
                "mov rax, r9",
                "mov r10, r8",
                "bswap rax",
                "bswap r10",
                concat!("movq xmm", $n, ", rax"),
                concat!("pinsrq xmm", $n, ", r10, 1"),
                "add r8, 1",
                "adc r9, 0",
                concat!("pxor xmm", $n, ", xmm8"),
            )*
            "jmp 2b",
            concat!(".size \"", $symbol, "\", . - \"", $symbol, "\""),
            ".popsection",
        );
    };
}

global_asm!(
    ".pushsection \".rodata.grus.aes\",\"a\",@progbits",
    ".balign 16",
    "grus_aes_reverse: .quad 0x08090a0b0c0d0e0f, 0x0001020304050607",
    "grus_aes_counts: .quad 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0",
    ".popsection",
);

counter_leaf!("crypto/internal/fips140/aes.ctrBlocks1Asm", "0", 0);
counter_leaf!("crypto/internal/fips140/aes.ctrBlocks2Asm", "1", 0 1);
counter_leaf!("crypto/internal/fips140/aes.ctrBlocks4Asm", "3", 0 1 2 3);
counter_leaf!("crypto/internal/fips140/aes.ctrBlocks8Asm", "7", 0 1 2 3 4 5 6 7);

crate::g0_entry! {
    "crypto/internal/fips140/aes.expandKeyAsm" => expand_key,
}

/// expandKeyAsm(nr int, key *byte, enc, dec *uint32).
extern "C" fn expand_key(rounds: usize, key: *const u8, enc: *mut u32, dec: *mut u32) {
    // SAFETY: the caller has looked for the extensions; the key has 4 * (rounds - 6) bytes, the others rounds + 1 blocks.
    unsafe { expand(rounds, key, enc, dec) }
}

#[target_feature(enable = "aes,sse4.1")]
unsafe fn expand(rounds: usize, key: *const u8, enc: *mut u32, dec: *mut u32) {
    let words = rounds - 6;
    // SAFETY: as above.
    unsafe {
        for i in 0..words {
            enc.add(i).write_unaligned(key.cast::<u32>().add(i).read_unaligned());
        }
        let mut last = enc.add(words - 1).read_unaligned();
        let mut constant = 1u32;
        let mut column = 0;
        for i in words..4 * (rounds + 1) {
            if column == 0 {
                last = substituted(last).rotate_right(8) ^ constant;
                constant = (constant << 1) ^ if constant & 0x80 == 0 { 0 } else { 0x11b };
            } else if words == 8 && column == 4 {
                last = substituted(last);
            }
            last ^= enc.add(i - words).read_unaligned();
            enc.add(i).write_unaligned(last);
            column = if column + 1 == words { 0 } else { column + 1 };
        }
        let (enc, dec) = (enc.cast::<__m128i>(), dec.cast::<__m128i>());
        _mm_storeu_si128(dec, _mm_loadu_si128(enc.add(rounds)));
        for i in 1..rounds {
            _mm_storeu_si128(dec.add(i), _mm_aesimc_si128(_mm_loadu_si128(enc.add(rounds - i))));
        }
        _mm_storeu_si128(dec.add(rounds), _mm_loadu_si128(enc));
    }
}

/// The S-box of each byte.
#[inline]
#[target_feature(enable = "aes,sse4.1")]
fn substituted(word: u32) -> u32 {
    let x = _mm_shuffle_epi32::<0>(_mm_cvtsi32_si128(word as i32));
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(x)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[allow(improper_ctypes)]
    unsafe extern "C" {
        #[link_name = "crypto/internal/fips140/aes.encryptBlockAsm"]
        fn encrypt(rounds: usize, keys: *const u32, dst: *mut u8, src: *const u8);
        #[link_name = "crypto/internal/fips140/aes.decryptBlockAsm"]
        fn decrypt(rounds: usize, keys: *const u32, dst: *mut u8, src: *const u8);
        #[link_name = "crypto/internal/fips140/aes.ctrBlocks1Asm"]
        fn counter1(rounds: usize, keys: *const u32, dst: *mut u8, src: *const u8, low: u64, high: u64);
        #[link_name = "crypto/internal/fips140/aes.ctrBlocks8Asm"]
        fn counter8(rounds: usize, keys: *const u32, dst: *mut u8, src: *const u8, low: u64, high: u64);
    }

    /// The examples of FIPS 197.
    #[test]
    fn standard_examples() {
        if !is_x86_feature_detected!("aes") {
            return;
        }
        let want = [
            (16, 0x69c4e0d86a7b0430d8cdb78070b4c55a_u128),
            (24, 0xdda97ca4864cdfe06eaf70a0ec0d7191),
            (32, 0x8ea2b7ca516745bfeafc49904b496089),
        ];
        let plain: Vec<u8> = (0..16).map(|i| i * 0x11).collect();
        for (size, cipher) in want {
            let key: Vec<u8> = (0..size).collect();
            let rounds = key.len() / 4 + 6;
            let (mut enc, mut dec) = ([0u32; 60], [0u32; 60]);
            expand_key(rounds, key.as_ptr(), enc.as_mut_ptr(), dec.as_mut_ptr());
            let mut block = [0u8; 16];
            // SAFETY: keys and blocks are as large as they must be.
            unsafe { encrypt(rounds, enc.as_ptr(), block.as_mut_ptr(), plain.as_ptr()) };
            assert_eq!(u128::from_be_bytes(block), cipher);
            // SAFETY: as above.
            unsafe { decrypt(rounds, dec.as_ptr(), block.as_mut_ptr(), block.as_ptr()) };
            assert_eq!(block[..], plain[..]);
        }
    }

    #[test]
    fn counters_carry() {
        if !is_x86_feature_detected!("aes") {
            return;
        }
        let keys: Vec<u32> = (0..60).map(|i: u32| i.wrapping_mul(0x9e37_79b9)).collect();
        let data: Vec<u8> = (0..128).collect();
        for low in [0, 0x1234_5678_9abc_def0, u64::MAX, u64::MAX - 3, u64::MAX - 7, u64::MAX - 8] {
            for rounds in [10, 12, 14] {
                let (mut one, mut eight) = ([0u8; 128], [0u8; 128]);
                // SAFETY: there are 15 round keys and 8 blocks.
                unsafe {
                    counter8(rounds, keys.as_ptr(), eight.as_mut_ptr(), data.as_ptr(), low, u64::MAX);
                    let mut n = u128::MAX << 64 | u128::from(low);
                    for at in (0..128).step_by(16) {
                        let (dst, src) = (one.as_mut_ptr().add(at), data.as_ptr().add(at));
                        counter1(rounds, keys.as_ptr(), dst, src, n as u64, (n >> 64) as u64);
                        let mut block = n.to_be_bytes();
                        encrypt(rounds, keys.as_ptr(), block.as_mut_ptr(), block.as_ptr());
                        for i in 0..16 {
                            assert_eq!(one[at + i], block[i] ^ data[at + i]);
                        }
                        n = n.wrapping_add(1);
                    }
                }
                assert_eq!(one, eight);
            }
        }
    }
}
