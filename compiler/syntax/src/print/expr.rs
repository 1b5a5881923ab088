//! Printing of expressions, types and fields.

use super::*;

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: ExprId) {
        use ExprKind::*;
        let file = self.file;
        match file.exprs[expr].kind {
            Bad => self.text("<bad expr>"),
            Name(name) => self.text(name.as_str()),
            BasicLit { .. } => self.text(file.lit_text(expr)),
            FuncLit { typ, body } => {
                self.expr(typ);
                self.blank();
                if self.short {
                    let (list, _) = file.block(body);
                    self.text(if list.is_empty() { "{" } else { "{…" });
                    self.close("}");
                } else {
                    self.stmt(body);
                }
            }
            CompositeLit { typ, elems, .. } => {
                if let Some(typ) = typ.expand() {
                    self.expr(typ);
                }
                self.text("{");
                if self.short {
                    if !elems.is_empty() {
                        self.text("…");
                    }
                } else {
                    self.expr_list(&file[elems]);
                }
                self.close("}");
            }
            Paren(x) => {
                self.text("(");
                self.expr(x);
                self.close(")");
            }
            Selector { x, sel } => {
                self.expr(x);
                self.text(".");
                self.expr(sel);
            }
            Index { x, index } => {
                self.expr(x);
                self.text("[");
                self.expr(index);
                self.text("]");
            }
            Slice { x, index, .. } => {
                self.expr(x);
                self.text("[");
                if let Some(i) = index[0].expand() {
                    self.expr(i);
                }
                self.text(":");
                if let Some(j) = index[1].expand() {
                    self.expr(j);
                }
                if let Some(k) = index[2].expand() {
                    self.text(":");
                    self.expr(k);
                }
                self.text("]");
            }
            Assert { x, typ } => {
                self.expr(x);
                self.text(".(");
                self.expr(typ);
                self.close(")");
            }
            TypeSwitchGuard { lhs, x } => {
                if let Some(lhs) = lhs.expand() {
                    self.expr(lhs);
                    self.text(" := ");
                }
                self.expr(x);
                self.text(".(type)");
            }
            Call { fun, args, has_dots } => {
                self.expr(fun);
                self.text("(");
                self.expr_list(&file[args]);
                if has_dots {
                    self.text("...");
                }
                self.close(")");
            }
            Unary { op, x } => {
                self.operator(op);
                self.expr(x);
            }
            Binary { mut op, mut x, mut y } => {
                // Long sums lean to the left: their operands are gathered without recursion.
                let mut rest = Vec::new();
                loop {
                    rest.push((op, y));
                    let Binary { op: left_op, x: left, y: right } = file.kind(x) else { break };
                    (op, x, y) = (left_op, left, right);
                }
                self.expr(x);
                for (op, y) in rest.into_iter().rev() {
                    self.blank();
                    self.operator(op);
                    self.blank();
                    self.expr(y);
                }
            }
            KeyValue { key, value } => {
                self.expr(key);
                self.text(":");
                self.blank();
                self.expr(value);
            }
            List(list) => self.expr_list(&file[list]),
            ArrayType { len, elem } => {
                self.text("[");
                match len.expand() {
                    Some(len) => self.expr(len),
                    None => self.text("..."),
                }
                self.text("]");
                self.expr(elem);
            }
            SliceType(elem) => {
                self.text("[]");
                self.expr(elem);
            }
            DotsType(elem) => {
                self.text("...");
                self.expr(elem);
            }
            StructType { fields } => {
                self.text("struct{");
                self.struct_fields(fields);
                self.close("}");
            }
            FuncType { params, results } => {
                self.text("func");
                self.signature(params, results);
            }
            InterfaceType { methods } => {
                self.text("interface{");
                for (i, method) in methods.iter().enumerate() {
                    if i > 0 {
                        self.semi();
                        self.blank();
                    }
                    self.method(method);
                }
                self.close("}");
            }
            MapType { key, value } => {
                self.text("map[");
                self.expr(key);
                self.text("]");
                self.expr(value);
            }
            ChanType { dir, elem } => {
                self.text(match dir {
                    ChanDir::Both => "chan",
                    ChanDir::SendOnly => "chan<-",
                    ChanDir::RecvOnly => "<-chan",
                });
                self.blank();
                // `chan (<-chan T)` must not become `chan <-chan T`.
                let ambiguous = dir == ChanDir::Both
                    && matches!(file.kind(elem), ChanType { dir: ChanDir::RecvOnly, .. });
                if ambiguous {
                    self.text("(");
                }
                self.expr(elem);
                if ambiguous {
                    self.close(")");
                }
            }
        }
    }

    pub(super) fn field(&mut self, field: FieldId) {
        let field = self.file.fields[field];
        if let Some(name) = field.name.expand() {
            self.expr(name);
            self.blank();
        }
        self.expr(field.typ);
    }

    fn method(&mut self, method: FieldId) {
        let field = self.file.fields[method];
        match (field.name.expand(), self.file.kind(field.typ)) {
            (Some(name), ExprKind::FuncType { params, results }) => {
                self.expr(name);
                self.signature(params, results);
            }
            _ => self.expr(field.typ),
        }
    }

    /// The fields of a struct; neighbours that share their type are printed as one list.
    fn struct_fields(&mut self, fields: IdRange<FieldId>) {
        let mut iter = fields.iter().peekable();
        let mut first = true;
        while let Some(id) = iter.next() {
            let field = self.file.fields[id];
            if !first {
                self.semi();
                self.blank();
            }
            first = false;
            if let Some(name) = field.name.expand() {
                self.expr(name);
                while let Some(next) = iter.next_if(|&next| {
                    let next = &self.file.fields[next];
                    next.name.is_some() && next.typ == field.typ
                }) {
                    self.text(",");
                    self.blank();
                    self.expr(self.file.fields[next].name.expect("checked above"));
                }
                self.blank();
            }
            self.expr(field.typ);
            if let Some(tag) = field.tag.expand() {
                self.blank();
                self.expr(tag);
            }
        }
    }

    pub(super) fn signature(&mut self, params: IdRange<FieldId>, results: IdRange<FieldId>) {
        self.parameters(params, "(", ")");
        if results.is_empty() {
            return;
        }
        self.blank();
        let first = self.file.fields[results.first().expect("not empty")];
        if results.len() == 1 && first.name.is_none() {
            self.expr(first.typ);
        } else {
            self.parameters(results, "(", ")");
        }
    }

    fn parameters(&mut self, list: IdRange<FieldId>, open: &str, close: &str) {
        self.text(open);
        let mut iter = list.iter().peekable();
        let mut first = true;
        while let Some(id) = iter.next() {
            let field = self.file.fields[id];
            if !first {
                self.text(",");
                self.blank();
            }
            first = false;
            if let Some(name) = field.name.expand() {
                self.expr(name);
                let shared = iter.peek().is_some_and(|&next| {
                    let next = &self.file.fields[next];
                    next.name.is_some() && next.typ == field.typ
                });
                if shared {
                    continue;
                }
                self.blank();
            }
            self.expr(field.typ);
        }
        self.close(close);
    }

    /// Type parameters of a type (`of_type`) or function; nothing if there are none.
    pub(super) fn type_parameters(&mut self, list: IdRange<FieldId>, of_type: bool) {
        let Some(first) = list.first() else { return };
        // `[P *T]` of a type would be read as an array length: it needs a trailing comma.
        let comma = of_type && list.len() == 1 && self.combines_with_name(self.file.fields[first].typ);
        self.parameters(list, "[", if comma { ",]" } else { "]" });
    }

    /// Whether a name followed by the expression reads as another expression.
    fn combines_with_name(&self, expr: ExprId) -> bool {
        match self.file.kind(expr) {
            ExprKind::Unary { op, x } => op == Operator::Mul && !self.file.is_type_elem(x),
            ExprKind::Binary { x, y, .. } => self.combines_with_name(x) && !self.file.is_type_elem(y),
            ExprKind::Paren(x) => !self.file.is_type_elem(x),
            _ => false,
        }
    }
}

impl File {
    /// Whether the expression can only be an element of a type set: it contains a type literal or a `~`.
    pub(crate) fn is_type_elem(&self, mut expr: ExprId) -> bool {
        loop {
            expr = match self.kind(expr) {
                ExprKind::Unary { op: Operator::Tilde, .. } => return true,
                ExprKind::Binary { y, .. } if self.is_type_elem(y) => return true,
                ExprKind::Unary { x, .. } | ExprKind::Binary { x, .. } | ExprKind::Paren(x) => x,
                _ => return self.is_type_literal(expr),
            }
        }
    }
}
