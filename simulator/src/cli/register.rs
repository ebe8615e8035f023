//! `register`: serves a population from its CSV.

use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ansinh_simulator::register::serve_register_on;
use ansinh_simulator::{RegisterBook, RegisterFaults};
use clap::Args;
use serde_json::json;

use super::Outcome;

#[derive(Args)]
pub struct Register {
    /// The people, as `people` writes them
    #[arg(long, value_name = "CSV")]
    population: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Seed of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Per mille of requests answered by HTTP 500
    #[arg(long, default_value_t = 0, value_name = "PER_MILLE")]
    http_500: u64,
    /// Per mille answered by half a JSON
    #[arg(long, default_value_t = 0, value_name = "PER_MILLE")]
    broken_json: u64,
    /// Per mille answered under another request id
    #[arg(long, default_value_t = 0, value_name = "PER_MILLE")]
    wrong_request_id: u64,
    /// Per mille answered late
    #[arg(long, default_value_t = 0, value_name = "PER_MILLE")]
    slow: u64,
    /// How late, in milliseconds
    #[arg(long, default_value_t = 30_000)]
    slow_ms: u64,
    /// How many first attempts at the same numbers fail
    #[arg(long, default_value_t = 0)]
    fail_first: u32,
}

impl Register {
    pub fn run(&self) -> Outcome {
        let book = RegisterBook::from_csv(BufReader::new(File::open(&self.population)?))?;
        let faults = RegisterFaults {
            seed: self.seed,
            http_500: self.http_500,
            broken_json: self.broken_json,
            wrong_request_id: self.wrong_request_id,
            slow: self.slow,
            slow_ms: self.slow_ms,
            fail_first: self.fail_first,
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let (address, handle) = serve_register_on(address, book, faults).await?;
            println!("{}", json!({"url": format!("http://{address}")}));
            tokio::signal::ctrl_c().await?;
            let served = handle.served();
            handle.stop().await?;
            println!("{}", serde_json::to_string(&served)?);
            Ok(())
        })
    }
}
