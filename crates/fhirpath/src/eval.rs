//! Evaluation of the tree.

use crate::ast::{Expr, Op, TypeName};
use crate::item::{Item, Node};
use crate::{Context, Fault, compare, functions, numbers, types};
use cql::ops::{Env, logical};
use cql::value::{Tri, Value};

pub(crate) type Items<'d> = Vec<Item<'d>>;
pub(crate) type Found<'d> = Result<Items<'d>, Fault>;

pub(crate) fn evaluate<'d>(expr: &Expr, input: json::Value<'d>, context: &Context<'_>) -> Found<'d> {
    let root = Item::Node(Node::of(input, None));
    let mut evaluator = Evaluator { context, env: Env::new(context.now), root: input, steps: 0, focus: Focus::of(vec![root]) };
    evaluator.eval(expr)
}

/// What `$this`, `$index` and `$total` are.
#[derive(Clone, Default)]
pub(crate) struct Focus<'d> {
    pub(crate) this: Items<'d>,
    pub(crate) index: Option<i32>,
    pub(crate) total: Option<Items<'d>>,
}

impl<'d> Focus<'d> {
    fn of(this: Items<'d>) -> Focus<'d> {
        Focus { this, index: None, total: None }
    }
}

pub(crate) struct Evaluator<'e, 'd> {
    pub(crate) context: &'e Context<'e>,
    pub(crate) env: Env<'static>,
    pub(crate) root: json::Value<'d>,
    pub(crate) focus: Focus<'d>,
    steps: u64,
}

pub(crate) fn execution<T>(message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Execution(message.into()))
}

/// The only item; `None` of an empty collection.
pub(crate) fn single<'c, 'd>(what: &str, items: &'c [Item<'d>]) -> Result<Option<&'c Item<'d>>, Fault> {
    match items {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => execution(format!("{what}: one item was expected, there are {}", items.len())),
    }
}

