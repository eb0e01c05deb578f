//! Functions, by name.

use crate::ast::{Call, Expr};
use crate::eval::{
    Evaluator, Focus, Found, Items, as_type, boolean, execution, is_type, of_type, one, single, single_value, truth,
};
use crate::item::{Item, Node};
use crate::parser::as_type_name;
use crate::{Fault, compare, convert, numbers, strings};
use cql::value::Value;
use std::cmp::Ordering;

pub(crate) fn call<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, call: &Call) -> Found<'d> {
    let arguments = call.arguments.len();
    let (least, most) = arity(&call.name).ok_or_else(|| Fault::Semantic(format!("there is no function {}()", call.name)))?;
    if arguments < least || arguments > most {
        return Err(Fault::Semantic(format!("at byte {}: {}() takes {least} to {most} arguments", call.at, call.name)));
    }
    match call.name.as_str() {
        "where" | "select" | "all" | "exists" | "repeat" | "aggregate" | "iif" | "trace" | "sort" | "ofType" | "is" | "as" => {
            with_expression(e, input, call)
        }
        "empty" | "not" | "allTrue" | "anyTrue" | "allFalse" | "anyFalse" | "isDistinct" | "distinct" | "count" | "hasValue" => {
            existence(e, input, &call.name)
        }
        "single" | "first" | "last" | "tail" | "skip" | "take" => subset(e, input, call),
        "subsetOf" | "supersetOf" | "intersect" | "exclude" | "union" | "combine" => combination(e, input, call),
        "children" | "descendants" | "extension" | "resolve" | "conformsTo" | "type" | "getValue" => navigation(e, input, call),
        "now" => Ok(one(Value::DateTime(e.context.now))),
        "today" => Ok(one(Value::Date(e.context.now.date()))),
        "timeOfDay" => Ok(e.context.now.time().map(|t| Item::Value(Value::Time(t))).into_iter().collect()),
        name if convert::TARGETS.iter().any(|(to, converts, _)| *to == name || *converts == name) => convert::call(&input, name),
        name if strings::NAMES.contains(&name) => {
            let arguments = values(e, call)?;
            strings::call(&input, name, &arguments)
        }
        name => {
            let arguments = values(e, call)?;
            numbers::call(&e.env, &input, name, &arguments)
        }
    }
}

/// The fewest and most arguments a function takes; `None` when there is no such function.
fn arity(name: &str) -> Option<(usize, usize)> {
    Some(match name {
        "empty" | "not" | "allTrue" | "anyTrue" | "allFalse" | "anyFalse" | "isDistinct" | "distinct" | "count" | "hasValue"
        | "getValue" | "single" | "first" | "last" | "tail" | "children" | "descendants" | "resolve" | "type" | "now"
        | "today" | "timeOfDay" | "upper" | "lower" | "length" | "toChars" | "trim" | "abs" | "ceiling" | "exp" | "floor"
        | "ln" | "sqrt" | "truncate" | "precision" => (0, 0),
        "exists" | "join" | "round" | "lowBoundary" | "highBoundary" => (0, 1),
        "where" | "select" | "all" | "repeat" | "ofType" | "is" | "as" | "skip" | "take" | "subsetOf" | "supersetOf"
        | "intersect" | "exclude" | "union" | "combine" | "extension" | "conformsTo" | "indexOf" | "lastIndexOf"
        | "startsWith" | "endsWith" | "contains" | "matches" | "matchesFull" | "encode" | "decode" | "escape" | "unescape"
        | "split" | "log" | "power" | "comparable" => (1, 1),
        "trace" | "substring" | "aggregate" => (1, 2),
        "replace" | "replaceMatches" => (2, 2),
        "iif" => (2, 3),
        "sort" => (0, 16),
        _ => {
            let conversion = convert::TARGETS.iter().find(|(to, converts, _)| *to == name || *converts == name);
            conversion.map(|_| if name.ends_with("Quantity") { (0, 1) } else { (0, 0) })?
        }
    })
}

/// Arguments that are values, each of the outer focus.
fn values<'d>(e: &mut Evaluator<'_, 'd>, call: &Call) -> Result<Vec<Option<Value>>, Fault> {
    call.arguments.iter().map(|argument| single_value(&call.name, &e.eval(argument)?)).collect()
}

