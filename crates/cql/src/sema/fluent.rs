//! Functions of the language in their fluent form (`list.first()`), and those that take an expression over `$this` (`list.where(...)`).

use super::checker::{Checker, Typed};
use super::property::element_query;
use crate::ir::{Expr, Intrinsic, Literal, LocalKind, NodeId, Type, UnaryOp};
use crate::syntax::DiagnosticCode;
use crate::syntax::ast::{ExprId, ExprKind, Library, Name, QualifiedName, Range};

/// Does this function look at each element through `$this`?
pub(super) fn takes_expression(name: &str) -> bool {
    matches!(name, "where" | "select" | "all" | "ofType" | "is" | "as" | "repeat")
}

impl Checker<'_> {
    /// `first()`, `count()`, `exists()`, ... over an already checked source.
    pub(super) fn fluent_system(&mut self, name: &str, operands: &[NodeId], range: Range) -> Option<Typed> {
        let operator = match name {
            "first" => "First",
            "last" => "Last",
            "tail" => "Tail",
            "count" => "Count",
            "exists" => "Exists",
            "distinct" => "Distinct",
            "single" => "SingletonFrom",
            "skip" => "Skip",
            "take" => "Take",
            "not" => "Not",
            "allTrue" => "AllTrue",
            "anyTrue" => "AnyTrue",
            "indexOf" => "PositionOf",
            "startsWith" => "StartsWith",
            "endsWith" => "EndsWith",
            "matches" => "Matches",
            "replaceMatches" => "ReplaceMatches",
            "upper" => "Upper",
            "lower" => "Lower",
            "length" => "Length",
            "substring" => "Substring",
            "toChars" => "ToChars",
            "toString" => "ToString",
            "toInteger" => "ToInteger",
            "toDecimal" => "ToDecimal",
            "toDateTime" => "ToDateTime",
            "toTime" => "ToTime",
            "toDate" => "ToDate",
            "toBoolean" => "ToBoolean",
            "toQuantity" => "ToQuantity",
            "children" => "Children",
            "descendants" | "descendents" => "Descendents",
            "empty" => return Some(self.empty(operands, range)),
            "union" | "combine" | "intersect" | "exclude" => return self.combining(name, operands, range),
            "contains" => {
                let strings = operands.len() == 2 && self.type_of(operands[0]) == Type::STRING;
                return strings.then(|| self.contains_text(operands, range));
            }
            "resolve" => return Some(Ok(self.resolve(operands[0], range))),
            "hasValue" => return Some(Ok(self.has_value(operands[0], range))),
            "toInterval" => return self.helper("ToInterval", operands, range),
            other => {
                // Any function of the language may be called fluently under its own name.
                let known = other.starts_with(char::is_uppercase);
                return known.then(|| self.system_call(other, operands, range)).flatten();
            }
        };
        if operator == "PositionOf" && operands.len() == 2 {
            return Some(self.operator(operator, &[operands[1], operands[0]], None, range));
        }
        Some(self.operator(operator, operands, None, range))
    }

    fn empty(&mut self, operands: &[NodeId], range: Range) -> Typed {
        let exists = self.operator("Exists", operands, None, range)?;
        Ok(self.not(exists, range))
    }

    fn combining(&mut self, name: &str, operands: &[NodeId], range: Range) -> Option<Typed> {
        let [left, right] = operands else { return None };
        use crate::syntax::ast::Infix;
        let op = match name {
            "union" | "combine" => Infix::Union,
            "intersect" => Infix::Intersect,
            _ => Infix::Except,
        };
        Some(self.set_operator(op, *left, *right, range))
    }

    /// `text.contains(part)`: its position is not -1.
    fn contains_text(&mut self, operands: &[NodeId], range: Range) -> Typed {
        let position = self.operator("PositionOf", &[operands[1], operands[0]], None, range)?;
        let zero = self.literal(Literal::Integer(0), range);
        self.operator("GreaterOrEqual", &[position, zero], None, range)
    }

    fn resolve(&mut self, reference: NodeId, range: Range) -> NodeId {
        let expr = Expr::Intrinsic { function: Intrinsic::Resolve, operand: reference };
        self.node(expr, Type::class("FHIR", "Resource"), range)
    }

    fn has_value(&mut self, value: NodeId, range: Range) -> NodeId {
        let expr = Expr::Intrinsic { function: Intrinsic::HasValue, operand: value };
        self.node(expr, Type::BOOLEAN, range)
    }

    /// `where`, `select`, `all`, `repeat`, `ofType`, `is`, `as`.
    pub(super) fn iterating(&mut self, source: NodeId, name: &Name, arguments: &[ExprId], range: Range) -> Typed {
        let [argument] = arguments else {
            return Err(self.fault(DiagnosticCode::NoOverload, range, format!("`{}` takes one operand", name.text)));
        };
        if matches!(&*name.text, "ofType" | "is" | "as") {
            return self.by_type(source, name, *argument, range);
        }
        let ty = self.type_of(source);
        let source = match ty {
            Type::List(_) => source,
            other => self.convert(source, &Type::list(other), range, "the source")?,
        };
        let list = self.type_of(source);
        let element = list.element().cloned().unwrap_or(Type::ANY);
        let local = self.local("$this", LocalKind::This, element);
        let body = self.scoped(|checker| {
            checker.bind("$this", local, true);
            checker.expression(*argument)
        })?;
        match &*name.text {
            "where" => {
                let filter = self.convert(body, &Type::BOOLEAN, range, "the condition")?;
                Ok(self.node(element_query(source, local, Some(filter)), list, range))
            }
            "all" => {
                let condition = self.convert(body, &Type::BOOLEAN, range, "the condition")?;
                let expr = Expr::ForEach { source, local, element: condition };
                let each = self.node(expr, Type::list(Type::BOOLEAN), range);
                self.operator("AllTrue", &[each], None, range)
            }
            repeat => {
                let of = self.type_of(body);
                if repeat == "repeat" {
                    let result = of.element().cloned().unwrap_or(of);
                    let expr = Expr::Repeat { source, local, element: body };
                    return Ok(self.node(expr, Type::list(result), range));
                }
                let expr = Expr::ForEach { source, local, element: body };
                let each = self.node(expr, Type::list(of.clone()), range);
                if of.element().is_none() {
                    return Ok(each);
                }
                let expr = Expr::Unary { op: UnaryOp::Flatten, operand: each };
                Ok(self.node(expr, of, range))
            }
        }
    }

    /// `x.ofType(T)`, `x.is(T)`, `x.as(T)`: the operand names a type.
    fn by_type(&mut self, source: NodeId, name: &Name, argument: ExprId, range: Range) -> Typed {
        let ast = self.ast();
        let written = type_name(&ast, argument);
        let Some(written) = written else {
            return Err(self.fault(
                DiagnosticCode::UnknownType,
                ast.expr(argument).span,
                format!("`{}` takes the name of a type", name.text),
            ));
        };
        let ty = self.named_type(&written)?;
        match &*name.text {
            "is" => {
                let expr = Expr::Is { operand: source, ty: self.models.runtime_type(&ty) };
                Ok(self.node(expr, Type::BOOLEAN, range))
            }
            "as" => self.as_node(source, ty, false, range),
            _ => {
                let list = self.type_of(source);
                let element = list.element().cloned().unwrap_or(Type::ANY);
                let span = self.span(range);
                let local = self.local("$this", LocalKind::This, element);
                let one = self.local_ref(local, span);
                let expr = Expr::Is { operand: one, ty: self.models.runtime_type(&ty) };
                let filter = self.node(expr, Type::BOOLEAN, range);
                let query = element_query(source, local, Some(filter));
                Ok(self.node(query, Type::list(ty), range))
            }
        }
    }
}

/// `FHIR.Patient` written as an expression.
fn type_name(ast: &Library, id: ExprId) -> Option<QualifiedName> {
    let expr = ast.expr(id);
    match &expr.kind {
        ExprKind::Name(name) => {
            Some(QualifiedName { parts: vec![Name { text: name.clone(), span: expr.span }], span: expr.span })
        }
        ExprKind::Member { source, name } => {
            let mut qualified = type_name(ast, *source)?;
            qualified.parts.push(name.clone());
            qualified.span = expr.span;
            Some(qualified)
        }
        _ => None,
    }
}
