//! demo
use super::args::{Cli, DemoArgs};
use super::out::Out;
use crate::error::Failure;
pub async fn run(_: &Cli, _: &Out, _: &DemoArgs) -> Result<(), Failure> { Ok(()) }