/// The System value of the only item.
pub(crate) fn single_value(what: &str, items: &[Item<'_>]) -> Result<Option<Value>, Fault> {
    match single(what, items)? {
        None => Ok(None),
        Some(item) => match item.value() {
            Some(value) => Ok(Some(value)),
            // A primitive that has only extensions has no value.
            None if matches!(item, Item::Node(node) if node.value.is_none()) => Ok(None),
            None => execution(format!("{what}: the item has no value")),
        },
    }
}

/// A collection as a truth value: a single item that is no Boolean is true.
pub(crate) fn truth(what: &str, items: &[Item<'_>]) -> Result<Tri, Fault> {
    Ok(single(what, items)?.map(|item| match item.value() {
        Some(Value::Boolean(b)) => b,
        _ => true,
    }))
}

pub(crate) fn one<'d>(value: Value) -> Items<'d> {
    match value {
        Value::Null => Vec::new(),
        value => vec![Item::Value(value)],
    }
}

pub(crate) fn boolean<'d>(truth: Tri) -> Items<'d> {
    one(Value::from_tri(truth))
}

impl<'d> Evaluator<'_, 'd> {
    pub(crate) fn eval(&mut self, expr: &Expr) -> Found<'d> {
        self.step()?;
        // The parser's limit bounds the height of the tree, and so the recursion.
        let result = self.node(expr)?;
        if result.len() > self.context.limits.max_items {
            return Err(Fault::Limit("items in a collection"));
        }
        Ok(result)
    }

    pub(crate) fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > self.context.limits.max_steps {
            return Err(Fault::Limit("operations"));
        }
        Ok(())
    }

    fn node(&mut self, expr: &Expr) -> Found<'d> {
        match expr {
            Expr::Empty => Ok(Vec::new()),
            Expr::Literal(value) => Ok(one(value.clone())),
            Expr::This => Ok(self.focus.this.clone()),
            Expr::Index => Ok(self.focus.index.map(|i| Item::Value(Value::Integer(i))).into_iter().collect()),
            Expr::Total => Ok(self.focus.total.clone().unwrap_or_default()),
            Expr::Variable(name) => self.variable(name),
            Expr::Member(None, name) => Ok(self.first_member(name)),
            Expr::Member(Some(input), name) => {
                let input = self.eval(input)?;
                self.members(&input, name)
            }
            Expr::Call(input, call) => {
                let input = match input {
                    Some(input) => self.eval(input)?,
                    None => self.focus.this.clone(),
                };
                functions::call(self, input, call)
            }
            Expr::Indexer(input, index) => {
                let input = self.eval(input)?;
                match single_value("[]", &self.eval(index)?)? {
                    Some(Value::Integer(i)) => {
                        Ok(usize::try_from(i).ok().and_then(|i| input.into_iter().nth(i)).into_iter().collect())
                    }
                    None => Ok(Vec::new()),
                    Some(_) => execution("an index is an Integer"),
                }
            }
            Expr::Sign(negative, operand) => {
                let items = self.eval(operand)?;
                match single_value("a sign", &items)? {
                    None => Ok(Vec::new()),
                    Some(value @ (Value::Integer(_) | Value::Long(_) | Value::Decimal(_) | Value::Quantity(_))) => {
                        if *negative {
                            numbers::from_op(cql::ops::arithmetic::negate(&value))
                        } else {
                            Ok(one(value))
                        }
                    }
                    Some(other) => execution(format!("a {} has no sign", other.type_name())),
                }
            }
            Expr::Type(is, operand, wanted) => {
                let items = self.eval(operand)?;
                if *is { is_type(&items, wanted) } else { as_type(items, wanted) }
            }
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
        }
    }

    /// The first name of a path: the type of the focus itself, or an element of it.
    fn first_member(&mut self, name: &str) -> Items<'d> {
        let mut out = Vec::new();
        let this = std::mem::take(&mut self.focus.this);
        for item in &this {
            match item {
                Item::Node(node) if node.class.is_some_and(|c| !c.is_primitive() && c.specializes(name)) => {
                    out.push(item.clone())
                }
                Item::Node(node) => node.members(name, &mut out),
                _ => {}
            }
        }
        self.focus.this = this;
        out
    }

    fn members(&mut self, input: &[Item<'d>], name: &str) -> Found<'d> {
        let mut out = Vec::new();
        for item in input {
            self.step()?;
            match item {
                Item::Node(node) => node.members(name, &mut out),
                Item::Type(info) if name == "name" => out.extend(one(Value::string(&info.name))),
                Item::Type(info) if name == "namespace" => out.extend(one(Value::string(info.namespace))),
                Item::Value(Value::Quantity(q)) if name == "value" => out.push(Item::Value(Value::Decimal(q.value))),
                Item::Value(Value::Quantity(q)) if name == "unit" => out.push(Item::Value(Value::string(q.unit.as_str()))),
                _ => {}
            }
        }
        Ok(out)
    }

    fn variable(&self, name: &str) -> Found<'d> {
        let text = match name {
            "sct" => "http://snomed.info/sct".to_owned(),
            "loinc" => "http://loinc.org".to_owned(),
            "ucum" => "http://unitsofmeasure.org".to_owned(),
            "resource" | "rootResource" | "context" => return Ok(vec![Item::Node(Node::of(self.root, None))]),
            _ if name.starts_with("vs-") => format!("http://hl7.org/fhir/ValueSet/{}", &name[3..]),
            _ if name.starts_with("ext-") => format!("http://hl7.org/fhir/StructureDefinition/{}", &name[4..]),
            _ => match self.context.variables.iter().find(|(n, _)| *n == name) {
                Some((_, value)) => return Ok(one(value.clone())),
                None => return execution(format!("there is no variable %{name}")),
            },
        };
        Ok(one(Value::string(&text)))
    }

    fn binary(&mut self, op: Op, left: &Expr, right: &Expr) -> Found<'d> {
        let l = self.eval(left)?;
        let r = self.eval(right)?;
        match op {
            Op::And | Op::Or | Op::Xor | Op::Implies => {
                let (l, r) = (truth("a condition", &l)?, truth("a condition", &r)?);
                Ok(boolean(match op {
                    Op::And => logical::and(l, r),
                    Op::Or => logical::or(l, r),
                    Op::Xor => logical::xor(l, r),
                    _ => logical::implies(l, r),
                }))
            }
            Op::Union => {
                let mut all = l;
                all.extend(r);
                self.distinct(all)
            }
            Op::Equal => Ok(boolean(compare::equal_collections(&self.env, &l, &r))),
            Op::NotEqual => Ok(boolean(compare::equal_collections(&self.env, &l, &r).map(|b| !b))),
            Op::Equivalent => Ok(boolean(Some(compare::equivalent_collections(&self.env, &l, &r)))),
            Op::NotEquivalent => Ok(boolean(Some(!compare::equivalent_collections(&self.env, &l, &r)))),
            Op::In => self.membership(&l, &r),
            Op::Contains => self.membership(&r, &l),
            Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
                let pair = single_value("a comparison", &l)?.zip(single_value("a comparison", &r)?);
                let Some((l, r)) = pair else { return Ok(Vec::new()) };
                let question = match op {
                    Op::Less => cql::ops::Outcomes::less,
                    Op::LessOrEqual => cql::ops::Outcomes::less_or_equal,
                    Op::Greater => cql::ops::Outcomes::greater,
                    _ => cql::ops::Outcomes::greater_or_equal,
                };
                Ok(boolean(compare::order(&self.env, &l, &r)?.and_then(question)))
            }
            _ => {
                let (l, r) = (single_value("an operator", &l)?, single_value("an operator", &r)?);
                numbers::arithmetic(&self.env, op, l, r)
            }
        }
    }

    fn membership(&mut self, item: &[Item<'d>], list: &[Item<'d>]) -> Found<'d> {
        let Some(item) = single("membership", item)? else { return Ok(Vec::new()) };
        Ok(boolean(Some(self.holds(list, item)?)))
    }

    /// Is an equal item in the collection?
    pub(crate) fn holds(&mut self, list: &[Item<'d>], item: &Item<'d>) -> Result<bool, Fault> {
        for other in list {
            self.step()?;
            if compare::equal_items(&self.env, other, item) == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn distinct(&mut self, items: Items<'d>) -> Found<'d> {
        let mut out: Items<'d> = Vec::with_capacity(items.len());
        for item in items {
            if !self.holds(&out, &item)? {
                out.push(item);
            }
        }
        Ok(out)
    }

    /// Evaluates an argument with one item as `$this`.
    pub(crate) fn with(&mut self, item: &Item<'d>, index: usize, argument: &Expr) -> Found<'d> {
        let total = self.focus.total.clone();
        let focus = Focus { this: vec![item.clone()], index: i32::try_from(index).ok(), total };
        self.within(focus, argument)
    }

    /// Evaluates an argument in a focus of its own.
    pub(crate) fn within(&mut self, focus: Focus<'d>, argument: &Expr) -> Found<'d> {
        let outer = std::mem::replace(&mut self.focus, focus);
        let result = self.eval(argument);
        self.focus = outer;
        result
    }
}

fn known(wanted: &TypeName) -> Result<(), Fault> {
    let system = ["Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity", "TypeInfo"];
    let in_fhir = wanted.namespace.as_deref() != Some("System") && types::class(&wanted.name).is_some();
    let in_system = wanted.namespace.as_deref() != Some("FHIR") && system.contains(&wanted.name.as_str());
    // A FHIR type asked for in System is a type that nothing has.
    if in_fhir || in_system || types::class(&wanted.name).is_some() {
        return Ok(());
    }
    execution(format!("there is no type {}", wanted.name))
}

pub(crate) fn is_type<'d>(items: &[Item<'d>], wanted: &TypeName) -> Found<'d> {
    known(wanted)?;
    Ok(boolean(single("is", items)?.map(|item| item.is(wanted, false))))
}

pub(crate) fn as_type<'d>(items: Items<'d>, wanted: &TypeName) -> Found<'d> {
    known(wanted)?;
    single("as", &items)?;
    of_type(items, wanted)
}

pub(crate) fn of_type<'d>(items: Items<'d>, wanted: &TypeName) -> Found<'d> {
    known(wanted)?;
    Ok(items.into_iter().filter(|item| item.is(wanted, true)).collect())
}
