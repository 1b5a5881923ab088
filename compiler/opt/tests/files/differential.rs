//! Runs a function before and after passes with the same made-up arguments, and compares what can be seen.

use grus_ir::interp::{Kind, Machine, Random, Stop};
use grus_ir::{Function, ParamKind, Program, Ty};

/// Instructions that a run may take.
const FUEL: u64 = 20_000;

/// Compares two runs with the arguments that belong to the number `input`.
pub fn compare(
    before: &Program,
    after: &Program,
    func: &Function,
    writers: &[&str],
    input: u64,
) -> Result<(), String> {
    let name = before.symbols.name(func.sym);
    let Some(changed) =
        after.funcs.iter().find(|f| after.symbols.name(f.sym) == name).filter(|f| f.sig == func.sig)
    else {
        return Ok(());
    };
    let (want, usable) = observe(before, func, name, writers, input);
    // After the passes a program may take as many instructions again, which is not what is tested here.
    if !usable {
        return Ok(());
    }
    let (got, _) = observe(after, changed, name, writers, input);
    match want == got {
        true => Ok(()),
        false => Err(format!(
            "{name} with input {input}:\n-- before --\n{want}\n-- after --\n{got}\n-- function after --\n{}",
            changed.display(&after.symbols)
        )),
    }
}

/// What a run shows, and whether the program did nothing that is wrong and came to an end.
fn observe(program: &Program, func: &Function, name: &str, writers: &[&str], input: u64) -> (String, bool) {
    let mut m = Machine::new(program);
    for w in writers {
        m.writes_through_arguments(program.symbols.intern(w));
    }
    let mut random = Random::new(name, input);
    let roots = objects(&mut m, &mut random);
    let args: Vec<u64> = (func.sig.params.iter().zip(&func.param_kinds))
        .map(|(&ty, &kind)| argument(ty, kind, &mut m, &roots, &mut random))
        .collect();
    let outcome = m.run(func.sym, &args, FUEL);
    let usable = !matches!(outcome, Err(Stop::Bug(_) | Stop::Limit));
    (m.observe(&func.sig.results, &outcome, &roots), usable)
}

/// Objects of eight words that hold small numbers and pointers to each other.
fn objects(m: &mut Machine<'_>, random: &mut Random) -> Vec<u64> {
    let objects: Vec<u64> = (0..4).map(|_| m.memory.add(Kind::Heap, vec![0; 64], true, None)).collect();
    for &o in &objects {
        for at in (0..64).step_by(8) {
            let word = match random.next() % 10 {
                0..3 => 0,
                3..6 => random.next() % 10,
                _ => objects[(random.next() % 4) as usize],
            };
            m.memory.store(o + at, 8, word).expect("the word lies inside the object");
        }
    }
    objects
}

fn argument(ty: Ty, kind: ParamKind, m: &mut Machine<'_>, objects: &[u64], random: &mut Random) -> u64 {
    const FLOATS: [f64; 10] =
        [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, -1e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let r = random.next();
    let pick = (r >> 8) as usize;
    match (kind, ty) {
        (ParamKind::ResultPtr, _) => m.memory.add(Kind::Heap, vec![0; 256], true, None),
        (ParamKind::Value, Ty::Ptr) if r.is_multiple_of(8) => 0,
        (_, Ty::Ptr) => objects[pick % objects.len()],
        (_, Ty::F32 | Ty::F64) => {
            let x = match r % 3 {
                0 => FLOATS[pick % FLOATS.len()],
                _ => ((r >> 3) as i32 % 1000) as f64 / 8.0,
            };
            if ty == Ty::F64 { x.to_bits() } else { u64::from((x as f32).to_bits()) }
        }
        _ => {
            let min = 1u64 << (ty.bits() - 1);
            let x = match r % 8 {
                0 => [0, 1, u64::MAX, min, min - 1, min + 1, 2, 63, 64][pick % 9],
                1 => r >> 3,
                2 | 3 => (r >> 3) % 2,
                4 | 5 => (r >> 3) % 10,
                _ => ((r >> 3) % 41).wrapping_sub(20),
            };
            grus_ir::eval::truncate(ty, x)
        }
    }
}
