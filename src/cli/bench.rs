//! bench
use super::args::{BenchArgs, Cli};
use super::out::Out;
use crate::error::Failure;
pub async fn run(_: &Cli, _: &Out, _: &BenchArgs) -> Result<(), Failure> {
    Ok(())
}
