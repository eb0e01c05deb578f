//! Clinical Quality Language: text to typed plan to an answer with its evidence

pub mod data;
pub mod elm;
pub mod eval;
pub mod ir;
pub mod model;
pub mod ops;
pub mod sema;
pub mod syntax;
pub mod value;
