//! The sources as the server knows them: read again when they are older than two seconds,
//! so a disabled source is shut within that time and a notice costs no read of its own.

use super::Shared;
use crate::collection::notice_hear::Source;
use crate::collection::sql::notice as sql;
use crate::error::Fault;
use crate::payment;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const FRESH: Duration = Duration::from_secs(2);

/// Sources by code, and when they were read.
#[derive(Default)]
struct Known {
    by_code: HashMap<String, Arc<Source>>,
    read: Option<std::time::Instant>,
}

#[derive(Default)]
pub struct Sources {
    known: Mutex<Known>,
}

impl Sources {
    /// The source of a code, if it is there and not disabled.
    pub async fn find(&self, s: &Shared, code: &str) -> Result<Option<Arc<Source>>, Fault> {
        let mut known = self.known.lock().await;
        if known.read.is_none_or(|at| at.elapsed() > FRESH) {
            known.by_code = load(s).await?;
            known.read = Some(crate::clock::stopwatch());
        }
        Ok(known.by_code.get(code).cloned())
    }
}

async fn load(s: &Shared) -> Result<HashMap<String, Arc<Source>>, Fault> {
    let mut tx = s.db.begin_read().await?;
    let mut out = HashMap::new();
    for row in sql::sources(&mut tx).await? {
        if row.disabled_at.is_some() {
            continue;
        }
        let bank =
            payment::sql::bank_account_by_id(&mut tx, row.book_id, row.bank_account_id).await?;
        let source = Source::open(&s.keys, row, &bank)?;
        out.insert(source.row.code.clone(), Arc::new(source));
    }
    tx.rollback().await?;
    Ok(out)
}
