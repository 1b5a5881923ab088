//! Functions that the compiler expands in place: atomic operations (which have no body), bit
//! counting, square root and the like (which have slower ones), and those whose body must not be used.
//!
//! Arguments and results are the scalars of the Go signature. A function that is used as a value, or
//! called by another name, gets a body that consists of its expansion.

use grus_ir::{AtomicOp, BinaryOp, ConvOp, FunctionBuilder, InstData, IntCc, Ty, UnaryOp, Value};
use smallvec::{SmallVec, smallvec};

/// The results of an expansion.
pub type Results = SmallVec<[Value; 2]>;

/// Whether calls of the function are expanded.
pub fn is_intrinsic(package: &str, name: &str) -> bool {
    classify(package, name).is_some()
}

/// Expands a call, if the function is an intrinsic. `results` are the types of its result scalars.
pub fn expand(
    b: &mut FunctionBuilder,
    package: &str,
    name: &str,
    args: &[Value],
    results: &[Ty],
) -> Option<Results> {
    Some(match classify(package, name)? {
        Intrinsic::Load => smallvec![b.ins(InstData::AtomicLoad { ty: results[0], addr: args[0] })],
        Intrinsic::Store => {
            b.push(InstData::AtomicStore { val: args[1], addr: args[0] });
            smallvec![]
        }
        Intrinsic::Rmw(op, returns) => rmw(b, op, returns, args),
        Intrinsic::Cas => {
            smallvec![b.ins(InstData::AtomicCas { addr: args[0], old: args[1], new: args[2] })]
        }
        Intrinsic::Unary(op) => smallvec![b.unary(op, args[0])],
        Intrinsic::Binary(op) => smallvec![b.binary(op, args[0], args[1])],
        Intrinsic::Bits(op) => smallvec![bits(b, op, args[0], results[0])],
        Intrinsic::Rotate => {
            let count = args[1];
            smallvec![b.binary(BinaryOp::Rotl, args[0], count)]
        }
        Intrinsic::MulWide => {
            let high = b.binary(BinaryOp::UmulHi, args[0], args[1]);
            let low = b.binary(BinaryOp::Mul, args[0], args[1]);
            smallvec![high, low]
        }
        Intrinsic::AddCarry => {
            // The sum wraps in at most one of the two additions.
            let (x, y, carry) = (args[0], args[1], args[2]);
            let xy = b.binary(BinaryOp::Add, x, y);
            let c1 = b.icmp(IntCc::Ult, xy, x);
            let sum = b.binary(BinaryOp::Add, xy, carry);
            let c2 = b.icmp(IntCc::Ult, sum, xy);
            let out = b.binary(BinaryOp::Or, c1, c2);
            smallvec![sum, b.convert(ConvOp::Zext, Ty::I64, out)]
        }
        Intrinsic::SubBorrow => {
            let (x, y, borrow) = (args[0], args[1], args[2]);
            let b1 = b.icmp(IntCc::Ult, x, y);
            let xy = b.binary(BinaryOp::Sub, x, y);
            let b2 = b.icmp(IntCc::Ult, xy, borrow);
            let diff = b.binary(BinaryOp::Sub, xy, borrow);
            let out = b.binary(BinaryOp::Or, b1, b2);
            smallvec![diff, b.convert(ConvOp::Zext, Ty::I64, out)]
        }
        Intrinsic::Bitcast => smallvec![b.convert(ConvOp::Bitcast, results[0], args[0])],
        Intrinsic::Identity => smallvec![args[0]],
        Intrinsic::Nothing => smallvec![],
        Intrinsic::KeepAlive => {
            for &val in args {
                b.push(InstData::KeepAlive { val });
            }
            smallvec![]
        }
        Intrinsic::Prefetch => {
            let addr = b.convert(ConvOp::IntToPtr, Ty::Ptr, args[0]);
            b.push(InstData::Prefetch { addr });
            smallvec![]
        }
        Intrinsic::GetG => {
            let g = b.ins(InstData::GetG);
            smallvec![b.convert(ConvOp::IntToPtr, Ty::Ptr, g)]
        }
    })
}

/// What a read-modify-write operation returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Returns {
    Old,
    New,
    Nothing,
}

