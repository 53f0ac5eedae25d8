//! vmc
fn main() {}
