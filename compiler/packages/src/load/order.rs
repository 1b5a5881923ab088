//! The order of packages by their imports, and cycles in it.

use super::{Loader, PackageId};
use crate::filenames::base_name;

impl Loader<'_> {
    /// Orders the packages, or reports the first import cycle.
    pub(super) fn sort(&mut self) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let n = self.loaded.packages.len();
        let mut state = vec![State::New; n];
        let mut order = Vec::with_capacity(n);
        for start in 0..n {
            if state[start] != State::New {
                continue;
            }
            let mut stack = vec![(start, 0)];
            state[start] = State::Open;
            while let Some(&mut (p, ref mut i)) = stack.last_mut() {
                let Some(&(_, PackageId(q))) = self.loaded.packages[p].imports.get(*i) else {
                    state[p] = State::Done;
                    order.push(PackageId(p as u32));
                    stack.pop();
                    continue;
                };
                *i += 1;
                match state[q as usize] {
                    State::Done => {}
                    State::New => {
                        state[q as usize] = State::Open;
                        stack.push((q as usize, 0));
                    }
                    State::Open => {
                        let path: Vec<usize> = stack.iter().map(|s| s.0).collect();
                        self.report_cycle(&path, q as usize);
                        return;
                    }
                }
            }
        }
        self.loaded.order = order;
    }

    fn report_cycle(&mut self, stack: &[usize], closing: usize) {
        let packages = &self.loaded.packages;
        let mut text = format!("package {}", packages[stack[0]].path);
        for (i, &p) in stack.iter().enumerate() {
            let q = stack.get(i + 1).copied().unwrap_or(closing);
            let file = packages[p].files.iter().find(|f| {
                f.imports().any(|(_, _, path)| {
                    packages[p].imports.iter().any(|(w, id)| *w == path && id.0 == q as u32)
                })
            });
            let file = file.map_or(String::new(), |f| format!(" from {}", base_name(f.source.name())));
            text += &format!("\n\timports {}{file}", packages[q].path);
        }
        self.errors
            .push(text + ": import cycle not allowed" + if self.tested.is_some() { " in test" } else { "" });
    }
}