fn with_expression<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, call: &Call) -> Found<'d> {
    let argument = call.arguments.first();
    match (call.name.as_str(), argument) {
        ("where", Some(argument)) => {
            let mut out = Vec::new();
            for (index, item) in input.into_iter().enumerate() {
                if truth("where()", &e.with(&item, index, argument)?)? == Some(true) {
                    out.push(item);
                }
            }
            Ok(out)
        }
        ("select", Some(argument)) => {
            let mut out = Vec::new();
            for (index, item) in input.iter().enumerate() {
                out.extend(e.with(item, index, argument)?);
                limited(e, &out)?;
            }
            Ok(out)
        }
        ("all", Some(argument)) => {
            for (index, item) in input.iter().enumerate() {
                if truth("all()", &e.with(item, index, argument)?)? != Some(true) {
                    return Ok(boolean(Some(false)));
                }
            }
            Ok(boolean(Some(true)))
        }
        ("exists", None) => Ok(boolean(Some(!input.is_empty()))),
        ("exists", Some(argument)) => {
            for (index, item) in input.iter().enumerate() {
                if truth("exists()", &e.with(item, index, argument)?)? == Some(true) {
                    return Ok(boolean(Some(true)));
                }
            }
            Ok(boolean(Some(false)))
        }
        ("repeat", Some(argument)) => repeat(e, input, argument),
        ("aggregate", Some(argument)) => {
            let mut total = match call.arguments.get(1) {
                Some(start) => e.eval(start)?,
                None => Vec::new(),
            };
            for (index, item) in input.iter().enumerate() {
                let focus = Focus { this: vec![item.clone()], index: i32::try_from(index).ok(), total: Some(total) };
                total = e.within(focus, argument)?;
            }
            Ok(total)
        }
        ("iif", Some(criterion)) => choose(e, input, criterion, call),
        ("trace", Some(_)) => {
            // The projection is evaluated so that its faults are seen; there is no log to write to.
            if let Some(projection) = call.arguments.get(1) {
                for (index, item) in input.iter().enumerate() {
                    e.with(item, index, projection)?;
                }
            }
            Ok(input)
        }
        ("sort", _) => sort(e, input, &call.arguments),
        (name, Some(argument)) => {
            let Some(wanted) = as_type_name(argument) else {
                return Err(Fault::Semantic(format!("{name}() takes the name of a type")));
            };
            match name {
                "is" => is_type(&input, &wanted),
                "as" => as_type(input, &wanted),
                _ => of_type(input, &wanted),
            }
        }
        (name, None) => Err(Fault::Semantic(format!("{name}() takes an argument"))),
    }
}

fn limited(e: &Evaluator<'_, '_>, items: &[Item<'_>]) -> Result<(), Fault> {
    if items.len() > e.context.limits.max_items {
        return Err(Fault::Limit("items in a collection"));
    }
    Ok(())
}

/// What the argument finds, and what it finds in that, until there is nothing new.
fn repeat<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, argument: &Expr) -> Found<'d> {
    let mut out: Items<'d> = Vec::new();
    let mut open = input;
    while !open.is_empty() {
        let mut next = Vec::new();
        for (index, item) in open.iter().enumerate() {
            for found in e.with(item, index, argument)? {
                // Elements of the document are told apart by where they stand, values by what they are.
                let known = match &found {
                    Item::Node(node) => out.iter().any(|other| matches!(other, Item::Node(o) if same_place(o, node))),
                    other => e.holds(&out, other)?,
                };
                if !known {
                    out.push(found.clone());
                    next.push(found);
                    limited(e, &out)?;
                }
            }
        }
        open = next;
    }
    Ok(out)
}

fn same_place(left: &Node<'_>, right: &Node<'_>) -> bool {
    let id = |node: &Node<'_>| node.value.or(node.beside).map(|v| v.id());
    id(left) == id(right)
}

