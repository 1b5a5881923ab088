//! Functions that tracebacks, `Callers` and recover treat specially: values of `abi.FuncID` by link name.

use grus_ir::FuncId;

/// The `FuncID` of a function (numbers of `internal/abi`).
pub fn func_id(link_name: &str) -> FuncId {
    FuncId(match link_name {
        "runtime.corostart" => 5,
        "runtime.goexit" => 8,
        "runtime.gopanic" => 10,
        "runtime.panicwrap" => 15,
        "runtime.main" => 17,
        "runtime.runFinalizers" => 18,
        "runtime.runCleanups" => 19,
        "runtime.sigpanic" => 20,
        // Between gopanic and a deferred function called by reflection there are only wrappers.
        "reflect.callReflect"
        | "reflect.callMethod"
        | "reflect.callFrame"
        | "reflect.makeFuncEntry"
        | "reflect.methodValueEntry"
        | "runtime.reflectcall" => return FuncId::WRAPPER,
        _ => return FuncId::NORMAL,
    })
}