/// A bit-counting operation; the width is that of the argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum BitOp {
    TrailingZeros,
    LeadingZeros,
    /// Bits needed to represent the value.
    Len,
    OnesCount,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Intrinsic {
    Load,
    Store,
    Rmw(AtomicOp, Returns),
    Cas,
    Unary(UnaryOp),
    Binary(BinaryOp),
    Bits(BitOp),
    Rotate,
    MulWide,
    AddCarry,
    SubBorrow,
    Bitcast,
    Identity,
    Nothing,
    KeepAlive,
    Prefetch,
    GetG,
}

fn classify(package: &str, name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    Some(match package {
        "sync/atomic" => sync_atomic(name)?,
        "internal/runtime/atomic" => runtime_atomic(name)?,
        "math" => match name {
            "sqrt" | "Sqrt" => Unary(UnaryOp::Sqrt),
            "Abs" => Unary(UnaryOp::Fabs),
            "Copysign" => Binary(BinaryOp::Copysign),
            "Float64bits" | "Float64frombits" | "Float32bits" | "Float32frombits" => Bitcast,
            _ => return None,
        },
        "math/bits" => bit_function(name)?,
        "internal/runtime/sys" => match name {
            "Bswap32" | "Bswap64" => Unary(UnaryOp::Bswap),
            "Prefetch" | "PrefetchStreamed" => Prefetch,
            _ => bit_function(name)?,
        },
        "internal/runtime/math" => match name {
            "Mul64" => MulWide,
            "Add64" => AddCarry,
            _ => return None,
        },
        "crypto/internal/constanttime" if name == "boolToUint8" => Identity,
        "internal/abi" if name == "EscapeNonString" => Nothing,
        "runtime" => match name {
            "KeepAlive" => KeepAlive,
            "getg" => GetG,
            _ => return None,
        },
        _ => return None,
    })
}

fn sync_atomic(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    let op = ["Int32", "Uint32", "Int64", "Uint64", "Uintptr"].iter().find_map(|t| name.strip_suffix(t));
    Some(match op {
        Some("Load") => Load,
        Some("Store") => Store,
        Some("Swap") => Rmw(AtomicOp::Xchg, Returns::Old),
        Some("Add") => Rmw(AtomicOp::Add, Returns::New),
        Some("And") => Rmw(AtomicOp::And, Returns::Old),
        Some("Or") => Rmw(AtomicOp::Or, Returns::Old),
        Some("CompareAndSwap") => Cas,
        // The other operations on pointers need write barriers: the runtime has them.
        None if name == "LoadPointer" => Load,
        _ => return None,
    })
}

fn runtime_atomic(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    Some(match name {
        "Load" | "Load8" | "Load64" | "Loadp" | "LoadAcq" | "LoadAcq64" | "LoadAcquintptr"
        | "Loaduintptr" | "Loaduint" | "Loadint32" | "Loadint64" => Load,
        "Store" | "Store8" | "Store64" | "StoreRel" | "StoreRel64" | "StoreReluintptr" | "StorepNoWB"
        | "Storeint32" | "Storeint64" | "Storeuintptr" => Store,
        "Xadd" | "Xadd64" | "Xadduintptr" | "Xaddint32" | "Xaddint64" => Rmw(AtomicOp::Add, Returns::New),
        "Xchg" | "Xchg8" | "Xchg64" | "Xchguintptr" | "Xchgint32" | "Xchgint64" => {
            Rmw(AtomicOp::Xchg, Returns::Old)
        }
        "And8" | "And" => Rmw(AtomicOp::And, Returns::Nothing),
        "Or8" | "Or" => Rmw(AtomicOp::Or, Returns::Nothing),
        "And32" | "And64" | "Anduintptr" => Rmw(AtomicOp::And, Returns::Old),
        "Or32" | "Or64" | "Oruintptr" => Rmw(AtomicOp::Or, Returns::Old),
        "Cas" | "Cas64" | "CasRel" | "Casp1" | "Casint32" | "Casint64" | "Casuintptr" => Cas,
        _ => return None,
    })
}

