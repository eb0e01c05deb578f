//! Do the elements an expression names exist? A walk over the tree with the types that can be known without a document.

use crate::Fault;
use crate::ast::{Call, Expr, Op};
use crate::parser::as_type_name;
use crate::types::{self, Class};

/// What an expression may be; `None` when that cannot be said.
type Known = Option<Vec<Class>>;

pub(crate) fn check(expr: &Expr, type_name: &str) -> Result<(), Vec<Fault>> {
    let Some(class) = types::class(type_name) else {
        return Err(vec![Fault::Semantic(format!("there is no type {type_name}"))]);
    };
    let mut checker = Checker { root: class, this: Some(vec![class]), faults: Vec::new() };
    checker.of(expr);
    if checker.faults.is_empty() { Ok(()) } else { Err(checker.faults) }
}

struct Checker {
    root: Class,
    this: Known,
    faults: Vec<Fault>,
}

impl Checker {
    fn of(&mut self, expr: &Expr) -> Known {
        match expr {
            Expr::This => self.this.clone(),
            Expr::Variable(name) if matches!(name.as_str(), "resource" | "rootResource" | "context") => Some(vec![self.root]),
            Expr::Member(None, name) => {
                let this = self.this.clone();
                if let Some(classes) = &this
                    && let Some(class) = classes.iter().find(|c| !c.is_primitive() && c.specializes(name))
                {
                    return Some(vec![*class]);
                }
                self.member(this, name)
            }
            Expr::Member(Some(input), name) => {
                let input = self.of(input);
                self.member(input, name)
            }
            Expr::Call(input, call) => {
                let by_order = ["first", "last", "tail", "skip", "take"].contains(&call.name.as_str());
                if by_order
                    && let Some(Expr::Call(_, inner)) = input.as_deref()
                    && matches!(inner.name.as_str(), "children" | "descendants")
                {
                    let message = format!("{}() has no order that {}() could ask for", inner.name, call.name);
                    self.faults.push(Fault::Semantic(message));
                }
                let input = match input {
                    Some(input) => self.of(input),
                    None => self.this.clone(),
                };
                self.call(input, call)
            }
            Expr::Indexer(input, index) => {
                self.of(index);
                self.of(input)
            }
            Expr::Sign(_, operand) => self.of(operand),
            Expr::Type(is, operand, wanted) => {
                self.of(operand);
                if *is { None } else { types::class(&wanted.name).map(|c| vec![c]) }
            }
            Expr::Binary(op, left, right) => {
                let (left, right) = (self.of(left), self.of(right));
                match (op, left, right) {
                    (Op::Union, Some(mut left), Some(right)) => {
                        left.extend(right);
                        Some(left)
                    }
                    _ => None,
                }
            }
            Expr::Empty | Expr::Literal(_) | Expr::Index | Expr::Total | Expr::Variable(_) => None,
        }
    }

    fn member(&mut self, input: Known, name: &str) -> Known {
        let classes = input?;
        let mut found = Vec::new();
        for class in &classes {
            // What a resource of any type has cannot be said.
            if matches!(class.name(), "Resource" | "DomainResource" | "Element" | "BackboneElement") {
                return None;
            }
            if let Some(element) = class.element(name) {
                match element.choice {
                    Some(alternatives) => found.extend(alternatives.into_iter().map(|(_, class)| class)),
                    None => found.push(element.class),
                }
            }
        }
        if found.is_empty() {
            let names: Vec<&str> = classes.iter().map(|c| c.name()).collect();
            self.faults.push(Fault::Semantic(format!("{} has no element `{name}`", names.join(", "))));
            return None;
        }
        Some(found)
    }

    fn call(&mut self, input: Known, call: &Call) -> Known {
        let of_item = matches!(
            call.name.as_str(),
            "where" | "select" | "all" | "exists" | "repeat" | "aggregate" | "iif" | "trace" | "sort"
        );
        if matches!(call.name.as_str(), "is" | "as" | "ofType") {
            let wanted = call.arguments.first().and_then(as_type_name).and_then(|name| types::class(&name.name));
            return if call.name == "is" { None } else { wanted.map(|c| vec![c]) };
        }
        let outer = self.this.clone();
        let inner = if of_item && call.name != "repeat" {
            input.clone()
        } else if of_item {
            None
        } else {
            outer.clone()
        };
        self.this = inner;
        let arguments: Vec<Known> = call.arguments.iter().map(|argument| self.of(argument)).collect();
        self.this = outer;
        match call.name.as_str() {
            "where" | "first" | "last" | "tail" | "skip" | "take" | "single" | "distinct" | "trace" | "exclude" | "intersect"
            | "sort" => input,
            "select" => arguments.into_iter().next().flatten(),
            "extension" => types::class("Extension").map(|c| vec![c]),
            _ => None,
        }
    }
}