fn choose<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, criterion: &Expr, call: &Call) -> Found<'d> {
    if input.len() > 1 {
        return execution("iif() is asked of one item");
    }
    let focus = |e: &Evaluator<'_, 'd>| match input.is_empty() {
        true => e.focus.clone(),
        false => Focus { this: input.clone(), index: e.focus.index, total: e.focus.total.clone() },
    };
    let found = e.within(focus(e), criterion)?;
    let condition = match single("iif()", &found)?.map(Item::value) {
        None => false,
        Some(Some(Value::Boolean(b))) => b,
        Some(_) => return execution("the criterion of iif() is a Boolean"),
    };
    let branch = if condition { call.arguments.get(1) } else { call.arguments.get(2) };
    match branch {
        Some(branch) => e.within(focus(e), branch),
        None => Ok(Vec::new()),
    }
}

/// `sort()`, `sort(key)`, `sort(-key, ...)`: a leading minus turns the order round.
fn sort<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, keys: &[Expr]) -> Found<'d> {
    let mut keyed: Vec<(Vec<Option<Value>>, Item<'d>)> = Vec::with_capacity(input.len());
    for (index, item) in input.into_iter().enumerate() {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            let key = if let Expr::Sign(true, inner) = key { inner } else { key };
            values.push(single_value("sort()", &e.with(&item, index, key)?)?);
        }
        if keys.is_empty() {
            values.push(item.value());
        }
        keyed.push((values, item));
    }
    let mut unordered = None;
    keyed.sort_by(|(a, _), (b, _)| {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            let ordering = match (a, b) {
                (Some(a), Some(b)) => match compare::order(&e.env, a, b) {
                    Ok(_) => cql::ops::comparison::sort_order(&e.env, a, b),
                    Err(fault) => {
                        unordered = Some(fault);
                        Ordering::Equal
                    }
                },
                (None, None) => Ordering::Equal,
                // An empty key comes last, and first when the order is turned.
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
            };
            let turned = if matches!(keys.get(at), Some(Expr::Sign(true, _))) { ordering.reverse() } else { ordering };
            if turned != Ordering::Equal {
                return turned;
            }
        }
        Ordering::Equal
    });
    match unordered {
        Some(fault) => Err(fault),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

fn existence<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, name: &str) -> Found<'d> {
    let all = |wanted: bool| -> Result<bool, Fault> {
        for item in &input {
            match item.value() {
                Some(Value::Boolean(b)) => {
                    if b != wanted {
                        return Ok(false);
                    }
                }
                _ => return execution(format!("{name}() is asked of Booleans")),
            }
        }
        Ok(true)
    };
    Ok(match name {
        "empty" => boolean(Some(input.is_empty())),
        "not" => boolean(truth("not()", &input)?.map(|b| !b)),
        "allTrue" => boolean(Some(all(true)?)),
        "allFalse" => boolean(Some(all(false)?)),
        "anyTrue" => boolean(Some(!input.is_empty() && !all(false)?)),
        "anyFalse" => boolean(Some(!input.is_empty() && !all(true)?)),
        "isDistinct" => {
            let count = input.len();
            boolean(Some(e.distinct(input)?.len() == count))
        }
        "distinct" => e.distinct(input)?,
        "count" => one(Value::Integer(i32::try_from(input.len()).unwrap_or(i32::MAX))),
        _ => match input.as_slice() {
            [Item::Node(node)] => boolean(Some(node.value.is_some() && node.system().is_some())),
            [Item::Value(_)] => boolean(Some(true)),
            _ => boolean(Some(false)),
        },
    })
}

fn subset<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, call: &Call) -> Found<'d> {
    let mut count = 0;
    if let Some(argument) = call.arguments.first() {
        count = match single_value(&call.name, &e.eval(argument)?)? {
            Some(Value::Integer(n)) => usize::try_from(n).unwrap_or(0),
            None => return Ok(Vec::new()),
            Some(_) => return execution(format!("{}() takes an Integer", call.name)),
        };
    }
    Ok(match call.name.as_str() {
        "single" => single("single()", &input)?.cloned().into_iter().collect(),
        "first" => input.into_iter().take(1).collect(),
        "last" => input.into_iter().last().into_iter().collect(),
        "tail" => input.into_iter().skip(1).collect(),
        "skip" => input.into_iter().skip(count).collect(),
        _ => input.into_iter().take(count).collect(),
    })
}

