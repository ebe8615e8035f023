//! How iso8583_rs gets its layout: it reads the file that the environment variable
//! `SPEC_FILE` names, once, at its first use, and prints that path and the current folder
//! to standard output. There is no other way in (decision 0015).
//!
//! ```text
//! main (edition 2021, before any thread) : SPEC_FILE = plan(), a path that is not there yet
//! load, at the first use                 : make the folder (0700), write the layout, let the
//!                                          library read it with stdout on /dev/null, remove it
//! ```
//!
//! Where `SPEC_FILE` is not the planned path (tests, benchmarks: `.cargo/config.toml`) the
//! file must hold this program's layout byte by byte.

use crate::error::{Failure, Fault, Reject, io_fault};
use crate::store::keys::hex;
use iso8583_rs::iso8583::iso_spec::{self, Spec};
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What the library reads.
pub const VARIABLE: &str = "SPEC_FILE";

const YAML: &str = include_str!("spec.yaml");

static PLANNED: OnceLock<PathBuf> = OnceLock::new();
static LOADED: Mutex<Option<&'static Spec>> = Mutex::new(None);

/// The path that the program's first lines put into `SPEC_FILE`; nothing is written yet.
#[must_use]
pub fn plan() -> OsString {
    let path = PLANNED.get_or_init(|| {
        let mut own = [0u8; 16];
        // Without randomness the name is known, not the folder's mode: making it fails
        // where somebody else has made it.
        let _ = getrandom::fill(&mut own);
        let folder = format!("ansinh-{}-{}", std::process::id(), hex(&own));
        std::env::temp_dir().join(folder).join("iso8583.yaml")
    });
    path.clone().into_os_string()
}

/// Whose file it is.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    /// Ours, to be written.
    Planned,
    /// There already, with the right content.
    There,
}

/// Judges what `SPEC_FILE` holds.
fn judge(found: Option<&OsStr>, planned: Option<&Path>) -> Result<(PathBuf, Source), Reject> {
    let wrong = || Reject::SwitchSpec {
        path: found.unwrap_or_default().to_string_lossy().into_owned(),
    };
    // The library unwraps the path, and the current folder, as UTF-8.
    let path = found.and_then(OsStr::to_str).ok_or_else(wrong)?;
    let path = PathBuf::from(path);
    if planned == Some(path.as_path()) {
        return Ok((path, Source::Planned));
    }
    match std::fs::read_to_string(&path) {
        Ok(text) if text == YAML => Ok((path, Source::There)),
        _ => Err(wrong()),
    }
}

/// Loads the layout at the first call; later ones answer at once.
pub(super) fn load() -> Result<&'static Spec, Failure> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(spec) = *loaded {
        return Ok(spec);
    }
    let variable = std::env::var_os(VARIABLE);
    let (path, source) = judge(variable.as_deref(), PLANNED.get().map(PathBuf::as_path))?;
    let here = std::env::current_dir().map_err(io_fault(Path::new(".")))?;
    if here.to_str().is_none() {
        return Err(Reject::SwitchSpec {
            path: here.to_string_lossy().into_owned(),
        }
        .into());
    }
    let spec = match source {
        Source::There => read_quietly()?,
        Source::Planned => {
            write(&path).map_err(io_fault(&path))?;
            let read = read_quietly();
            remove(&path).map_err(io_fault(&path))?;
            read?
        }
    };
    *loaded = Some(spec);
    Ok(spec)
}

fn write(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(YAML.as_bytes())
}

fn remove(path: &Path) -> std::io::Result<()> {
    std::fs::remove_file(path)?;
    std::fs::remove_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Lets the library read its file while standard output leads nowhere. The lock keeps
/// every other thread's output waiting meanwhile, so none of it is lost.
fn read_quietly() -> Result<&'static Spec, Fault> {
    let fault = |source: std::io::Error| Fault::Io {
        path: "stdout".into(),
        source,
    };
    let mut stdout = std::io::stdout().lock();
    stdout.flush().map_err(fault)?;
    let null = Path::new("/dev/null");
    let nowhere = std::fs::File::options()
        .write(true)
        .open(null)
        .map_err(io_fault(null))?;
    let kept = rustix::io::dup(&stdout).map_err(|e| fault(e.into()))?;
    rustix::stdio::dup2_stdout(&nowhere).map_err(|e| fault(e.into()))?;
    let read = catch_unwind(|| iso_spec::spec(""));
    let flushed = stdout.flush();
    rustix::stdio::dup2_stdout(&kept).map_err(|e| fault(e.into()))?;
    flushed.map_err(fault)?;
    read.map_err(|_| Fault::Corrupt("iso8583_rs cannot read its layout".into()))
}

/// Whether the loaded layout has a field of this name at this place.
pub(super) fn knows(spec: &Spec, name: &str, de: u8) -> bool {
    let found = catch_unwind(std::panic::AssertUnwindSafe(|| {
        let segment = spec.get_message("message").ok()?;
        let field = segment.field_by_name(&name.to_owned()).ok()?;
        Some(field.position())
    }));
    matches!(found, Ok(Some(position)) if position == u32::from(de))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches a layout of somebody else that is taken for ours, and a variable that is
    /// not set, which the library would answer by a panic.
    #[test]
    fn only_our_own_layout_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let code = |found: Option<&OsStr>| match judge(found, Some(Path::new("/planned"))) {
            Err(e) => e.code(),
            Ok((_, Source::There)) => "there",
            Ok((_, Source::Planned)) => "planned",
        };
        assert_eq!(code(None), "switch_spec");
        assert_eq!(code(Some(path.as_os_str())), "switch_spec");
        std::fs::write(&path, format!("{YAML}\n")).unwrap();
        assert_eq!(code(Some(path.as_os_str())), "switch_spec");
        std::fs::write(&path, YAML).unwrap();
        assert_eq!(code(Some(path.as_os_str())), "there");
        assert_eq!(code(Some(OsStr::new("/planned"))), "planned");
        assert_eq!(
            judge(Some(OsStr::new("/x")), None).unwrap_err().code(),
            "switch_spec"
        );
    }

    /// Catches a temporary layout that others could have written or can read, and one that
    /// stays behind.
    #[test]
    fn the_temporary_layout_is_private_and_goes_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("own").join("iso8583.yaml");
        write(&path).unwrap();
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path.parent().unwrap()), mode(&path)), (0o700, 0o600));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), YAML);
        assert!(write(&path).is_err(), "a folder that is there was used");
        remove(&path).unwrap();
        assert_eq!(std::fs::read_dir(above.path()).unwrap().count(), 0);
    }
}