fn bit_function(name: &str) -> Option<Intrinsic> {
    use Intrinsic::*;
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if !["", "8", "16", "32", "64"].contains(&&name[base.len()..]) {
        return None;
    }
    Some(match base {
        "TrailingZeros" => Bits(BitOp::TrailingZeros),
        "LeadingZeros" => Bits(BitOp::LeadingZeros),
        "Len" => Bits(BitOp::Len),
        "OnesCount" => Bits(BitOp::OnesCount),
        "ReverseBytes" if name != "ReverseBytes8" => Unary(UnaryOp::Bswap),
        "Reverse" => Unary(UnaryOp::Bitrev),
        "RotateLeft" => Rotate,
        "Mul" if matches!(name, "Mul" | "Mul64") => MulWide,
        "Add" if matches!(name, "Add" | "Add64") => AddCarry,
        "Sub" if matches!(name, "Sub" | "Sub64") => SubBorrow,
        _ => return None,
    })
}

fn rmw(b: &mut FunctionBuilder, op: AtomicOp, returns: Returns, args: &[Value]) -> Results {
    let old = b.ins(InstData::AtomicRmw { op, addr: args[0], val: args[1] });
    match returns {
        Returns::Old => smallvec![old],
        Returns::New => {
            debug_assert_eq!(op, AtomicOp::Add, "only additions return the new value");
            smallvec![b.binary(BinaryOp::Add, old, args[1])]
        }
        Returns::Nothing => smallvec![],
    }
}

fn bits(b: &mut FunctionBuilder, op: BitOp, x: Value, result: Ty) -> Value {
    let ty = b.func.ty(x);
    let n = match op {
        BitOp::TrailingZeros => b.unary(UnaryOp::Ctz, x),
        BitOp::LeadingZeros => b.unary(UnaryOp::Clz, x),
        BitOp::OnesCount => b.unary(UnaryOp::Popcnt, x),
        BitOp::Len => {
            let zeros = b.unary(UnaryOp::Clz, x);
            let width = b.iconst(ty, i64::from(ty.bits()));
            b.binary(BinaryOp::Sub, width, zeros)
        }
    };
    if ty == result { n } else { b.convert(ConvOp::Zext, result, n) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use grus_ir::{Signature, Symbols, verify::verify};

    fn body(package: &str, name: &str, params: &[Ty], results: &[Ty]) -> String {
        let symbols = Symbols::new();
        let sig = Signature { params: params.to_vec(), results: results.to_vec() };
        let mut b = FunctionBuilder::new(symbols.intern("f"), sig);
        let args = b.func.params().to_vec();
        let r = expand(&mut b, package, name, &args, results).expect("an intrinsic");
        b.ret(&r);
        let f = b.finish();
        assert_eq!(verify(&f), Ok(()));
        f.display(&symbols).to_string()
    }

    #[test]
    fn an_addition_returns_the_new_value() {
        expect![[r#"
            func @f (ptr, i32) -> (i32) {
            b0(v0: ptr, v1: i32):
                v2 = atomic_rmw add v0, v1
                v3 = add v2, v1
                return v3
            }
        "#]]
        .assert_eq(&body("sync/atomic", "AddInt32", &[Ty::Ptr, Ty::I32], &[Ty::I32]));
    }

    #[test]
    fn counting_widens_its_result() {
        expect![[r#"
            func @f (i16) -> (i64) {
            b0(v0: i16):
                v1 = clz v0
                v2 = iconst.i16 16
                v3 = sub v2, v1
                v4 = zext.i64 v3
                return v4
            }
        "#]]
        .assert_eq(&body("math/bits", "Len16", &[Ty::I16], &[Ty::I64]));
    }

    #[test]
    fn only_the_listed_functions_are_expanded() {
        for (package, name, yes) in [
            ("sync/atomic", "CompareAndSwapUintptr", true),
            ("sync/atomic", "CompareAndSwapPointer", false),
            ("internal/runtime/atomic", "Casp1", true),
            ("math/bits", "Len128", false),
            ("math/bits", "Add32", false),
            ("math", "Floor", false),
            ("main", "sqrt", false),
        ] {
            assert_eq!(is_intrinsic(package, name), yes, "{package}.{name}");
        }
    }
}
