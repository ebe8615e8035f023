//! `serve`: the server, until it is told to stop.

use super::args::Cli;
use super::out::Out;
use super::serve_args::ServeArgs;
use super::session::{Session, clock};
use crate::error::{Failure, Fault};
use crate::http::{self, Limits, Serve};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub async fn serve(cli: &Cli, out: &Out, a: &ServeArgs) -> Result<(), Failure> {
    let session = Session::open(cli).await?;
    let fault = |e: std::io::Error| Fault::Gateway(format!("{}: {e}", a.listen));
    let mut term = signal(SignalKind::terminate()).map_err(fault)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fault)?;
    let listener = TcpListener::bind(a.listen).await.map_err(fault)?;
    let serve = Serve {
        db: session.db.clone(),
        keys: session.keys.clone(),
        clock: clock(cli)?,
        lang: out.lang,
        limits: Limits::default(),
    };
    let server = http::start(serve, listener)?;
    let address = server.address.to_string();
    out.done(&json!({"listening": address}), || {
        format!(
            "{} http://{address}  ({})",
            out.t("Đang nhận tại", "Listening at"),
            out.t("dừng bằng Ctrl-C", "stop with Ctrl-C")
        )
    });
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    let counts = std::sync::Arc::clone(&server.counts);
    server.stop().await;
    session.db.close().await;
    let (notices, commits) = counts.seen();
    out.done(
        &json!({"stopped": address, "notices": notices, "commits": commits}),
        || {
            format!(
                "{}: {notices} {}, {commits} {}",
                out.t("Đã dừng", "Stopped"),
                out.t("thông báo", "notices"),
                out.t("lần ghi", "commits")
            )
        },
    );
    Ok(())
}
