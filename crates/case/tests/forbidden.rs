//! What this program cannot do: every file of `tests/forbidden` must fail to compile, for the reason in the file beside it.
#![allow(missing_docs)]

#[test]
fn forbidden_acts_do_not_compile() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/forbidden/*.rs");
}
