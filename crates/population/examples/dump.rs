#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let program = cql::compile(&[cql::Source { name: "x", text: &text }], &cql::Options::default())
        .map_err(|f| f.iter().map(|d| d.to_string()).collect::<Vec<_>>().join("\n"))
        .unwrap_or_else(|e| panic!("{e}"));
    let plan = program.plan();
    for d in &plan.definitions {
        println!("{} [{:?}]", d.name, d.locals.iter().map(|l| &l.name).collect::<Vec<_>>());
        show(plan, d.body, 1);
    }
}
fn show(plan: &cql::ir::Plan, id: cql::NodeId, depth: usize) {
    let n = plan.node(id);
    let mut t = format!("{:?}", n.expr);
    t.truncate(400);
    println!("{}{} {} : {}", "  ".repeat(depth), id.0, t, n.ty);
    n.expr.operands(&mut |o| show(plan, o, depth + 1));
}
