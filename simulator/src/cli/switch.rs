//! `switch`: a bank's host for ISO 8583; prints what it truly booked when it ends.

use std::net::{Ipv4Addr, SocketAddr};

use ansinh_simulator::switch::wire::Length;
use ansinh_simulator::switch::{SwitchConfig, SwitchFaults, serve_switch};
use clap::Args;
use serde_json::json;

use super::Outcome;

#[derive(Args)]
pub struct Switch {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Key of the MACs
    #[arg(long, default_value = "switch")]
    key: String,
    /// Lengths as four digits instead of two bytes
    #[arg(long)]
    digits: bool,
    /// Seed of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Per mille of messages about money that meet each of the faults
    #[arg(long, default_value_t = 0, value_name = "PER_MILLE")]
    faults: u64,
    /// How late a late answer is, in milliseconds
    #[arg(long, default_value_t = 60_000)]
    late_ms: u64,
    /// How long the host is down when it goes down (a tenth as often), in milliseconds
    #[arg(long, default_value_t = 5_000)]
    down_ms: u64,
}

impl Switch {
    pub fn run(&self) -> Outcome {
        let each = self.faults;
        let config = SwitchConfig {
            length: if self.digits {
                Length::Digits
            } else {
                Length::Binary
            },
            key: self.key.clone().into_bytes(),
            faults: SwitchFaults {
                seed: self.seed,
                no_answer: each,
                late: each,
                late_ms: self.late_ms,
                lost_after_booking: each,
                duplicate: each,
                wrong_mac: each,
                garbage: each,
                half_frame: each,
                slow_frame: each,
                slow_ms: 20,
                host_down: each / 10,
                down_ms: self.down_ms,
                refuse: ["51", "14", "61", "91"].map(|rc| (rc, each)).to_vec(),
                late_response: each,
            },
            ..SwitchConfig::default()
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let (address, handle) = serve_switch(address, config).await?;
            println!("{}", json!({"address": address.to_string()}));
            tokio::signal::ctrl_c().await?;
            let truth = json!({"booked": handle.booked(), "requests": handle.requests()});
            handle.stop().await;
            println!("{truth}");
            Ok(())
        })
    }
}