fn combination<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, call: &Call) -> Found<'d> {
    let Some(argument) = call.arguments.first() else { return Ok(Vec::new()) };
    let other = e.eval(argument)?;
    match call.name.as_str() {
        "union" | "combine" => {
            let mut all = input;
            all.extend(other);
            if call.name == "union" { e.distinct(all) } else { Ok(all) }
        }
        "subsetOf" | "supersetOf" => {
            let (small, large) = if call.name == "subsetOf" { (&input, &other) } else { (&other, &input) };
            for item in small {
                if !e.holds(large, item)? {
                    return Ok(boolean(Some(false)));
                }
            }
            Ok(boolean(Some(true)))
        }
        name => {
            let wanted = name == "intersect";
            let mut kept = Vec::new();
            for item in input {
                if e.holds(&other, &item)? == wanted {
                    kept.push(item);
                }
            }
            if wanted { e.distinct(kept) } else { Ok(kept) }
        }
    }
}

fn navigation<'d>(e: &mut Evaluator<'_, 'd>, input: Items<'d>, call: &Call) -> Found<'d> {
    let text = match call.arguments.first() {
        Some(argument) => match single_value(&call.name, &e.eval(argument)?)? {
            Some(Value::String(text)) => text.to_string(),
            None => return Ok(Vec::new()),
            Some(_) => return execution(format!("{}() takes a String", call.name)),
        },
        None => String::new(),
    };
    let mut out = Vec::new();
    match call.name.as_str() {
        "children" => input.iter().for_each(|item| children(item, &mut out)),
        "descendants" => {
            let mut open = input;
            while !open.is_empty() {
                let mut next = Vec::new();
                open.iter().for_each(|item| children(item, &mut next));
                out.extend(next.iter().cloned());
                limited(e, &out)?;
                open = next;
            }
        }
        "extension" => {
            for item in &input {
                let Item::Node(node) = item else { continue };
                let mut found = Vec::new();
                node.members("extension", &mut found);
                let is_wanted = |item: &Item<'d>| item.json().and_then(|v| v.get("url")).is_some_and(|u| u.is_str(&text));
                out.extend(found.into_iter().filter(is_wanted));
            }
        }
        "resolve" => out.extend(input.iter().filter_map(|item| resolve(e.root, item))),
        "conformsTo" => {
            let Some(item) = single("conformsTo()", &input)? else { return Ok(Vec::new()) };
            let name = text.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or_default();
            let Some(class) = crate::types::class(name) else {
                return execution(format!("the profile {text} is not known here"));
            };
            out = boolean(Some(matches!(item, Item::Node(node) if node.class.is_some_and(|c| c.specializes(class.name())))));
        }
        "type" => out.extend(input.iter().filter_map(Item::type_info).map(Item::Type)),
        _ => out.extend(single("getValue()", &input)?.and_then(Item::value).map(Item::Value)),
    }
    Ok(out)
}

fn children<'d>(item: &Item<'d>, out: &mut Items<'d>) {
    if let Item::Node(node) = item {
        node.children(out);
    }
}

/// The resource a reference or URL names: a contained one, or one of the Bundle that is the document.
fn resolve<'d>(root: json::Value<'d>, item: &Item<'d>) -> Option<Item<'d>> {
    let json = item.json()?;
    let reference = json.get("reference").unwrap_or(json).as_str()?;
    let document = root.document().root();
    if let Some(id) = reference.strip_prefix('#') {
        let contained = root.get("contained")?.items().find(|r| r.get("id").is_some_and(|v| v.is_str(id)))?;
        return Some(Item::Node(Node::of(contained, None)));
    }
    let is_it = |entry: &json::Value<'d>| {
        let by_url = entry.get("fullUrl").is_some_and(|u| u.is_str(&reference));
        let by_id = entry.get("resource").is_some_and(|r| {
            let part = |name: &str| r.get(name).and_then(|v| v.as_str()).unwrap_or_default();
            reference == format!("{}/{}", part("resourceType"), part("id"))
        });
        by_url || by_id
    };
    let entry = document.get("entry")?.items().find(is_it)?;
    Some(Item::Node(Node::of(entry.get("resource")?, None)))
}
